namespace RlCore.Trainers.Objectives;

/// <summary>Known algorithms as values.</summary>
public static class Algorithms
{
    /// <summary>All of them by the name that recipes use.</summary>
    public static IReadOnlyDictionary<string, OnPolicyAlgorithm> All { get; } = new Dictionary<string, OnPolicyAlgorithm>(StringComparer.Ordinal)
    {
        ["grpo"] = Grpo(),
        ["drgrpo"] = DrGrpo(),
        ["gspo"] = Gspo(),
        ["cispo"] = Cispo(),
        ["sapo"] = Sapo(),
        ["rloo"] = Rloo(),
        ["ppo"] = Ppo(),
    };

    /// <summary>GRPO (Shao et al. 2024) with TRL's hyper-parameters: 8 completions, ε 0.2, β 0, scale by group.</summary>
    public static OnPolicyAlgorithm Grpo() => new() { Name = "GRPO" };

    /// <summary>Dr. GRPO (Liu et al. 2025): no division by the standard deviation, constant length.</summary>
    public static OnPolicyAlgorithm DrGrpo() => Grpo() with
    {
        Name = "Dr. GRPO",
        AdvantageScale = Algebra.AdvantageScale.None,
        Aggregation = AggregationKind.ConstantLength,
    };

    /// <summary>GSPO (Zheng et al. 2025): the ratio of whole sequences, with its narrow clip.</summary>
    public static OnPolicyAlgorithm Gspo() => Grpo() with { Name = "GSPO", Surrogate = SurrogateKind.Gspo, ClipLow = 3e-4, ClipHigh = 4e-4 };

    /// <summary>CISPO (MiniMax-M1, 2025): the clipped weight is held constant; token mean.</summary>
    public static OnPolicyAlgorithm Cispo() => Grpo() with { Name = "CISPO", Surrogate = SurrogateKind.Cispo, WeightCap = 5, Aggregation = AggregationKind.TokenMean };

    /// <summary>SAPO (Qwen team, 2025): a soft gate with temperatures 1 and 1.05.</summary>
    public static OnPolicyAlgorithm Sapo() => Grpo() with { Name = "SAPO", Surrogate = SurrogateKind.Sapo };

    /// <summary>RLOO (Ahmadian et al. 2024) with TRL's hyper-parameters: 2 completions, β 0.05 in the reward, sequence log-probs.</summary>
    public static OnPolicyAlgorithm Rloo() => new()
    {
        Name = "RLOO",
        GroupSize = 2,
        Advantage = AdvantageKind.LeaveOneOut,
        Surrogate = SurrogateKind.Reinforce,
        KlPlacement = KlPlacement.Reward,
        KlCoefficient = 0.05,
        Aggregation = AggregationKind.SequenceSum,
    };

    /// <summary>
    /// PPO (Schulman et al. 2017) as for language models (Ziegler et al. 2019; Ouyang et al. 2022), with TRL's hyper-parameters:
    /// one completion a prompt, γ 1, λ 0.95, whitened advantages, ε 0.2 for policy and value, 4 passes, k1 in the reward with β 0.05,
    /// a value model of its own. What was cut off is taken as ended: no value is added after its last token.
    /// </summary>
    public static OnPolicyAlgorithm Ppo() => new()
    {
        Name = "PPO",
        GroupSize = 1,
        Advantage = AdvantageKind.Gae,
        WhitenAdvantages = true,
        Value = new(),
        KlPlacement = KlPlacement.Reward,
        KlCoefficient = 0.05,
        Aggregation = AggregationKind.TokenMean,
        Iterations = 4,
        ShuffleMiniBatches = true,
    };
}
