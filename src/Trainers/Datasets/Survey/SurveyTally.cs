using System.Text;
using RlCore.Trainers.Inputs;
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

/// <summary>Counts the content of a file's rows; it keeps two hashes per row.</summary>
internal sealed class SurveyTally(
    DatasetKind kind,
    string file,
    SurveyRequest request,
    Dictionary<ulong, long> others,
    List<InputProblem> problems)
{
    private const int MostCharacters = 512;

    private readonly HashSet<ulong> _prompts = [];
    private readonly HashSet<ulong> _rows = [];
    private readonly Dictionary<string, LengthCounter> _lengths = [];
    private readonly LengthCounter _whole = new();
    private readonly SortedSet<Rune> _characters = [];
    private TableLayout? _layout;
    private bool _hasWhole;
    private long _count;
    private long _shared;
    private long _good;
    private double _sum;
    private double _least = double.PositiveInfinity;
    private double _most = double.NegativeInfinity;

    /// <summary>Adds a valid row.</summary>
    public void Add(SurveyedRow row, TableRow cells)
    {
        _layout = cells.Layout;
        _count++;
        _prompts.Add(TextHashes.Of(cells[0]));
        _rows.Add(TextHashes.Of(string.Join('\0', cells.Cells.Concat(cells.Others))));
        _good += row.Good ? 1 : 0;
        (_sum, _least, _most) = (_sum + row.Number, Math.Min(_least, row.Number), Math.Max(_most, row.Number));
        AddLengths(row, cells);
        if (others.Count > 0 && others.TryGetValue(TextHashes.Of(TextHashes.Normalize(cells[0])), out long place))
        {
            _shared++;
            if (problems.Count < Table.MostProblems)
            {
                problems.Add(cells.Problem(
                    0,
                    $"{Characters.Quote(cells[0])}, which is in {request.Against}, row {place}, as well",
                    "a prompt that the other file does not have"));
            }
        }
    }

    /// <summary>The counts.</summary>
    public DatasetSurvey Summarize() => new(file, kind, _count, Lengths(), problems)
    {
        RepeatedPrompts = _count - _prompts.Count,
        RepeatedRows = _count - _rows.Count,
        SharedPrompts = _shared,
        Numbers = Numbers(),
        Good = _good,
        Fields = _layout?.OtherNames ?? [],
        Characters = _characters.Count <= MostCharacters ? string.Concat(_characters) : "",
    };

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
            AddLength(cells.Layout.Columns[0].Name, row.Texts[0]);
            return;
        }

        _hasWhole = kind != DatasetKind.Prompts;
        int prompt = AddLength(cells.Layout.Columns[0].Name, row.Prompt);
        for (int i = 0; i < row.Texts.Count; i++)
        {
            string column = kind == DatasetKind.Rankings ? request.Checks.Columns.Completion : cells.Layout.Columns[i + 1].Name;
            int length = AddLength(column, row.Texts[i]);
            if (kind != DatasetKind.Prompts)
            {
                _whole.Add(prompt + length + 1);
            }
        }
    }

    private int AddLength(string column, string text)
    {
        if (!_lengths.TryGetValue(column, out LengthCounter? counter))
        {
            _lengths[column] = counter = new LengthCounter();
        }

        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            length++;
            if (_characters.Count <= MostCharacters)
            {
                _characters.Add(rune);
            }
        }

        length = request.Checks.Tokenizer is { } tokenizer ? Tokens(tokenizer, text) : length;
        counter.Add(length);
        return length;
    }

    private static int Tokens(ITokenizer tokenizer, string text) => tokenizer.TryEncode(text, out int[] tokens, out _) ? tokens.Length : 0;
}
