using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// The names of a file's columns, by role. In a recipe:
/// <c>"columns": { "prompt": "question", "completion": "response" }</c>.
/// </summary>
public sealed record ColumnNames
{
    /// <summary>The prompt.</summary>
    /// <value>"prompt".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Prompt { get; init; } = "prompt";

    /// <summary>A conversation in place of the prompt: a JSON list of messages, <c>[{"role": "user", "content": "…"}, …]</c>.</summary>
    /// <value>"messages".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Messages { get; init; } = "messages";

    /// <summary>The system message before the prompt; optional, and read only where the model's chat template is used.</summary>
    /// <value>"system".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string System { get; init; } = "system";

    /// <summary>The completion; in rankings, the part of the column names before <c>_1</c>, <c>_2</c>, ….</summary>
    /// <value>"completion".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Completion { get; init; } = "completion";

    /// <summary>The right answer.</summary>
    /// <value>"answer".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Answer { get; init; } = "answer";

    /// <summary>The better completion.</summary>
    /// <value>"chosen".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Chosen { get; init; } = "chosen";

    /// <summary>The worse completion.</summary>
    /// <value>"rejected".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Rejected { get; init; } = "rejected";

    /// <summary>By how much the chosen completion is better; optional.</summary>
    /// <value>"margin".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Margin { get; init; } = "margin";

    /// <summary>The reward of a completion.</summary>
    /// <value>"reward".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Reward { get; init; } = "reward";

    /// <summary>Whether a completion is good.</summary>
    /// <value>"label".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string Label { get; init; } = "label";

    /// <summary>How good each step of a completion is.</summary>
    /// <value>"step_labels".</value>
    [Matches(MatchesAttribute.Anything, "the name of a column")]
    public string StepLabels { get; init; } = "step_labels";
}
