using RlCore.Trainers.Objectives;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Runs;

/// <summary>One stage of a recipe. A closed union: <see cref="Supervised"/>, <see cref="Preference"/> or <see cref="OnPolicy"/>.</summary>
public abstract record StageSettings
{
    private StageSettings()
    {
    }

    /// <summary>The stage's name in metrics, progress and checkpoints.</summary>
    public string Name { get; init; } = "";

    /// <summary>The stage's CSV file.</summary>
    public string Data { get; init; } = "";

    /// <summary>Optimizer steps (supervised) or rollout steps (on-policy).</summary>
    public int Steps { get; init; }

    /// <summary>Sequences of one forward and backward pass; it never changes the gradient, only the memory.</summary>
    /// <value>256.</value>
    public int MicroBatchSize { get; init; } = 256;

    /// <summary>Optimizer and schedule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Supervised fine-tuning on <c>prompt,completion</c>: the mean negative log-likelihood of completion tokens.</summary>
    public sealed record Supervised : StageSettings
    {
        /// <summary>Sequences of one optimizer step.</summary>
        /// <value>64.</value>
        public int BatchSize { get; init; } = 64;
    }

    /// <summary>
    /// Learning from preferences on <c>prompt,chosen,rejected</c>: DPO and its relatives. The reference is the model as the
    /// stage begins; its log-probs are computed once.
    /// </summary>
    public sealed record Preference : StageSettings
    {
        /// <summary>Pairs of one optimizer step.</summary>
        /// <value>32.</value>
        public int BatchSize { get; init; } = 32;

        /// <summary>The loss.</summary>
        /// <value>Sigmoid (DPO).</value>
        public PreferenceLossKind Loss { get; init; } = PreferenceLossKind.Sigmoid;

        /// <summary>β: how strongly the policy is held to the reference; for SimPO, the scale of the margin.</summary>
        /// <value>0.1.</value>
        public double Beta { get; init; } = 0.1;

        /// <summary>Chance that a pair is labelled the wrong way round: cDPO with the sigmoid loss; also robust, exo and simPo.</summary>
        /// <value>0.</value>
        public double LabelSmoothing { get; init; }

        /// <summary>SimPO's γ, the margin that the chosen completion should lead by.</summary>
        /// <value>0.</value>
        public double TargetMargin { get; init; }

        /// <summary>Weight of the chosen completions' mean token negative log-likelihood beside the preference loss.</summary>
        /// <value>0.</value>
        public double SftWeight { get; init; }
    }

    /// <summary>On-policy reinforcement learning on <c>prompt,answer</c> with a verifiable reward.</summary>
    public sealed record OnPolicy : StageSettings
    {
        /// <summary>The algorithm, as a value.</summary>
        public OnPolicyAlgorithm Algorithm { get; init; } = Algorithms.Grpo();

        /// <summary>How completions are scored: the weighted sum of these.</summary>
        /// <value>Numeric.</value>
        public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } = new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

        /// <summary>What becomes of a completion that a reward cannot score.</summary>
        /// <value>Stop.</value>
        public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

        /// <summary>The part's score, before its weight, of a completion that it cannot score; read where those do not stop the run.</summary>
        /// <value>0.</value>
        public double RewardErrorScore { get; init; }

        /// <summary>Prompts of one rollout step; sequences = prompts · group size.</summary>
        /// <value>64.</value>
        public int PromptsPerStep { get; init; } = 64;

        /// <summary>Most tokens of a completion.</summary>
        /// <value>32.</value>
        public int MaxCompletionTokens { get; init; } = 32;

        /// <summary>
        /// A control experiment: rewards are permuted over all completions of a step, so that they say nothing about the
        /// completion they are given to. What still improves is not reinforcement learning.
        /// </summary>
        /// <value>false.</value>
        public bool ShuffleRewards { get; init; }
    }
}

/// <summary>AdamW and its schedule, for one stage.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Peak learning rate.</summary>
    /// <value>1e-3.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Shape of the learning rate over the stage.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Constant;

    /// <summary>Optimizer steps of linear warm-up.</summary>
    /// <value>0.</value>
    public int WarmupSteps { get; init; }

    /// <summary>Global gradient norm to clip to.</summary>
    /// <value>1.</value>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Decay of the first moment.</summary>
    /// <value>0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    /// <value>1e-8.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of matrices.</summary>
    /// <value>0.</value>
    public double WeightDecay { get; init; }
}
