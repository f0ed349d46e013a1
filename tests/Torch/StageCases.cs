using RlCore.Algebra;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Stages;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Stages of every kind over the repeating toy, whose updates are proportional to the gradient.</summary>
internal static class StageCases
{
    /// <summary>Sequences, pairs, prompts of one step, whichever the stage counts.</summary>
    public const int BatchSize = 8;

    private const int MicroBatchSize = 5;

    // A small ε would show the sign of a gradient's rounding; larger steps would multiply the rounding of their predecessors.
    private static readonly OptimizerSettings Proportional = new() { LearningRate = 5, Epsilon = 100, MaxGradientNorm = 1e9 };

    /// <summary>All of them by a name that says what they are.</summary>
    public static IReadOnlyDictionary<string, StageSettings> All { get; } = Stages()
        .ToDictionary(
            stage => stage.Name,
            stage => stage.Settings with { Name = stage.Name, Steps = 2, MicroBatchSize = MicroBatchSize, Optimizer = Proportional });

    private static IEnumerable<(string Name, StageSettings Settings)> Stages() =>
    [
        ("sft", new SupervisedSettings { BatchSize = BatchSize }),
        ("scored", new OfflineRejectionSettings { BatchSize = BatchSize }),
        .. LossCases.Ranking.Select(
            loss => ($"reward {loss.Key}", (StageSettings)new RewardStageSettings { BatchSize = BatchSize, Loss = Centred(loss.Value) })),
        .. LossCases.Preference.Select(loss => ($"preference {loss.Key}", (StageSettings)Preference(loss.Value))),
        ("preference SimPo, two scales", Preference(new PreferenceLoss.SimPo(0.3, 0.5, 0.1, RewardAlpha: 0.25))),
        .. LossCases.Divergences.Select(divergence =>
            (
                $"preference in {divergence.Key}",
                (StageSettings)(Preference(new PreferenceLoss.Sigmoid(0.3, 0.1)) with { Divergence = divergence.Value }))),
        .. LossCases.Unpaired.Select(
            loss => ($"unpaired {loss.Key}", (StageSettings)new UnpairedSettings { BatchSize = BatchSize, Loss = Weighted(loss.Value) })),
        (
            "online preference",
            new OnlinePreferenceSettings
            {
                PromptsPerStep = 4,
                MaxCompletionTokens = 3,
                Loss = new PreferenceLoss.Sigmoid(Beta: 0.3),
                SftWeight = 0.3,
            }),
        ("rejection", new RejectionSettings { PromptsPerRound = 8, StepsPerRound = 1, BatchSize = BatchSize, MaxCompletionTokens = 3 }),
        (
            "distillation",
            new DistillationSettings { PromptsPerRound = 4, StepsPerRound = 1, BatchSize = BatchSize, MaxCompletionTokens = 3 }),
        ("gkd of its own", new GkdSettings { BatchSize = BatchSize, Lambda = 1, Beta = 1, Temperature = 0.8, MaxCompletionTokens = 3 }),
        (
            "gkd of the teacher's",
            new GkdSettings { BatchSize = BatchSize, Lambda = 0, Given = GivenKind.Teacher, Beta = 0, MaxCompletionTokens = 3 }),
        ("gkd of given", new GkdSettings { BatchSize = BatchSize, Lambda = 0, Beta = 0.5, MaxCompletionTokens = 3 }),
        .. Algorithms.All.Select(
            algorithm => (
                algorithm.Key,
                (StageSettings)OnPolicy(
                    algorithm.Value is { Surrogate: Surrogate.Reinforce } or { TrustRegion: not null }
                        ? algorithm.Value
                        : TwoPasses(algorithm.Value)))),
        ("ppo, discounted", OnPolicy(Algorithms.Ppo() with { Advantage = new AdvantageEstimate.Gae(Gamma: 0.9, Lambda: 0.7) })),
        (
            "ppo, shared trunk",
            OnPolicy(TwoPasses(Algorithms.Ppo()) with { Value = new() { Trunk = ValueTrunk.Shared, Coefficient = 0.5 } })),
        (
            "grpo, all terms",
            OnPolicy(TwoPasses(Algorithms.Grpo()) with
            {
                KlPlacement = new KlPenalty.Loss(0.04),
                EntropyCoefficient = 0.01,
            }) with { MixCoefficient = 0.5, MixBatchSize = 4 }),
    ];

    private static RankingLoss Centred(RankingLoss loss) => loss is RankingLoss.BradleyTerry pairs ? pairs with { Centring = 0.1 } : loss;

    private static PreferenceSettings Preference(PreferenceLoss loss) => new() { BatchSize = BatchSize, Loss = loss, SftWeight = 0.3 };

    private static UnpairedLoss Weighted(UnpairedLoss loss) => loss switch
    {
        UnpairedLoss.Kto kto => kto with { DesirableWeight = 1.3 },
        UnpairedLoss.ApoZero apo => apo with { DesirableWeight = 1.3 },
        UnpairedLoss.Bco bco => bco with { DesirableWeight = 1.3 },
        _ => loss,
    };

    private static OnPolicySettings OnPolicy(OnPolicyAlgorithm algorithm) => new()
    {
        PromptsPerStep = 4,
        MaxCompletionTokens = 3,
        Algorithm = algorithm with { Value = algorithm.Value is { } value ? value with { Optimizer = Proportional } : null },
    };

    // Ratios move from one in the later updates of a step, some of them past the clip.
    private static OnPolicyAlgorithm TwoPasses(OnPolicyAlgorithm algorithm) => algorithm with { Iterations = 2, MiniBatches = 2 };
}
