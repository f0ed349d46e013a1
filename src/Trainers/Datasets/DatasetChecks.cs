using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>What a run asks of a dataset. Without any, only the columns and empty cells are checked.</summary>
public sealed record DatasetChecks
{
    /// <summary>What the columns are called.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>Every character must have a token of this tokenizer, if one is given.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Most tokens of a sequence, if a tokenizer is given; 0 for any number.</summary>
    /// <value>0.</value>
    public int Context { get; init; }

    /// <summary>Tokens of the context that a prompt leaves free for its completion; demonstrations bring their own.</summary>
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

    internal bool NeedsAnswers => Readers.Any(reader => reader.ReadsAnswer) || (!OptionalAnswers && Readers.Count == 0);

    /// <summary>Columns that are read besides prompt and answer.</summary>
    internal IEnumerable<string> FurtherColumns => Readers.SelectMany(reader => reader.Columns).Except([Columns.Prompt, Columns.Answer]).Distinct();
}
