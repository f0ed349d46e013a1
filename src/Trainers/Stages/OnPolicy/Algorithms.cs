using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>Known algorithms as values.</summary>
public static class Algorithms
{
    /// <summary>All algorithms by their name in recipes.</summary>
    public static IReadOnlyDictionary<string, OnPolicyAlgorithm> All { get; } = new Dictionary<string, OnPolicyAlgorithm>(
        StringComparer.Ordinal)
    {
        ["grpo"] = Grpo(),
        ["drgrpo"] = DrGrpo(),
        ["gspo"] = Gspo(),
        ["cispo"] = Cispo(),
        ["sapo"] = Sapo(),
        ["rloo"] = Rloo(),
        ["ppo"] = Ppo(),
        ["reinforcepp"] = ReinforcePlusPlus(),
        ["reinforcepp-baseline"] = ReinforcePlusPlusBaseline(),
        ["remax"] = ReMax(),
        ["dapo"] = Dapo(),
        ["gmpo"] = Gmpo(),
        ["luspo"] = Luspo(),
        ["vespo"] = Vespo(),
        ["gpg"] = Gpg(),
        ["opo"] = Opo(),
        ["passk"] = PassK(),
        ["cgpo"] = Cgpo(),
        ["trpo"] = Trpo(),
    };

    /// <summary>
    /// The name that recipes use for an algorithm, or for the one that it was made from: that of the same
    /// <see cref="OnPolicyAlgorithm.Name"/>.
    /// </summary>
    /// <param name="algorithm">The algorithm.</param>
    internal static string NameOf(OnPolicyAlgorithm algorithm) =>
        All.FirstOrDefault(known => known.Value.Name == algorithm.Name).Key ?? "grpo";

    /// <summary>
    /// GRPO (Shao et al. 2024) with TRL's algorithm settings: 8 completions, ε 0.2, β 0, scale by group, 1 iteration. Other defaults
    /// differ from TRL's: the loss is the paper's mean over completions (aggregation sequenceMean; TRL's default loss_type dapo is
    /// tokenMean), the learning rate is 1e-3 and constant (TRL: 1e-6, falling linearly), completions have at most 32 tokens (TRL: 256).
    /// </summary>
    public static OnPolicyAlgorithm Grpo() => new() { Name = "GRPO" };

