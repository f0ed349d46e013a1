using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>What a run requires of a dataset. By default only the columns and empty cells are checked.</summary>
public sealed record DatasetChecks
{
    /// <summary>The names of the columns.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>If given, every character must have a token of this tokenizer.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>The template that prompts and completions are wrapped in; null to take them as they are. It needs a tokenizer.</summary>
    /// <value>null.</value>
    public ChatTemplate? Chat { get; init; }

    /// <summary>Maximum tokens per sequence, if a tokenizer is given; 0 for no limit.</summary>
    /// <value>0.</value>
    public int Context { get; init; }

    /// <summary>
    /// Tokens of the context that a prompt must leave free for its completion; not used for demonstrations, which contain
    /// their completions.
    /// </summary>
    /// <value>0.</value>
    public int CompletionTokens { get; init; }

    /// <summary>
    /// What will score or compare completions of the questions: each row must have what these read. Without any, every row needs an answer.
    /// </summary>
    /// <value>None.</value>
    public IReadOnlyList<IRowReader> Readers { get; init; } = [];

    /// <summary>Whether questions may be without an answer where nothing reads them.</summary>
    /// <value>false.</value>
    public bool OptionalAnswers { get; init; }

    /// <summary>How the cells of the file are told apart, and what becomes of rows that cannot be used as they are.</summary>
    /// <value>The defaults: nothing is left out.</value>
    public RowRules Rows { get; init; } = new();

    /// <summary>The number of steps of a completion, given its prompt: as many labels are needed; null for any number.</summary>
    internal Func<string, string, int>? CountSteps { get; init; }

    /// <summary>Called with the tokens of each row and those left free for its completion, fitting or not; null for nobody.</summary>
    internal Action<int>? Measured { get; init; }

    internal bool NeedsAnswers => Readers.Any(reader => reader.ReadsAnswer) || (!OptionalAnswers && Readers.Count == 0);

    /// <summary>Columns that are read besides prompt and answer.</summary>
    internal IEnumerable<string> FurtherColumns =>
        Readers.SelectMany(reader => reader.Columns).Except([Columns.Prompt, Columns.Answer]).Distinct();
}
