using RlCore.Algebra;
using RlCore.Trainers.Stages;

namespace RlCore.Studies.ClosedForm;

/// <summary>A trainer to compare with the optimum.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="ReachesOptimum">Whether its objective has the optimum of J.</param>
/// <param name="Note">Its settings, or what it optimises instead.</param>
/// <param name="Stage">The stage, as a recipe would hold it.</param>
public sealed record ClosedFormCase(string Name, bool ReachesOptimum, string Note, StageSettings Stage)
{
    private const int Steps = 400;
    private const int Group = 128;

    private static readonly OptimizerSettings Optimizer =
        new() { LearningRate = 0.05, Schedule = new Schedule.Linear(), MaxGradientNorm = 1e9 };

    /// <summary>The trainers whose objective is J, or has the same optimum: they must reach it.</summary>
    public static IReadOnlyList<ClosedFormCase> Unbiased { get; } =
    [
        new("DPO", true, "every pair, labelled as Bradley–Terry says", new PreferenceSettings
        {
            Name = "dpo",
            Steps = 200,
            BatchSize = 4200,
            MicroBatchSize = 8400,
            Loss = new PreferenceLoss.Sigmoid(ClosedFormStudy.Beta),
            Optimizer = Optimizer,
        }),
        OnPolicy(
            "PPO",
            true,
            "one pass a rollout, a critic for every prefix, λ 0.95, whitened advantages, the KL of each token in its reward",
            Critic(Algorithms.Ppo() with { Iterations = 1 })),
        OnPolicy("PPO, 4 passes of 2 mini-batches", true, "the clipped ratio at work", Critic(Algorithms.Ppo() with { MiniBatches = 2 })),
        OnPolicy("RLOO", true, "KL in the reward", Algorithms.Rloo()),
        OnPolicy(
            "Dr. GRPO, KL in the reward", true, "no division by the standard deviation, constant length", InReward(Algorithms.DrGrpo())),
        OnPolicy(
            "GRPO, KL in the reward",
            true,
            "divided by the standard deviation, sequence mean: weights of a gradient that is zero at the optimum all the same",
            InReward(Algorithms.Grpo())),
        OnPolicy("GSPO, KL in the reward", true, "the ratio of whole sequences", InReward(Algorithms.Gspo())),
        OnPolicy("CISPO, KL in the reward", true, "the capped weight, token mean", InReward(Algorithms.Cispo())),
        OnPolicy("OPO, KL in the reward", true, "the length-weighted baseline", InReward(Algorithms.Opo())),
        OnPolicy(
            "REINFORCE++", true, "rewards to come, the KL of each token in its reward, whitened", Single(Algorithms.ReinforcePlusPlus())),
        OnPolicy(
            "TRPO, KL in the reward",
            true,
            "AdamW's step, shortened until E[KL(π_old‖π)] ≤ 0.01 nats per token and the surrogate improves",
            InReward(Algorithms.Trpo())),
        OnPolicy("ReMax", true, "the greedy completion's reward as baseline", Single(Algorithms.ReMax())),
    ];

    /// <summary>The trainers with another objective, whose end point is measured.</summary>
    public static IReadOnlyList<ClosedFormCase> Biased { get; } =
    [
        OnPolicy("GRPO", false, "divided by the group's standard deviation, sequence mean, k3 in the loss", Algorithms.Grpo()),
        OnPolicy(
            "Dr. GRPO, k3 in the loss",
            false,
            "token-wise k3 leaves out what a token does to the KL of later ones, and its gradient is that of the forward KL",
            Algorithms.DrGrpo()),
        OnPolicy(
            "Dr. GRPO, k2 in the loss",
            false,
            "the gradient of each token's reverse KL, without what a token does to the KL of later ones",
            Dr(KlEstimator.K2)),
        OnPolicy("Dr. GRPO, k1 in the loss", false, "its gradient has mean zero: no KL at all", Dr(KlEstimator.K1)),
        OnPolicy(
            "k2 and GRPO's standard deviation",
            false,
            "each prompt has a β of its own: β times the standard deviation of its rewards",
            Dr(KlEstimator.K2) with { Advantage = new AdvantageEstimate.GroupRelative() }),
        OnPolicy(
            "k2 and the sequence mean",
            false,
            "a token of a long completion weighs less, in the reward's part and in the KL's",
            Dr(KlEstimator.K2) with { Aggregation = new Aggregation.SequenceMean() }),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ClosedFormCase> All { get; } = [.. Unbiased, .. Biased];

    private static OnPolicyAlgorithm Dr(KlEstimator estimator) =>
        Algorithms.DrGrpo() with { KlPlacement = new KlPenalty.Loss(KlEstimator: estimator) };

    private static OnPolicyAlgorithm InReward(OnPolicyAlgorithm algorithm) => algorithm with { KlPlacement = new KlPenalty.Reward() };

    // One completion a prompt: as many prompts as groups have completions elsewhere.
    private static OnPolicyAlgorithm Single(OnPolicyAlgorithm algorithm) => algorithm with { GroupSize = 1 };

    private static OnPolicyAlgorithm Critic(OnPolicyAlgorithm algorithm) => Single(algorithm) with
    {
        Value = new ValueSettings { Optimizer = Optimizer with { LearningRate = 0.1, Schedule = new Schedule.Constant() } },
    };

    private static ClosedFormCase OnPolicy(string name, bool unbiased, string note, OnPolicyAlgorithm algorithm)
    {
        var settings = new OnPolicySettings
        {
            Name = "toy",
            Steps = Steps,
            PromptsPerStep = algorithm.GroupSize == 1 ? 2 * Group : 2,
            MicroBatchSize = 2 * Group,
            MaxCompletionTokens = ToyLanguage.MaxCompletionTokens,
            Algorithm = algorithm with
            {
                GroupSize = algorithm.GroupSize == 1 ? 1 : Group,
                KlPlacement = algorithm.KlPlacement with { KlCoefficient = ClosedFormStudy.Beta },
            },
            Optimizer = Optimizer,
        };
        return new(name, unbiased, note, settings);
    }
}