    /// <summary>Dr. GRPO (Liu et al. 2025): no division by the standard deviation, constant length.</summary>
    public static OnPolicyAlgorithm DrGrpo() => Grpo() with
    {
        Name = "Dr. GRPO",
        Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None),
        Aggregation = new Aggregation.ConstantLength(),
    };

    /// <summary>GSPO (Zheng et al. 2025): the ratio of whole sequences, with its narrow clip.</summary>
    public static OnPolicyAlgorithm Gspo() => Grpo() with { Name = "GSPO", Surrogate = new Surrogate.Gspo() };

    /// <summary>CISPO (MiniMax-M1, 2025): the clipped weight is held constant; token mean.</summary>
    public static OnPolicyAlgorithm Cispo() =>
        Grpo() with { Name = "CISPO", Surrogate = new Surrogate.Cispo(), Aggregation = new Aggregation.TokenMean() };

    /// <summary>SAPO (Qwen team, 2025): a soft gate with temperatures 1 and 1.05.</summary>
    public static OnPolicyAlgorithm Sapo() => Grpo() with { Name = "SAPO", Surrogate = new Surrogate.Sapo() };

    /// <summary>RLOO (Ahmadian et al. 2024) with TRL's hyper-parameters: 2 completions, β 0.05 in the reward, sequence log-probs.</summary>
    public static OnPolicyAlgorithm Rloo() => new()
    {
        Name = "RLOO",
        GroupSize = 2,
        Advantage = new AdvantageEstimate.LeaveOneOut(),
        Surrogate = new Surrogate.Reinforce(),
        KlPlacement = new KlPenalty.Reward(0.05),
        Aggregation = new Aggregation.SequenceSum(),
    };

    /// <summary>
    /// PPO (Schulman et al. 2017) as for language models (Ziegler et al. 2019; Ouyang et al. 2022), with TRL's hyper-parameters:
    /// one completion per prompt, γ 1, λ 0.95, whitened advantages, ε 0.2 for policy and value, 4 passes, k1 in the reward with β 0.05,
    /// a separate value model. Truncated completions are treated as ended: no value is added after the last token.
    /// </summary>
    public static OnPolicyAlgorithm Ppo() => new()
    {
        Name = "PPO",
        GroupSize = 1,
        Advantage = new AdvantageEstimate.Gae(),
        WhitenAdvantages = true,
        Value = new(),
        KlPlacement = new KlPenalty.Reward(0.05),
        Aggregation = new Aggregation.TokenMean(),
        Iterations = 4,
        ShuffleMiniBatches = true,
    };

    /// <summary>
    /// REINFORCE++ (Hu 2025): one completion per prompt, rewards-to-go including k1, whitened over the step; the clipped
    /// surrogate.
    /// </summary>
    public static OnPolicyAlgorithm ReinforcePlusPlus() => new()
    {
        Name = "REINFORCE++",
        GroupSize = 1,
        Advantage = new AdvantageEstimate.RewardToGo(),
        WhitenAdvantages = true,
        KlPlacement = new KlPenalty.Reward(0.01),
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>
    /// REINFORCE++ with the group mean as baseline (Hu 2025): whitened over the step instead of per group, k2 in the loss.
    /// </summary>
    public static OnPolicyAlgorithm ReinforcePlusPlusBaseline() => Grpo() with
    {
        Name = "REINFORCE++ baseline",
        Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None),
        WhitenAdvantages = true,
        KlPlacement = new KlPenalty.Loss(0.001, KlEstimator.K2),
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>
    /// ReMax (Li et al. 2024): one completion a prompt with the greedy completion's reward as baseline; k1 in the reward.
    /// </summary>
    public static OnPolicyAlgorithm ReMax() => new()
    {
        Name = "ReMax",
        GroupSize = 1,
        Advantage = new AdvantageEstimate.GreedyBaseline(),
        Surrogate = new Surrogate.Reinforce(),
        KlPlacement = new KlPenalty.Reward(0.05),
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>
    /// DAPO (Yu et al. 2025): a higher upper clip, dynamic sampling, token mean, no KL. Its overlong penalty
    /// depends on the longest completion: see <see cref="OnPolicyAlgorithm.OverlongBuffer"/>.
    /// </summary>
    public static OnPolicyAlgorithm Dapo() => Grpo() with
    {
        Name = "DAPO",
        Surrogate = new Surrogate.Clip(ClipHigh: 0.28),
        DynamicSampling = true,
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>GMPO (Zhao et al. 2025): the geometric mean of token ratios, their logs limited to ±0.4.</summary>
    public static OnPolicyAlgorithm Gmpo() => Grpo() with { Name = "GMPO", Surrogate = new Surrogate.Gmpo() };

    /// <summary>LUSPO (as TRL has it): GSPO with sums over tokens, so that a token's weight does not depend on length.</summary>
    public static OnPolicyAlgorithm Luspo() => Gspo() with { Name = "LUSPO", Aggregation = new Aggregation.SequenceSum() };

    /// <summary>VESPO (as TRL has it): a gamma-shaped weight of the sequence's ratio, k 2 and λ 3 where A ≥ 0, else 3 and 2.</summary>
    public static OnPolicyAlgorithm Vespo() =>
        Grpo() with { Name = "VESPO", Surrogate = new Surrogate.Vespo(), Aggregation = new Aggregation.TokenMean() };

    /// <summary>GPG (Chu et al. 2025): a plain policy gradient whose advantages compensate for groups without a learning signal.</summary>
    public static OnPolicyAlgorithm Gpg() => Grpo() with
    {
        Name = "GPG",
        Advantage = new AdvantageEstimate.Informative(),
        Surrogate = new Surrogate.Reinforce(),
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>OPO (Hao et al. 2025): exactly on-policy, with the length-weighted minimum-variance baseline.</summary>
    public static OnPolicyAlgorithm Opo() => Grpo() with
    {
        Name = "OPO",
        Advantage = new AdvantageEstimate.LengthWeighted(),
        Surrogate = new Surrogate.Reinforce(),
        Aggregation = new Aggregation.TokenMean(),
    };

    /// <summary>
    /// Pass@k policy optimisation (Walder and Karkhanis 2025) with k equal to the group size: only the best completion is
    /// reinforced.
    /// </summary>
    public static OnPolicyAlgorithm PassK() => Grpo() with { Name = "Pass@k", Advantage = new AdvantageEstimate.BestOfGroup() };

    /// <summary>
    /// CGPO (Xu et al. 2024): rewards count only for completions that pass the stage's judges; a calibrated reward relative to
    /// the average.
    /// </summary>
    public static OnPolicyAlgorithm Cgpo() =>
        Grpo() with { Name = "CGPO", Advantage = new AdvantageEstimate.Constrained(), Aggregation = new Aggregation.TokenMean() };

    /// <summary>
    /// TRPO (Schulman et al. 2015) with group-relative advantages: the importance-weighted surrogate under a constraint on the mean
    /// KL(π_old‖π) over whole next-token distributions, held by a backtracking line search. The direction is the optimizer's: AdamW's
    /// displacement at the stage's learning rate takes the place of the paper's natural gradient.
    /// </summary>
    public static OnPolicyAlgorithm Trpo() => Grpo() with
    {
        Name = "TRPO",
        Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None),
        Surrogate = new Surrogate.ImportanceWeighted(),
        Aggregation = new Aggregation.TokenMean(),
        TrustRegion = new TrustRegionOptions(),
    };
}
