using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Rejection sampling (RAFT, ReST, STaR, Llama 2) on <c>prompt,answer</c>: the policy draws completions, the best are kept, and
/// the policy is fine-tuned on them; round after round.
/// </summary>
public sealed record RejectionSettings : SampledTuningSettings
{
    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["reject"];
}

/// <summary>Rejection sampling from a dataset of <c>prompt,completion,reward</c>: the best completions of each prompt are imitated.</summary>
public sealed record OfflineRejectionSettings : StageSettings
{
    /// <summary>Sequences of one optimizer step.</summary>
    /// <value>64.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Which completions are kept.</summary>
    public SelectionSettings Selection { get; init; } = new();

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["rejectoffline"];
}
