namespace RlCore.Trainers.Metrics;

/// <content>How completions were drawn: by servers, in two attempts, in rounds, by a search.</content>
public static partial class MetricNames
{
    /// <summary>Steps by which the weights that drew the step's completions are behind the policy that learns from them.</summary>
    [Metric("steps", "on-policy with servers", Trl = "")]
    public const string Staleness = "rollouts/staleness";

    /// <summary>Requests to servers that failed; what they asked for came from other servers, or later.</summary>
    [Metric("requests", "on-policy with servers", Trl = "")]
    public const string FailedRequests = "rollouts/failed";

    /// <summary>
    /// Mean over actions of the weight that corrects for what the servers sampled with: 1 where they sample from the policy.
    /// </summary>
    [Metric("ratio", "on-policy with servers", Trl = "sampling/importance_sampling_ratio/mean")]
    public const string SamplerWeight = "sampling/importance_sampling_ratio/mean";

    /// <summary>
    /// Mean over actions of −log π minus the entropy, before the first update: 0 on average where tokens are drawn from the policy, above 0
    /// where they are drawn at a higher temperature than the servers say.
    /// </summary>
    [Metric("nats per token", "on-policy with servers", Trl = "")]
    public const string Surprise = "rollouts/surprise";

    /// <summary>Mean reward of first attempts.</summary>
    [Metric("reward", "on-policy with a second attempt", Trl = "")]
    public const string FirstAttempt = "attempts/first";

    /// <summary>Mean reward of second attempts.</summary>
    [Metric("reward", "on-policy with a second attempt", Trl = "")]
    public const string SecondAttempt = "attempts/second";

    /// <summary>Fraction of second attempts with a higher reward than the first attempt that they read.</summary>
    [Metric("fraction", "on-policy with a second attempt", Trl = "")]
    public const string AttemptsBetter = "attempts/better";

    /// <summary>Fraction of second attempts with a lower reward than the first attempt that they read.</summary>
    [Metric("fraction", "on-policy with a second attempt", Trl = "")]
    public const string AttemptsWorse = "attempts/worse";

    /// <summary>Fraction of second attempts that give the answer of the first attempt again.</summary>
    [Metric("fraction", "on-policy with a second attempt", Trl = "")]
    public const string AttemptsRepeated = "attempts/repeated";

    /// <summary>Mean reward of the completions that rejection sampling kept; reported on the step that draws a round.</summary>
    [Metric("reward", "reject, rejectoffline, distill", Trl = "")]
    public const string KeptReward = "selection/reward";

    /// <summary>
    /// Fraction of the round's completions that rejection sampling kept, counting equal ones once if the stage removes
    /// duplicates.
    /// </summary>
    [Metric("fraction", "reject, rejectoffline, distill", Trl = "")]
    public const string KeptFraction = "selection/kept";

    /// <summary>Mean number of tokens that the search of a prompt drew; reported on the step that draws a round.</summary>
    [Metric("tokens", "reject with search", Trl = "")]
    public const string SearchDrawn = "search/drawn_tokens";

    /// <summary>Mean number of tokens that were read to score the thoughts of a prompt.</summary>
    [Metric("tokens", "reject with search", Trl = "")]
    public const string SearchScored = "search/scored_tokens";

    /// <summary>Mean number of times that the search of a prompt asked a model for something, one after the other.</summary>
    [Metric("calls", "reject with search", Trl = "")]
    public const string SearchCalls = "search/calls";

    /// <summary>Fraction of the round's prompts of which a completion was kept.</summary>
    [Metric("fraction", "reject with search", Trl = "")]
    public const string SearchSolved = "search/solved";

    /// <summary>Mean number of tokens of the completions that were kept.</summary>
    [Metric("tokens", "reject with search", Trl = "")]
    public const string SearchKeptLength = "search/kept_length";
}
