using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Datasets;

/// <summary>A prompt and the completion to imitate.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion, without an end-of-sequence mark.</param>
/// <param name="File">The file it was read from.</param>
/// <param name="Row">Row as a spreadsheet numbers it, the header being 1.</param>
public sealed record Demonstration(string Prompt, string Completion, string File, long Row)
{
    /// <summary>
    /// What the assistant writes in a conversation, as parts of the prompt and the completion put together: the prompt ends where the
    /// first turn begins, and the completion with the last. Empty where the row is no conversation.
    /// </summary>
    /// <value>None.</value>
    public IReadOnlyList<TextSpan> Turns { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(Demonstration? other) =>
        other is not null && (Prompt, Completion, File, Row) == (other.Prompt, other.Completion, other.File, other.Row)
        && Turns.SequenceEqual(other.Turns);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Prompt, Completion, Row);
}

/// <summary>A prompt and the answer that a completion is checked against.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Answer">The right answer; empty if the run needs none and the file has none.</param>
/// <param name="File">The file it was read from.</param>
/// <param name="Row">Row as a spreadsheet numbers it, the header being 1.</param>
public sealed record Question(string Prompt, string Answer, string File, long Row)
{
    /// <summary>The prompt without the model's chat template: what was asked, for those who judge completions.</summary>
    /// <value>The prompt.</value>
    public string Asked { get => field ?? Prompt; init => field = value == Prompt ? null : value; }

    /// <summary>The row's other cells by the names of their columns: what a reward may need besides the answer.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init => field = value as RowFields ?? new RowFields(value); } = RowFields.None;
}

/// <summary>A prompt with a better and a worse completion: a row of <c>prompt,chosen,rejected[,margin]</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Chosen">The better completion.</param>
/// <param name="Rejected">The worse one.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record Preference(string Prompt, string Chosen, string Rejected, string File, long Row)
{
    /// <summary>By how much the chosen completion is better, at least 0; 0 if the file has no such column.</summary>
    /// <value>0.</value>
    public double Margin { get; init; }
}

/// <summary>A completion with its reward: a row of <c>prompt,completion,reward</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Reward">Its reward, finite.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record ScoredCompletion(string Prompt, string Completion, double Reward, string File, long Row);

/// <summary>Completions of one prompt from the best to the worst: a row of <c>prompt,completion_1,completion_2,…</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completions">At least two, all different, the best first.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record Ranking(string Prompt, IReadOnlyList<string> Completions, string File, long Row)
{
    /// <inheritdoc/>
    public bool Equals(Ranking? other) =>
        other is not null && (Prompt, File, Row) == (other.Prompt, other.File, other.Row) && Completions.SequenceEqual(other.Completions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Prompt, Completions.Count, Row);
}

/// <summary>A completion whose steps are labelled: a row of <c>prompt,completion,step_labels</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Labels">How good each step is, from 0 to 1, in their order.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record LabelledSteps(string Prompt, string Completion, IReadOnlyList<double> Labels, string File, long Row)
{
    /// <inheritdoc/>
    public bool Equals(LabelledSteps? other) =>
        other is not null && (Prompt, Completion, File, Row) == (other.Prompt, other.Completion, other.File, other.Row)
        && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Prompt, Completion, Row);
}

/// <summary>A completion with a good or bad label: a row of <c>prompt,completion,label</c>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Good">Whether it is desirable.</param>
/// <param name="File">The file it comes from.</param>
/// <param name="Row">Its row, as a spreadsheet counts (the header is 1).</param>
public sealed record Feedback(string Prompt, string Completion, bool Good, string File, long Row);
