using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Trainers.Objectives;

/// <summary>
/// An on-policy algorithm as a value: how advantages are made, what is maximised, where the KL goes, how tokens are averaged,
/// how completions are drawn. Read it, change it with <c>with</c>, print it. One trainer runs them all.
/// </summary>
public sealed record OnPolicyAlgorithm
{
    /// <summary>Name, for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Completions of one prompt.</summary>
    /// <value>8.</value>
    public int GroupSize { get; init; } = 8;

    /// <summary>How rewards become advantages.</summary>
    /// <value>GroupRelative.</value>
    public AdvantageKind Advantage { get; init; } = AdvantageKind.GroupRelative;

    /// <summary>What group-relative advantages are divided by.</summary>
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>ε beside the standard deviation.</summary>
    /// <value>1e-4.</value>
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>What is maximised.</summary>
    /// <value>PpoClip.</value>
    public SurrogateKind Surrogate { get; init; } = SurrogateKind.PpoClip;

    /// <summary>The ratio is clipped below at 1 − this.</summary>
    /// <value>0.2.</value>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>The ratio is clipped above at 1 + this.</summary>
    /// <value>0.2.</value>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>CISPO's bound on the weight, which is the ratio itself: at least 1. Read by CISPO alone, and needed there.</summary>
    /// <value>0.</value>
    public double WeightCap { get; init; }

    /// <summary>Where the KL to the reference goes.</summary>
    /// <value>Loss.</value>
    public KlPlacement KlPlacement { get; init; } = KlPlacement.Loss;

    /// <summary>Coefficient β of the KL to the reference, the model as the stage begins; 0 needs no reference model.</summary>
    /// <value>0.</value>
    public double KlCoefficient { get; init; }

    /// <summary>Estimator of the KL term in the loss; in the reward it is k1, the log-ratio itself.</summary>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    /// <summary>How token losses become one number.</summary>
    public AggregationKind Aggregation { get; init; } = AggregationKind.SequenceMean;

    /// <summary>Passes over one rollout.</summary>
    /// <value>1.</value>
    public int Iterations { get; init; } = 1;

    /// <summary>Optimizer steps of one pass over the rollout: the prompts are split into this many parts.</summary>
    /// <value>1.</value>
    public int MiniBatches { get; init; } = 1;

    /// <summary>How completions are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    internal GroupAdvantageOptions Advantages => new() { Scale = AdvantageScale, Epsilon = AdvantageEpsilon };

    internal bool KlInLoss => KlCoefficient > 0 && KlPlacement == KlPlacement.Loss;

    internal bool KlInReward => KlCoefficient > 0 && KlPlacement == KlPlacement.Reward;

    internal int UpdatesPerRollout => Iterations * MiniBatches;

    internal Aggregation ResolveAggregation(int maxCompletionTokens) => Aggregation switch
    {
        AggregationKind.TokenMean => new Aggregation.TokenMean(),
        AggregationKind.SequenceSum => new Aggregation.SequenceSum(),
        AggregationKind.ConstantLength => new Aggregation.ConstantLength(maxCompletionTokens),
        _ => new Aggregation.SequenceMean(),
    };
}
