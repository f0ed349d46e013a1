using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

public abstract partial record RewardSettings
{
    /// <summary>A reward that a trained reward model gives.</summary>
    public abstract record Learnt : RewardSettings
    {
        /// <summary>
        /// The name of an earlier stage of the recipe that trains a reward model or, if it contains a slash, the folder of a
        /// checkpoint or of a run that contains one.
        /// </summary>
        /// <value>"".</value>
        public string From { get; init; } = "";

        /// <summary>Most sequences of a pass of the reward model, which takes no more tokens than one of the stage does.</summary>
        /// <value>256.</value>
        [Within(1)]
        public int MicroBatchSize { get; init; } = 256;

        /// <summary>Whether <see cref="From"/> is a folder.</summary>
        internal bool IsFolder => From.AsSpan().ContainsAny('/', '\\');

        /// <summary>Whether the model must score steps.</summary>
        internal virtual bool ReadsSteps => false;

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (string.IsNullOrWhiteSpace(From))
            {
                add(
                    "from",
                    "nothing",
                    "the name of an earlier stage that trains a reward model, or a folder (with a slash) that contains one");
            }
        }

        /// <inheritdoc/>
        protected internal override RewardSettings Locate(Func<string, string> resolve) =>
            IsFolder ? this with { From = resolve(From) } : this;
    }

    /// <summary>The score of a reward model at the last token of prompt and completion.</summary>
    public sealed record RewardModel : Learnt
    {
        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => context.Models.Open(this);
    }

    /// <summary>
    /// The scores of a process reward model at the ends of a completion's steps, as probabilities σ(s) put together to one number. Where a
    /// step ends is stored with the model.
    /// </summary>
    public sealed record Process : Learnt
    {
        /// <summary>How the probabilities of the steps are put together.</summary>
        /// <value>Min.</value>
        public StepAggregate Aggregate { get; init; } = StepAggregate.Min;

        /// <inheritdoc/>
        internal override bool ReadsSteps => true;

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => context.Models.Open(this);
    }
}

/// <summary>Provides reward models to rewards: the interface to the engine that runs them.</summary>
public interface IRewardModels
{
    /// <summary>Loads a reward model as a reward; disposing the reward frees the model.</summary>
    /// <param name="settings">Which one.</param>
    /// <exception cref="Inputs.InputException">It is missing or damaged, or its tokenizer differs from the policy's.</exception>
    IReward Open(RewardSettings.RewardModel settings);

    /// <summary>Loads a process reward model as a reward; disposing the reward frees the model.</summary>
    /// <param name="settings">Which one.</param>
    /// <exception cref="Inputs.InputException">
    /// It is missing or damaged, its tokenizer differs from the policy's, or it scores whole completions only.
    /// </exception>
    IReward Open(RewardSettings.Process settings);
}
