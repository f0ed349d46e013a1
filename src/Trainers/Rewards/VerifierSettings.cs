using RlCore.Trainers.Settings;

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
        /// The only part of the completion that is read, extracted by <see cref="TextPart"/>: with <c>answer</c>, the text of the last
        /// <c>&lt;answer&gt;…&lt;/answer&gt;</c>; with <c>```json</c>, the last such fenced block. A completion without the part scores
        /// 0. Empty reads the whole completion.
        /// </summary>
        /// <value>"".</value>
        [Matches("^(```)?[A-Za-z0-9_#+-]*$", "the name of a tag without brackets, such as answer; or three backticks and a language")]
        public string Within { get; init; } = "";

        /// <inheritdoc/>
        public sealed override IReward Create(RewardContext context) =>
            Within.Length == 0 ? CreateWhole(context) : new PartialReward(CreateWhole(context), Within);

        /// <summary>Creates the reward for a whole text.</summary>
        /// <param name="context">The context of the run.</param>
        private protected abstract IReward CreateWhole(RewardContext context);
    }
}
