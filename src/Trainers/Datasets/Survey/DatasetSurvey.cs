using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>The content of a dataset, surveyed before training.</summary>
/// <param name="File">The file.</param>
/// <param name="Kind">The format of a row.</param>
/// <param name="Rows">Number of valid rows.</param>
/// <param name="Lengths">Lengths of each text column, then of whole sequences if the rows have completions.</param>
/// <param name="Problems">What training would reject, and prompts shared with the other file.</param>
internal sealed record DatasetSurvey(
    string File,
    DatasetKind Kind,
    long Rows,
    IReadOnlyList<LengthSummary> Lengths,
    IReadOnlyList<InputProblem> Problems)
{
    /// <summary>Rows whose prompt is identical to that of an earlier row.</summary>
    public long RepeatedPrompts { get; init; }

    /// <summary>Rows identical to an earlier row in every column that is read.</summary>
    public long RepeatedRows { get; init; }

    /// <summary>Rows whose prompt is also in the other file, ignoring white space and case; 0 without another file.</summary>
    public long SharedPrompts { get; init; }

    /// <summary>Rewards of scored rows, or margins of preferences; null for other kinds and for files without margins.</summary>
    public NumberSummary? Numbers { get; init; }

    /// <summary>What is between the cells, in words.</summary>
    public string Delimiter { get; init; } = "";

    /// <summary>What was done besides reading, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>For unpaired data, the number of rows labelled good.</summary>
    public long Good { get; init; }

    /// <summary>Columns of questions besides prompt and answer, which rewards may read.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>
    /// The distinct characters in code point order: what <c>characters</c> of a recipe must contain; empty if there are more
    /// than 512.
    /// </summary>
    public string Characters { get; init; } = "";
}

/// <summary>Numbers of a column.</summary>
/// <param name="What">"reward" or "margin".</param>
/// <param name="Least">The smallest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Most">The largest.</param>
internal sealed record NumberSummary(string What, double Least, double Mean, double Most);

/// <summary>The options of a survey.</summary>
internal sealed record SurveyRequest
{
    /// <summary>The kind of a row; null to infer it from the header.</summary>
    public DatasetKind? Kind { get; init; }

    /// <summary>Names of columns, tokenizer (lengths are in its tokens, otherwise in characters) and context.</summary>
    public DatasetChecks Checks { get; init; } = new();

    /// <summary>A file that should share no prompt with this one; empty for none.</summary>
    public string Against { get; init; } = "";

    /// <summary>Called now and then with the file, the bytes read so far and the total; null for none.</summary>
    public Action<string, long, long>? Progress { get; init; }
}
