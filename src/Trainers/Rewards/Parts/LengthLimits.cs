using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 for a completion whose length is within limits, otherwise 0; or, graded, the smallest of min(1, length / least) and
/// min(1, most / length) over its limits. Token counts include the end of sequence, as in <c>completions/mean_length</c>.
/// </summary>
/// <param name="settings">The limits.</param>
internal sealed class LengthLimits(RewardSettings.Length settings) : SampleReward(settings.Name)
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample)
    {
        double share = Math.Min(
            Share(sample.Sequence.CompletionLength, settings.MinTokens, settings.MaxTokens),
            Share(sample.Completion.Length, settings.MinCharacters, settings.MaxCharacters));
        return settings.Graded ? share : share < 1 ? 0 : 1;
    }

    private static double Share(int length, int least, int most) =>
        length < least ? (double)length / least
        : most > 0 && length > most ? (double)most / length
        : 1;
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the length is within limits, otherwise 0 or a graded score.</summary>
    public sealed record Length : RewardSettings
    {
        /// <summary>Minimum number of tokens.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int MinTokens { get; init; }

        /// <summary>Maximum number of tokens; 0 for no limit.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int MaxTokens { get; init; }

        /// <summary>Minimum number of characters (UTF-16 units).</summary>
        /// <value>0.</value>
        [Within(0)]
        public int MinCharacters { get; init; }

        /// <summary>Maximum number of characters; 0 for no limit.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int MaxCharacters { get; init; }

        /// <summary>Whether the score decreases with the distance from the limit, rather than dropping to 0.</summary>
        /// <value>false.</value>
        public bool Graded { get; init; }

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => new LengthLimits(this);

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (MinTokens + MaxTokens + MinCharacters + MaxCharacters == 0)
            {
                add("maxTokens", "no limit at all", "at least one of minTokens, maxTokens, minCharacters, maxCharacters");
            }

            CheckOrder(MinTokens, MaxTokens, "Tokens", add);
            CheckOrder(MinCharacters, MaxCharacters, "Characters", add);
        }

        private static void CheckOrder(int least, int most, string unit, Action<string, string, string> add)
        {
            if (most > 0 && least > most)
            {
                add($"min{unit}", $"{least}", $"at most {most}, the value of max{unit}");
            }
        }
    }
}
