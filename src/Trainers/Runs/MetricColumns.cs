using System.Runtime.InteropServices;
using System.Buffers.Text;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Runs;

/// <summary>The steps of one stage in metrics.csv: consecutive rows.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="FirstRow">Index of its first row.</param>
internal sealed record StageRows(string Name, int FirstRow);

/// <summary>metrics.csv by columns. An empty cell is NaN.</summary>
internal sealed class MetricColumns
{
    private const int Keys = 3; // global_step, stage, step
    private const double BeforeStep = 0.5;

    private readonly List<double> _steps = [];
    private readonly List<int> _stageSteps = [];
    private readonly List<StageRows> _stages = [];
    private readonly List<double> _seconds = [];
    private List<double>[] _columns = [];
    private bool[] _filled = [];
    private byte[] _stage = [];
    private int _stepTime = -1;

    /// <summary>Names of the metrics, in the order of the columns.</summary>
    public List<string> Names { get; private set; } = [];

    /// <summary>Names of the metrics that have a value in some row.</summary>
    public IEnumerable<string> Filled => Names.Where((_, column) => _filled[column]);

    /// <summary>The number of rows.</summary>
    public int Rows => _steps.Count;

    /// <summary>Steps done over the whole run, of each row; half a step less for what is measured before a stage's first one.</summary>
    public ReadOnlySpan<double> Steps => CollectionsMarshal.AsSpan(_steps);

    /// <summary>Step within its stage, of each row.</summary>
    public IReadOnlyList<int> StageSteps => _stageSteps;

    /// <summary>Wall-clock seconds of the steps so far, of each row.</summary>
    public ReadOnlySpan<double> Seconds => CollectionsMarshal.AsSpan(_seconds);

    /// <summary>The stages, in order.</summary>
    public IReadOnlyList<StageRows> Stages => _stages;

    /// <summary>The values of a metric in each row.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The values.</param>
    /// <returns>Whether there is such a column.</returns>
    public bool TryGet(string name, out ReadOnlySpan<double> values)
    {
        int index = Names.IndexOf(name);
        values = index >= 0 ? CollectionsMarshal.AsSpan(_columns[index]) : default;
        return index >= 0;
    }

    /// <summary>Removes all rows and columns.</summary>
    public void Clear()
    {
        _steps.Clear();
        _stageSteps.Clear();
        _stages.Clear();
        _seconds.Clear();
        (_columns, _filled, _stage, _stepTime, Names) = ([], [], [], -1, []);
    }

    /// <summary>Adds a row; what is no row of the table is left out, as it is by a resume.</summary>
    /// <param name="columns">The table's columns.</param>
    /// <param name="row">The row.</param>
    public void Add(IReadOnlyList<string> columns, ReadOnlySpan<byte> row)
    {
        if (Names.Count == 0)
        {
            Names = columns.Skip(Keys).ToList();
            _columns = [.. Names.Select(_ => new List<double>())];
            _filled = new bool[_columns.Length];
            _stepTime = Names.IndexOf(MetricNames.StepTime);
        }

        var cells = new CsvCells(row);
        if (row.Count((byte)',') < columns.Count - 1
            || !cells.TryNext(out ReadOnlySpan<byte> step) || !cells.TryNext(out ReadOnlySpan<byte> stage)
            || !cells.TryNext(out ReadOnlySpan<byte> stageStep)
            || !Utf8Parser.TryParse(step, out int steps, out int used) || used != step.Length)
        {
            return;
        }

        if (_stages.Count == 0 || !stage.SequenceEqual(_stage))
        {
            _stage = stage.ToArray();
            _stages.Add(new StageRows(CsvCells.Text(stage), Rows));
        }

        // What is measured before a stage's first step stands before it; a chart needs steps that never decrease.
        int within = Utf8Parser.TryParse(stageStep, out int number, out _) ? number : 0;
        double place = within == 0 ? steps - BeforeStep : steps;
        _steps.Add(Rows > 0 ? Math.Max(_steps[^1], place) : place);
        _stageSteps.Add(within);
        AddValues(cells);
    }

    private void AddValues(CsvCells cells)
    {
        for (int column = 0; column < _columns.Length; column++)
        {
            double value = cells.TryNext(out ReadOnlySpan<byte> cell) && cell.Length > 0
                && Utf8Parser.TryParse(cell, out double number, out int used) && used == cell.Length ? number : double.NaN;
            _columns[column].Add(value);
            _filled[column] |= !double.IsNaN(value);
        }

        double before = _seconds.Count > 0 ? _seconds[^1] : 0;
        double took = _stepTime >= 0 ? _columns[_stepTime][^1] : 0;
        _seconds.Add(before + (double.IsFinite(took) ? took : 0));
    }
}
