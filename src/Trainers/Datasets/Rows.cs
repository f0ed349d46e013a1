namespace RlCore.Trainers.Datasets;

/// <summary>A prompt and the completion to imitate.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion, without an end-of-sequence mark.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Row">Row as a spreadsheet numbers it, the header being 1.</param>
public sealed record Demonstration(string Prompt, string Completion, string File, long Row);

/// <summary>A prompt and the answer that a completion is checked against.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Answer">The right answer; empty where nothing is compared with it and the file has none.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Row">Row as a spreadsheet numbers it, the header being 1.</param>
public sealed record Question(string Prompt, string Answer, string File, long Row)
{
    /// <summary>The row's other columns by name: tests of a program, a schema.</summary>
    /// <value>None.</value>
    public RowFields Fields { get; init; } = RowFields.None;
}

/// <summary>A prompt with a better and a worse completion: a row of <c>prompt,chosen,rejected</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Chosen">The better completion.</param>
/// <param name="Rejected">The worse one.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record Preference(string Prompt, string Chosen, string Rejected, string File, long Row);
