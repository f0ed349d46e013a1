namespace RlCore.Trainers.Rewards;

public abstract partial record RewardSettings
{
    /// <summary>A reward that judges a completion's text, or the text of one part of it.</summary>
    public abstract record Verifier : RewardSettings
    {
        private protected Verifier()
        {
        }

        /// <summary>
        /// The tag whose content alone is read: with <c>answer</c>, what stands between the last <c>&lt;answer&gt;</c> and the
        /// <c>&lt;/answer&gt;</c> after it. A completion without the pair scores 0. Empty reads the whole completion.
        /// </summary>
        /// <value>"".</value>
        public string Within { get; init; } = "";

        /// <inheritdoc/>
        public sealed override IReward Create(RewardContext context) =>
            Within.Length == 0 ? CreateWhole(context) : new TaggedReward(CreateWhole(context), Within);

        /// <summary>The reward of a whole text.</summary>
        /// <param name="context">What it may need of the run around it.</param>
        private protected abstract IReward CreateWhole(RewardContext context);
    }
}
