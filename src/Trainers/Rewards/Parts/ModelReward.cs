using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

public abstract partial record RewardSettings
{
    /// <summary>The score of a reward model at the last token of prompt and completion.</summary>
    public sealed record RewardModel : RewardSettings
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

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => context.Models.Open(this);

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
}

/// <summary>Provides reward models to rewards: the interface to the engine that runs them.</summary>
public interface IRewardModels
{
    /// <summary>Loads a reward model as a reward; disposing the reward frees the model.</summary>
    /// <param name="settings">Which one.</param>
    /// <exception cref="Inputs.InputException">It is missing or damaged, or its tokenizer differs from the policy's.</exception>
    IReward Open(RewardSettings.RewardModel settings);
}
