using RlCore.Engines;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Runs;

public abstract partial record StageSettings
{
    /// <summary>
    /// What stages have in common that imitate completions which a model draws, chosen by their rewards: in rounds of drawing,
    /// choosing, and supervised fine-tuning on what was kept.
    /// </summary>
    public abstract record SampledTuning : StageSettings
    {
        /// <summary>Prompts of one round.</summary>
        /// <value>256.</value>
        public int PromptsPerRound { get; init; } = 256;

        /// <summary>Completions of each prompt.</summary>
        /// <value>8.</value>
        public int CompletionsPerPrompt { get; init; } = 8;

        /// <summary>
        /// Optimizer steps of one round; then the next is drawn. A round that keeps nothing is drawn again at the next step, which
        /// leaves the model as it is.
        /// </summary>
        /// <value>50.</value>
        public int StepsPerRound { get; init; } = 50;

        /// <summary>Sequences of one optimizer step.</summary>
        /// <value>64.</value>
        public int BatchSize { get; init; } = 64;

        /// <summary>How completions are scored.</summary>
        public RewardKind Reward { get; init; } = RewardKind.Numeric;

        /// <summary>Which completions are kept.</summary>
        public SelectionSettings Selection { get; init; } = new();

        /// <summary>Most tokens of a completion.</summary>
        /// <value>32.</value>
        public int MaxCompletionTokens { get; init; } = 32;

        /// <summary>How completions are drawn.</summary>
        public SamplingOptions Sampling { get; init; } = new();
    }
}
