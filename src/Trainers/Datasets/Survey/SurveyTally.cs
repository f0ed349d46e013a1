using System.Runtime.InteropServices;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>A row of any kind, in the form that a survey needs.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Texts">Completions, or the answer.</param>
internal sealed record SurveyedRow(string Prompt, IReadOnlyList<string> Texts)
{
    /// <summary>The reward or the margin, if there is one.</summary>
    public double Number { get; init; }

    /// <summary>Whether the completion is good, if that is known.</summary>
    public bool Good { get; init; }
}

/// <summary>Counts the content of a file's rows, in memory that does not grow with their number.</summary>
/// <param name="kind">The kind of the rows.</param>
/// <param name="request">What is asked.</param>
internal sealed class SurveyTally(DatasetKind kind, SurveyRequest request) : IDisposable
{
    private const int MostCharacters = 512;

    private readonly RowHashes _hashes = new();
    private readonly DistinctCounter _prompts = new();
    private readonly DistinctCounter _rows = new();
    private readonly Dictionary<string, LengthCounter> _lengths = [];
    private readonly LengthCounter _whole = new();
    private readonly CharacterTally _characters = new(MostCharacters);
    private TableLayout? _layout;
    private bool _hasWhole;
    private long _count;
    private long _good;
    private double _sum;
    private double _least = double.PositiveInfinity;
    private double _most = double.NegativeInfinity;

    /// <summary>Adds a valid row.</summary>
    public void Add(SurveyedRow row, TableRow cells)
    {
        _layout = cells.Layout;
        _count++;
        var (prompt, whole) = _hashes.Of(cells);
        _prompts.Add(prompt);
        _rows.Add(whole);
        _good += row.Good ? 1 : 0;
        (_sum, _least, _most) = (_sum + row.Number, Math.Min(_least, row.Number), Math.Max(_most, row.Number));
        AddLengths(row, cells);
    }

    /// <summary>The counts.</summary>
    /// <param name="file">The file.</param>
    public DatasetSurvey Summarize(string file) => new(file, kind, _count, Lengths(), [])
    {
        RepeatedPrompts = _count - _prompts.Count(),
        RepeatedRows = _count - _rows.Count(),
        Numbers = Numbers(),
        Good = _good,
        Fields = _layout?.OtherNames ?? [],
        Characters = _characters.Distinct(),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _hashes.Dispose();
        _prompts.Dispose();
        _rows.Dispose();
    }

    private NumberSummary? Numbers()
    {
        const int Margin = 3;
        string what = kind == DatasetKind.Scored
            ? "reward"
            : kind == DatasetKind.Preferences && _layout?.Places[Margin] >= 0 ? "margin" : "";
        return _count > 0 && what.Length > 0 ? new NumberSummary(what, _least, _sum / _count, _most) : null;
    }

    private LengthSummary[] Lengths() => _count == 0 ? [] :
    [
        .. _lengths.Select(column => column.Value.Summarize(column.Key)),
        .. _hasWhole ? [_whole.Summarize("whole")] : Array.Empty<LengthSummary>(),
    ];

    private void AddLengths(SurveyedRow row, TableRow cells)
    {
        if (row.Prompt.Length == 0)
        {
            // A conversation to learn from as a whole, without a template that says where it is learnt.
            AddLength(cells.Layout.Columns[0].Name, row.Texts[0], begins: true);
            return;
        }

        _hasWhole = kind != DatasetKind.Prompts;
        int prompt = AddLength(cells.Layout.Columns[0].Name, row.Prompt, begins: true);
        for (int i = 0; i < row.Texts.Count; i++)
        {
            string column = kind == DatasetKind.Rankings ? request.Checks.Columns.Completion : cells.Layout.Columns[i + 1].Name;
            int length = AddLength(column, row.Texts[i], begins: false);
            if (kind != DatasetKind.Prompts)
            {
                _whole.Add(prompt + length + 1);
            }
        }
    }

    private int AddLength(string column, string text, bool begins)
    {
        int length = _characters.Add(text);
        length = request.Checks.Tokenizer is { } tokenizer ? Tokens(tokenizer, text, begins) : length;
        ref LengthCounter? counter = ref CollectionsMarshal.GetValueRefOrAddDefault(_lengths, column, out _);
        (counter ??= new LengthCounter()).Add(length);
        return length;
    }

    // As training makes them.
    private static int Tokens(ITokenizer tokenizer, string text, bool begins)
    {
        bool known = begins
            ? tokenizer.TryEncodePrompt(text, out int[] tokens, out _)
            : tokenizer.TryEncodeContinuation(text, out tokens, out _);
        return known ? tokens.Length : 0;
    }
}
