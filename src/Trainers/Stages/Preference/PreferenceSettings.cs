namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from preferences on <c>prompt,chosen,rejected</c>: DPO and its relatives. The reference is the model as the
/// stage begins; its log-probs are computed once.
/// </summary>
public sealed record PreferenceSettings : PairwiseSettings
{
    /// <summary>Pairs of one optimizer step.</summary>
    /// <value>32.</value>
    public int BatchSize { get; init; } = 32;

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["preference"];
}
