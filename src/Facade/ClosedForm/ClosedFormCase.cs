using RlCore.Algebra;
using RlCore.Trainers.Objectives;
using RlCore.Trainers.Runs;

namespace RlCore.ClosedForm;

/// <summary>A trainer to be compared with the optimum.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="Unbiased">Whether its objective is J itself.</param>
/// <param name="Note">How it is set, or what it optimises instead.</param>
/// <param name="Stage">The stage, as a recipe would hold it.</param>
public sealed record ClosedFormCase(string Name, bool Unbiased, string Note, StageSettings Stage)
{
    private const int Steps = 400;
    private const int Group = 128;

    private static readonly OptimizerSettings Optimizer = new() { LearningRate = 0.05, Schedule = ScheduleKind.Linear, MaxGradientNorm = 1e9 };

    /// <summary>The trainers whose objective is J, or has the same optimum: they must reach it.</summary>
    public static IReadOnlyList<ClosedFormCase> Unbiaseds { get; } =
    [
        new("DPO", true, "every pair, labelled as Bradley–Terry says", new StageSettings.Preference
        {
            Name = "dpo", Steps = 200, BatchSize = 4200, MicroBatchSize = 8400, Beta = ClosedFormStudy.Beta, Optimizer = Optimizer,
        }),
        OnPolicy("RLOO", true, "KL in the reward", Algorithms.Rloo()),
        OnPolicy("Dr. GRPO, KL in the reward", true, "no division by the standard deviation, constant length", Algorithms.DrGrpo() with { KlPlacement = KlPlacement.Reward }),
    ];

    /// <summary>The trainers whose objective is another: where they end is measured.</summary>
    public static IReadOnlyList<ClosedFormCase> Biased { get; } =
    [
        OnPolicy("GRPO", false, "divided by the group's standard deviation, sequence mean, k3 in the loss", Algorithms.Grpo()),
        OnPolicy("Dr. GRPO, k3 in the loss", false, "token-wise k3 leaves out what a token does to the KL of later ones, and its gradient is that of the forward KL", Algorithms.DrGrpo()),
        OnPolicy("Dr. GRPO, k2 in the loss", false, "the gradient of each token's reverse KL, without what a token does to the KL of later ones", Algorithms.DrGrpo() with { KlEstimator = KlEstimator.K2 }),
        OnPolicy("Dr. GRPO, k1 in the loss", false, "its gradient has mean zero: no KL at all", Algorithms.DrGrpo() with { KlEstimator = KlEstimator.K1 }),
        OnPolicy("GRPO's standard deviation alone", false, "KL in the reward, constant length", Algorithms.DrGrpo() with { KlPlacement = KlPlacement.Reward, AdvantageScale = AdvantageScale.Group }),
        OnPolicy("Sequence mean alone", false, "KL in the reward, no standard deviation", Algorithms.DrGrpo() with { KlPlacement = KlPlacement.Reward, Aggregation = AggregationKind.SequenceMean }),
    ];

    private static ClosedFormCase OnPolicy(string name, bool unbiased, string note, OnPolicyAlgorithm algorithm) => new(name, unbiased, note, new StageSettings.OnPolicy
    {
        Name = "toy",
        Steps = Steps,
        PromptsPerStep = 2,
        MicroBatchSize = 2 * Group,
        MaxCompletionTokens = ToyLanguage.MaxCompletionTokens,
        Algorithm = algorithm with { GroupSize = Group, KlCoefficient = ClosedFormStudy.Beta },
        Optimizer = Optimizer,
    });
}
