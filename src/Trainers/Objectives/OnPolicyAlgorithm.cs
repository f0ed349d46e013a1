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

    /// <summary>What group-relative advantages are divided by.</summary>
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>ε beside the standard deviation.</summary>
    /// <value>1e-4.</value>
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>The ratio is clipped below at 1 − this.</summary>
    /// <value>0.2.</value>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>The ratio is clipped above at 1 + this.</summary>
    /// <value>0.2.</value>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>Coefficient β of the KL term in the loss; 0 needs no reference model.</summary>
    /// <value>0.</value>
    public double KlCoefficient { get; init; }

    /// <summary>Estimator of the KL term.</summary>
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

    internal PpoClipTerm Term => new(ClipLow, ClipHigh, KlCoefficient, KlEstimator);

    internal Aggregation ResolveAggregation(int maxCompletionTokens) => Aggregation switch
    {
        AggregationKind.TokenMean => new Aggregation.TokenMean(),
        AggregationKind.ConstantLength => new Aggregation.ConstantLength(maxCompletionTokens),
        _ => new Aggregation.SequenceMean(),
    };
}

/// <summary>How token losses become one number.</summary>
public enum AggregationKind
{
    /// <summary>Mean over all action tokens of the step (DAPO).</summary>
    TokenMean,

    /// <summary>Mean over sequences of the mean over a sequence's tokens (GRPO).</summary>
    SequenceMean,

    /// <summary>Mean over sequences of the sum over tokens divided by the most tokens a completion can have (Dr. GRPO).</summary>
    ConstantLength,
}

/// <summary>Known algorithms as values.</summary>
public static class Algorithms
{
    /// <summary>GRPO (Shao et al. 2024) with TRL's hyper-parameters: 8 completions, ε 0.2, β 0, scale by group.</summary>
    public static OnPolicyAlgorithm Grpo() => new() { Name = "GRPO" };

    /// <summary>Dr. GRPO (Liu et al. 2025): no division by the standard deviation, constant length.</summary>
    public static OnPolicyAlgorithm DrGrpo() => Grpo() with
    {
        Name = "Dr. GRPO",
        AdvantageScale = AdvantageScale.None,
        Aggregation = AggregationKind.ConstantLength,
    };
}
