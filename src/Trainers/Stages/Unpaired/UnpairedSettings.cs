
namespace RlCore.Trainers.Stages;

/// <summary>
/// Learning from completions that are good or bad by themselves, on <c>prompt,completion,label</c>: KTO and its relatives. The
/// reference is the model as the stage begins; its log-probs are computed once.
/// </summary>
public sealed record UnpairedSettings : StageSettings
{
    /// <summary>Completions of one optimizer step.</summary>
    /// <value>32.</value>
    public int BatchSize { get; init; } = 32;

    /// <summary>The loss.</summary>
    /// <value>Kto.</value>
    public UnpairedLossKind Loss { get; init; } = UnpairedLossKind.Kto;

    /// <summary>β: how strongly the policy is held to the reference.</summary>
    /// <value>0.1.</value>
    public double Beta { get; init; } = 0.1;

    /// <summary>Weight of the losses of desirable completions; not read by aot.</summary>
    /// <value>1.</value>
    public double DesirableWeight { get; init; } = 1;

    /// <summary>Weight of the losses of undesirable completions; not read by aot.</summary>
    /// <value>1.</value>
    public double UndesirableWeight { get; init; } = 1;

    /// <summary>Share of flipped labels, of aot.</summary>
    /// <value>0.</value>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["kto"];
}
