using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

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
    [Within(1)]
    public int GroupSize { get; init; } = 8;

    /// <summary>How rewards become advantages.</summary>
    /// <value>GroupRelative.</value>
    [Inline]
    public AdvantageEstimate Advantage { get; init; } = new AdvantageEstimate.GroupRelative();

    /// <summary>Whether advantages get mean 0 and variance 1 over all action tokens of the rollout.</summary>
    /// <value>false.</value>
    public bool WhitenAdvantages { get; init; }

    /// <summary>The value model of generalised advantages; null without them.</summary>
    /// <value>null.</value>
    public ValueSettings? Value { get; init; }

    /// <summary>
    /// Whether groups whose rewards are all equal are put back and other prompts drawn in their place, until the step is full
    /// (DAPO).
    /// </summary>
    /// <value>false.</value>
    public bool DynamicSampling { get; init; }

    /// <summary>
    /// Rounds of drawing that dynamic sampling makes at most, each for the groups still missing. What is missing after them is
    /// filled with groups of equal rewards, which teach nothing.
    /// </summary>
    /// <value>10.</value>
    [Within(1)]
    public int MaxSamplingRounds { get; init; } = 10;

    /// <summary>
    /// Tokens before the longest completion over which a penalty on the reward grows linearly from 0 (DAPO's soft overlong
    /// punishment, whose paper takes a fifth of the longest); 0 for none.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public int OverlongBuffer { get; init; }

    /// <summary>The penalty of the longest completion.</summary>
    /// <value>1.</value>
    [Within(0, LowOpen = true)]
    public double OverlongPenalty { get; init; } = 1;

    /// <summary>What is maximised.</summary>
    /// <value>Clip.</value>
    [Inline]
    public Surrogate Surrogate { get; init; } = new Surrogate.Clip();

    /// <summary>Where the KL to the reference goes.</summary>
    /// <value>Loss, with coefficient 0.</value>
    [Inline]
    public KlPenalty KlPlacement { get; init; } = new KlPenalty.Loss();

    /// <summary>
    /// KL to the reference, in nats a completion, that the coefficient is steered to from step to step (Ziegler et al. 2019);
    /// 0 keeps the coefficient as it is.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public double KlTarget { get; init; }

    /// <summary>Completions over which an error of the KL is corrected.</summary>
    /// <value>10,000.</value>
    [Within(0, LowOpen = true)]
    public double KlHorizon { get; init; } = 10_000;

    /// <summary>Weight of the mean entropy of the policy, which is raised beside the surrogate.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double EntropyCoefficient { get; init; }

    /// <summary>Taken off the reward of a completion that was cut off by its length.</summary>
    /// <value>0.</value>
    [Within(0)]
    public double MissingEndPenalty { get; init; }

    /// <summary>
    /// Whether completions that were cut off are left out of the policy's loss, and of the tokens that it is averaged over (DAPO's
    /// overlong filtering); their rewards still count in the baseline of their group.
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

    /// <summary>Optimizer steps of one pass over the rollout: the prompts are split into this many parts.</summary>
    /// <value>1.</value>
    [Within(1)]
    public int MiniBatches { get; init; } = 1;

    /// <summary>
    /// Whether each pass over the rollout goes over its completions in a new random order; else the parts of a pass are the
    /// prompts in their order.
    /// </summary>
    /// <value>false.</value>
    public bool ShuffleMiniBatches { get; init; }

    /// <summary>
    /// The passes over a rollout stop before an update whose approximate KL to the policy of the rollout is more than 1.5 times
    /// this, in nats a token; 0 never stops them.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public double EpochKlTarget { get; init; }

    /// <summary>How completions are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    internal bool AdaptsKl => KlPlacement.IsActive && KlTarget > 0;

    internal int UpdatesPerRollout => Iterations * MiniBatches;

    internal PolicyObjective Objective => new(Surrogate, KlPlacement);
}
