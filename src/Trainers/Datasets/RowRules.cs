using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>What becomes of a row that cannot be used.</summary>
public enum BadRowAction
{
    /// <summary>Nothing starts: every such row is listed.</summary>
    Refuse,

    /// <summary>The row is left out. How many are is reported.</summary>
    Skip,
}

/// <summary>What becomes of a row that is longer than the model's context.</summary>
public enum LongRowAction
{
    /// <summary>It is a row that cannot be used; see <see cref="BadRowAction"/>.</summary>
    Refuse,

    /// <summary>The row is left out. How many are is reported.</summary>
    Drop,

    /// <summary>
    /// It is cut to the context. How many rows are is reported. In a chat template whole rounds are left out, the earliest first;
    /// the system message and the last turn of the user stay, and no turn is cut in two.
    /// </summary>
    Truncate,
}

/// <summary>Where a row that is too long is cut.</summary>
public enum TruncatedSide
{
    /// <summary>A prompt whose completion is drawn at its start, a completion that comes with the file at its end.</summary>
    Auto,

    /// <summary>At the start of the prompt: what stands next to the completion stays.</summary>
    Start,

    /// <summary>At the end: a completion that is cut has no end of sequence, so that nothing learns to stop there.</summary>
    End,
}

/// <summary>What becomes of line breaks inside cells.</summary>
public enum LineBreakAction
{
    /// <summary>A carriage return before a line feed, as Windows writes it, is left out.</summary>
    Unify,

    /// <summary>Cells are read as they are written.</summary>
    Keep,
}

/// <summary>How the cells of a file are told apart, and what becomes of rows that cannot be used as they are.</summary>
public sealed record RowRules
{
    /// <summary>A delimiter that is found out from the header.</summary>
    public const string Detected = "auto";

    private const string Tab = "tab";

    /// <summary>The character between cells; "auto" for a comma, semicolon or tab, whichever the header has.</summary>
    /// <value>"auto".</value>
    public string Delimiter { get; init; } = Detected;

    /// <summary>What becomes of line breaks inside cells.</summary>
    /// <value>Unify.</value>
    public LineBreakAction LineBreaks { get; init; } = LineBreakAction.Unify;

    /// <summary>What becomes of a row that cannot be used.</summary>
    /// <value>Refuse.</value>
    public BadRowAction OnBadRow { get; init; } = BadRowAction.Refuse;

    /// <summary>What becomes of a row that is longer than the context.</summary>
    /// <value>Refuse.</value>
    public LongRowAction OnLong { get; init; } = LongRowAction.Refuse;

    /// <summary>Where it is cut.</summary>
    /// <value>Auto.</value>
    public TruncatedSide TruncateSide { get; init; } = TruncatedSide.Auto;

    /// <summary>The character between cells; null if it is found out.</summary>
    internal char? Separator => Delimiter switch { Detected => null, Tab => '\t', _ => Delimiter[0] };

    /// <summary>Whether a character can stand between cells.</summary>
    /// <param name="character">The character.</param>
    internal static bool IsSeparator(char character) =>
        character is '\t' or (> ' ' and <= '~') && !char.IsAsciiLetterOrDigit(character) && character != '"';

    /// <summary>Checks that the rules can be followed.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    internal void Check(Action<string, string, string> add)
    {
        if (!(Delimiter is [var one] && IsSeparator(one)) && Delimiter is not (Detected or Tab))
        {
            add("delimiter", Characters.Quote(Delimiter), "auto, tab, or one ASCII character that is no letter, digit or quotation mark");
        }
    }
}
