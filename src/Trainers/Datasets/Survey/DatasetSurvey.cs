using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>What a dataset holds, before anything is trained on it.</summary>
/// <param name="File">The file.</param>
/// <param name="Kind">What a row is.</param>
/// <param name="Rows">Good rows.</param>
/// <param name="Lengths">Lengths of each text column, then of whole sequences where the rows have completions.</param>
/// <param name="Problems">What training would refuse, and what it should not have: shared prompts.</param>
public sealed record DatasetSurvey(string File, DatasetKind Kind, long Rows, IReadOnlyList<LengthSummary> Lengths, IReadOnlyList<InputProblem> Problems)
{
    /// <summary>Rows whose prompt an earlier row has, letter by letter.</summary>
    public long RepeatedPrompts { get; init; }

    /// <summary>Rows that an earlier row equals in all that is read of it.</summary>
    public long RepeatedRows { get; init; }

    /// <summary>Rows whose prompt the other file has too, but for white space and case; 0 without another file.</summary>
    public long SharedPrompts { get; init; }

    /// <summary>Rewards of scored rows, or margins of preferences; null for other kinds and for files without margins.</summary>
    public NumberSummary? Numbers { get; init; }

    /// <summary>Rows labelled good, of unpaired ones.</summary>
    public long Good { get; init; }

    /// <summary>Columns of questions besides prompt and answer, which rewards may read.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The different characters in the order of their code points: what <c>characters</c> of a recipe must hold; empty when there are more than 512.</summary>
    public string Characters { get; init; } = "";
}

/// <summary>Numbers of a column.</summary>
/// <param name="What">"reward" or "margin".</param>
/// <param name="Least">The smallest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Most">The largest.</param>
public sealed record NumberSummary(string What, double Least, double Mean, double Most);

/// <summary>What is asked of a survey.</summary>
public sealed record SurveyRequest
{
    /// <summary>What a row is; null to tell by the header.</summary>
    public DatasetKind? Kind { get; init; }

    /// <summary>Names of columns, tokenizer (lengths are in its tokens, else in characters), context.</summary>
    public DatasetChecks Checks { get; init; } = new();

    /// <summary>A file that should share no prompt with this one; empty for none.</summary>
    public string Against { get; init; } = "";

    /// <summary>Takes the file, the bytes read so far and the bytes in all, now and then; null for nobody.</summary>
    public Action<string, long, long>? Progress { get; init; }
}
