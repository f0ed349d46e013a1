using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Runs;

/// <summary>Warnings of one kind in consecutive steps.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Message">The latest message.</param>
/// <param name="First">Steps done over the whole run at the first one.</param>
/// <param name="Last">The same at the last one.</param>
/// <param name="Count">How many there are.</param>
internal sealed record WarningSpan(string Stage, string Kind, string Message, int First, int Last, int Count);

/// <summary>A row of samples.csv.</summary>
/// <param name="Step">Steps done over the whole run.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct SamplePlace(int Step, long Offset, int Length);

/// <summary>
/// Reads the folder of a run, finished or going on, and what is added to it. It opens no file for writing and holds none open. Not for
/// several threads at once.
/// </summary>
/// <param name="folder">The run's folder.</param>
internal sealed class RunReading(string folder)
{
    // A run that nobody steps for so long has been killed, or is in an evaluation that takes its time.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    private readonly GrowingRows _metrics = new(Path.Combine(folder, "metrics.csv"));
    private readonly GrowingRows _warnings = new(Path.Combine(folder, "warnings.csv"));
    private readonly GrowingRows _evaluations = new(Path.Combine(folder, "evaluations.csv"));
    private readonly GrowingRows _samples = new(Path.Combine(folder, "samples.csv"));
    private readonly List<WarningSpan> _warned = [];
    private readonly List<IReadOnlyList<string>> _evaluated = [];
    private readonly List<SamplePlace> _places = [];

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>Whether a folder looks like a run's.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsRun(string folder) =>
        File.Exists(Path.Combine(folder, "run.json")) || File.Exists(Path.Combine(folder, "metrics.csv"));

    /// <summary>How often anything that had been read was replaced: rows with the same generation only grow.</summary>
    public int Generation { get; private set; }

    /// <summary>The steps.</summary>
    public MetricColumns Metrics { get; } = new();

    /// <summary>The warnings, in the order of their first steps.</summary>
    public IReadOnlyList<WarningSpan> Warnings => _warned;

    /// <summary>Columns of the evaluations.</summary>
    public IReadOnlyList<string> EvaluationColumns => _evaluations.Columns;

    /// <summary>The evaluations, as the cells of their rows.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Evaluations => _evaluated;

    /// <summary>Columns of the samples.</summary>
    public IReadOnlyList<string> SampleColumns => _samples.Columns;

    /// <summary>Where the samples are.</summary>
    public IReadOnlyList<SamplePlace> Samples => _places;

    /// <summary>Whether the run ended by itself.</summary>
    public bool IsFinished => File.Exists(Path.Combine(Folder, "summary.json")) && !IsHeld;

    /// <summary>Whether a process has the folder; where that cannot be told, whether one has taken it and stepped not long ago.</summary>
    public bool IsHeld => FolderClaim.IsHeld(Folder) ?? DateTime.UtcNow - LastChange < LongestSilence;

    /// <summary>When the run began.</summary>
    public DateTime Began => Changed("run.json") ?? Changed("metrics.csv") ?? default;

    /// <summary>When a step was last written; when the run began if none was.</summary>
    public DateTime LastChange => Changed("metrics.csv") ?? Changed("run.json") ?? default;

    /// <summary>Reads what has come since the last time.</summary>
    /// <returns>Whether anything has.</returns>
    public bool Refresh()
    {
        bool changed = _metrics.Read(() => Restart(Metrics.Clear), (row, _) => Metrics.Add(_metrics.Columns, row));
        changed |= _warnings.Read(() => Restart(_warned.Clear), (row, _) => AddWarning(CsvCells.Texts(row)));
        changed |= _evaluations.Read(() => Restart(_evaluated.Clear), (row, _) => AddEvaluation(CsvCells.Texts(row)));
        return changed | _samples.Read(() => Restart(_places.Clear), AddSample);
    }

    /// <summary>Reads the cells of a sample.</summary>
    /// <param name="index">Its index in <see cref="Samples"/>.</param>
    /// <returns>Its cells; none if the file has changed meanwhile.</returns>
    public IReadOnlyList<string> ReadSample(int index)
    {
        SamplePlace place = _places[index];
        if (!GrowingRows.TryOpen(_samples.File, out FileStream? stream))
        {
            return [];
        }

        using (stream)
        {
            byte[] row = new byte[place.Length];
            stream.Position = Math.Min(place.Offset, stream.Length);
            int read = stream.ReadAtLeast(row, row.Length, throwOnEndOfStream: false);
            List<string> cells = CsvCells.Texts(row.AsSpan(0, read));
            return cells.Count == SampleColumns.Count && IsStep(cells[0], out int step) && step == place.Step ? cells : [];
        }
    }

    /// <summary>The tokens of a sample.</summary>
    /// <param name="cells">Its cells: see <see cref="ReadSample"/>.</param>
    /// <returns>The tokens; none where the run keeps none, or where they do not make up the completion.</returns>
    public IReadOnlyList<SampleToken> TokensOf(IReadOnlyList<string> cells)
    {
        string Cell(string column)
        {
            int at = SampleColumns.ToList().IndexOf(column);
            return at >= 0 && at < cells.Count ? cells[at] : "";
        }

        return SampleTokens.TryRead(Cell(SampleTokens.Column), Cell("completion"), out IReadOnlyList<SampleToken> tokens) ? tokens : [];
    }

    /// <summary>Reads run.json.</summary>
    /// <param name="document">Its content; dispose of it.</param>
    /// <returns>Whether it is there and whole.</returns>
    public bool TryReadDescription([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (GrowingRows.TryOpen(Path.Combine(Folder, "run.json"), out FileStream? stream))
        {
            using (stream)
            {
                byte[] json = new byte[stream.Length];
                int length = stream.ReadAtLeast(json, json.Length, throwOnEndOfStream: false);
                try
                {
                    document = WholeJson.Parse(json.AsMemory(0, length));
                }
                catch (JsonException)
                {
                    // Damaged: the run's curves can still be seen.
                }
            }
        }

        return document is not null;
    }

    private static bool IsStep(string cell, out int step) => int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out step);

    private DateTime? Changed(string name)
    {
        var file = new FileInfo(Path.Combine(Folder, name));
        return file.Exists ? file.LastWriteTimeUtc : null;
    }

    private void Restart(Action clear)
    {
        Generation++;
        clear();
    }

    // global_step, stage, step, kind, message
    private void AddWarning(List<string> cells)
    {
        if (cells.Count < 5 || !IsStep(cells[0], out int step))
        {
            return;
        }

        int last = _warned.FindLastIndex(span => span.Kind == cells[3] && span.Stage == cells[1]);
        if (last >= 0 && step - _warned[last].Last <= 1)
        {
            _warned[last] = _warned[last] with { Last = step, Count = _warned[last].Count + 1, Message = cells[4] };
        }
        else
        {
            _warned.Add(new WarningSpan(cells[1], cells[3], cells[4], step, step, 1));
        }
    }

    // global_step, label, …: a later evaluation replaces one with the same label.
    private void AddEvaluation(List<string> cells)
    {
        if (cells.Count == EvaluationColumns.Count && cells.Count > 1)
        {
            _evaluated.RemoveAll(earlier => earlier[1] == cells[1]);
            _evaluated.Add(cells);
        }
    }

    private void AddSample(ReadOnlySpan<byte> row, long offset)
    {
        var cells = new CsvCells(row);
        if (cells.TryNext(out ReadOnlySpan<byte> cell) && IsStep(CsvCells.Text(cell), out int step))
        {
            _places.Add(new SamplePlace(step, offset, row.Length));
        }
    }
}
