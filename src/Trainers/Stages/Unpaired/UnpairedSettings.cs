using RlCore.Algebra;
using RlCore.Trainers.Inputs;

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
    [Inline]
    public UnpairedLoss Loss { get; init; } = new UnpairedLoss.Kto();

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => ["kto"];
}
