using RlCore.Trainers.Objectives;

namespace RlCore.Trainers.Runs;

public abstract partial record StageSettings
{
    /// <summary>On-policy reinforcement learning on <c>prompt,answer</c> with a verifiable reward.</summary>
    public sealed record OnPolicy : StageSettings
    {
        /// <summary>The algorithm, as a value.</summary>
        public OnPolicyAlgorithm Algorithm { get; init; } = Algorithms.Grpo();

        /// <summary>How completions are scored.</summary>
        public RewardKind Reward { get; init; } = RewardKind.Numeric;

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
