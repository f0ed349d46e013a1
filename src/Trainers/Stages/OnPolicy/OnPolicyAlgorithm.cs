using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// An on-policy algorithm as a value: how advantages are computed, what is maximised, where the KL goes, how tokens are averaged,
/// how completions are sampled. It can be read, changed with <c>with</c>, and printed. One trainer runs them all.
/// </summary>
public sealed record OnPolicyAlgorithm
{
    /// <summary>Name, for display.</summary>
    public string Name { get; init; } = "";

    /// <summary>Completions per prompt.</summary>
    /// <value>8.</value>
    [Within(1)]
    public int GroupSize { get; init; } = 8;

    /// <summary>How rewards become advantages.</summary>
    /// <value>GroupRelative.</value>
    [Inline]
    public AdvantageEstimate Advantage { get; init; } = new AdvantageEstimate.GroupRelative();

    /// <summary>Whether advantages are whitened to mean 0 and variance 1 over all action tokens of the rollout.</summary>
    /// <value>false.</value>
    public bool WhitenAdvantages { get; init; }

    /// <summary>The value model for generalised advantage estimation; null for other advantages.</summary>
    /// <value>null.</value>
    public ValueSettings? Value { get; init; }

    /// <summary>
    /// Whether groups whose rewards are all equal are discarded and other prompts drawn in their place, until the step is full
    /// (DAPO).
    /// </summary>
    /// <value>false.</value>
    public bool DynamicSampling { get; init; }

    /// <summary>
    /// Maximum number of sampling rounds of dynamic sampling, each for the groups still missing. The rest is
    /// filled with groups of equal rewards, which carry no learning signal.
    /// </summary>
    /// <value>10.</value>
    [Within(1)]
    public int MaxSamplingRounds { get; init; } = 10;

    /// <summary>
    /// Number of tokens before the maximum length over which a penalty on the reward grows linearly from 0 (DAPO's soft overlong
    /// punishment; a fifth of the maximum length in the paper); 0 for none. It is taken off after dynamic sampling has compared the
    /// rewards of each group, as in the paper; the reward softOverlong is part of the reward everywhere, and for stages of all kinds.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public int OverlongBuffer { get; init; }

    /// <summary>The penalty at the maximum length.</summary>
    /// <value>1.</value>
    [Within(0, LowOpen = true)]
    public double OverlongPenalty { get; init; } = 1;

    /// <summary>What is maximised.</summary>
    /// <value>Clip.</value>
    [Inline]
    public Surrogate Surrogate { get; init; } = new Surrogate.Clip();

    /// <summary>Where the KL to the reference is applied.</summary>
    /// <value>Loss, with coefficient 0.</value>
    [Inline]
    public KlPenalty KlPlacement { get; init; } = new KlPenalty.Loss();

    /// <summary>
    /// Target KL to the reference, in nats per completion, towards which the coefficient is adapted from step to step (Ziegler
    /// et al. 2019);
    /// 0 keeps the coefficient fixed.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public double KlTarget { get; init; }

    /// <summary>Number of completions over which an error of the KL is corrected.</summary>
    /// <value>10,000.</value>
    [Within(0, LowOpen = true)]
    public double KlHorizon { get; init; } = 10_000;

    /// <summary>Weight of the policy's mean entropy, which is maximised together with the surrogate.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double EntropyCoefficient { get; init; }

    /// <summary>Penalty subtracted from the reward of a truncated completion.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double MissingEndPenalty { get; init; }

    /// <summary>
    /// Whether truncated completions give the policy no loss (DAPO's overlong filtering), as if they had no tokens. The aggregation
    /// tokenMean then averages over the tokens of the others; sequenceMean and sequenceSum over all completions, these with loss 0, or
    /// only over the others where countEmpty is false; constantLength over all completions times the length. Their rewards still count
    /// in the baseline of their group.
    /// </summary>
    /// <value>false.</value>
    public bool MaskTruncated { get; init; }

    /// <summary>How token losses become one number.</summary>
    /// <value>SequenceMean.</value>
    [Inline]
    public Aggregation Aggregation { get; init; } = new Aggregation.SequenceMean();

    /// <summary>Passes over one rollout.</summary>
    /// <value>1.</value>
    [Within(1)]
    public int Iterations { get; init; } = 1;

    /// <summary>Optimizer steps per pass over the rollout: the prompts are split into this many parts.</summary>
    /// <value>1.</value>
    [Within(1)]
    public int MiniBatches { get; init; } = 1;

    /// <summary>
    /// Whether each pass visits the rollout's completions in a new random order; otherwise the parts of a pass are the
    /// prompts in order.
    /// </summary>
    /// <value>false.</value>
    public bool ShuffleMiniBatches { get; init; }

    /// <summary>
    /// The passes over a rollout stop before an update whose approximate KL to the policy of the rollout exceeds 1.5 times
    /// this, in nats per token; 0 never stops them.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public double EpochKlTarget { get; init; }

    /// <summary>
    /// The trust region of TRPO (Schulman et al. 2015): the step that the optimizer proposes is shortened until the policy's mean
    /// KL(π_old‖π) over whole next-token distributions is within it and the surrogate improves, or else not taken. Null for none. It
    /// costs a forward pass for each length tried, and two copies of the trained weights in host memory.
    /// </summary>
    /// <value>null.</value>
    public TrustRegionOptions? TrustRegion { get; init; }

    /// <summary>How completions are sampled.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    internal bool AdaptsKl => KlPlacement.IsActive && KlTarget > 0;

    internal int UpdatesPerRollout => Iterations * MiniBatches;

    internal PolicyObjective Objective => new(Surrogate, KlPlacement);
}
