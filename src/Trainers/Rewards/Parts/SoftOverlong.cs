using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// DAPO's penalty on long completions: 0 up to max − buffer tokens, then linear to −1 at max. Source: Yu et al. 2025 (DAPO),
/// eq. 13; the formula is <see cref="LengthPenalties.SoftOverlong"/>.
/// </summary>
/// <param name="settings">Max and buffer.</param>
internal sealed class SoftOverlongPenalty(RewardSettings.SoftOverlong settings) : SampleReward(settings.Name)
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample) =>
        LengthPenalties.SoftOverlong(sample.Sequence.CompletionLength, settings.MaxTokens, settings.BufferTokens);
}

public abstract partial record RewardSettings
{
    /// <summary>
    /// DAPO's soft overlong penalty, from 0 to −1, as a part of the reward. An on-policy algorithm's overlongBuffer is the same penalty
    /// without dynamic sampling seeing it; a stage uses one of the two.
    /// </summary>
    public sealed record SoftOverlong : RewardSettings
    {
        /// <summary>Number of tokens at which the penalty is full.</summary>
        [Within(1)]
        public int MaxTokens { get; init; }

        /// <summary>Number of tokens over which the penalty grows.</summary>
        [Within(1)]
        public int BufferTokens { get; init; }

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => new SoftOverlongPenalty(this);

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (BufferTokens > MaxTokens)
            {
                add("bufferTokens", $"{BufferTokens}", $"at most {MaxTokens}, the value of maxTokens");
            }
        }
    }
}
