using RlCore.Trainers.Datasets;
using RlCore.Trainers.Stages;

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
        .ToDictionary(stage => stage.Name, stage => stage.Settings with { Name = stage.Name, Steps = 2, MicroBatchSize = MicroBatchSize, Optimizer = Proportional });

    private static IEnumerable<(string Name, StageSettings Settings)> Stages() =>
    [
        ("sft", new SupervisedSettings { BatchSize = BatchSize }),
        ("scored", new OfflineRejectionSettings { BatchSize = BatchSize }),
        .. Enum.GetValues<RewardLossKind>().Select(loss => ($"reward {loss}", (StageSettings)new RewardStageSettings { BatchSize = BatchSize, Loss = loss, Centring = loss == RewardLossKind.BradleyTerry ? 0.1 : 0 })),
        .. Enum.GetValues<PreferenceLossKind>().Select(loss => ($"preference {loss}", (StageSettings)Preference(loss))),
        ("preference SimPo, two scales", Preference(PreferenceLossKind.SimPo) with { RewardAlpha = 0.25 }),
        .. Enum.GetValues<PreferenceDivergence>().Select(divergence => ($"preference in {divergence}", (StageSettings)(Preference(PreferenceLossKind.Sigmoid) with { Divergence = divergence, DivergenceOrder = 0.4 }))),
        .. Enum.GetValues<UnpairedLossKind>().Select(loss => ($"unpaired {loss}", (StageSettings)Unpaired(loss))),
        ("online preference", new OnlinePreferenceSettings { PromptsPerStep = 4, MaxCompletionTokens = 3, Beta = 0.3, SftWeight = 0.3 }),
        ("rejection", new RejectionSettings { PromptsPerRound = 8, StepsPerRound = 1, BatchSize = BatchSize, MaxCompletionTokens = 3 }),
        ("distillation", new DistillationSettings { PromptsPerRound = 4, StepsPerRound = 1, BatchSize = BatchSize, MaxCompletionTokens = 3 }),
        ("gkd of its own", new GkdSettings { BatchSize = BatchSize, Lambda = 1, Beta = 1, Temperature = 0.8, MaxCompletionTokens = 3 }),
        ("gkd of the teacher's", new GkdSettings { BatchSize = BatchSize, Lambda = 0, Given = GivenKind.Teacher, Beta = 0, MaxCompletionTokens = 3 }),
        ("gkd of given", new GkdSettings { BatchSize = BatchSize, Lambda = 0, Beta = 0.5, MaxCompletionTokens = 3 }),
        .. Algorithms.All.Select(algorithm => (algorithm.Key, (StageSettings)OnPolicy(algorithm.Value.Surrogate == SurrogateKind.Reinforce ? algorithm.Value : TwoPasses(algorithm.Value)))),
        ("ppo, discounted", OnPolicy(Algorithms.Ppo() with { Lambda = 0.7, Gamma = 0.9 })),
        ("ppo, shared trunk", OnPolicy(TwoPasses(Algorithms.Ppo()) with { Value = new() { Trunk = ValueTrunk.Shared, Coefficient = 0.5 } })),
        ("grpo, all terms", OnPolicy(TwoPasses(Algorithms.Grpo()) with { KlCoefficient = 0.04, KlPlacement = KlPlacement.Loss, EntropyCoefficient = 0.01 }) with { MixCoefficient = 0.5, MixBatchSize = 4 }),
    ];

    private static PreferenceSettings Preference(PreferenceLossKind loss) => new()
    {
        BatchSize = BatchSize,
        Loss = loss,
        Beta = 0.3,
        LabelSmoothing = PreferenceObjectives.ReadsLabelSmoothing(loss) ? 0.1 : 0,
        TargetMargin = loss == PreferenceLossKind.SimPo ? 0.5 : 0,
        SftWeight = 0.3,
    };

    private static UnpairedSettings Unpaired(UnpairedLossKind loss) => new()
    {
        BatchSize = BatchSize,
        Loss = loss,
        Beta = 0.3,
        DesirableWeight = loss == UnpairedLossKind.Aot ? 1 : 1.3,
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
