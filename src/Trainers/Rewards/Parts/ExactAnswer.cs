namespace RlCore.Trainers.Rewards;

/// <summary>1 if the completion, trimmed, equals the answer, trimmed; otherwise 0. A truncated completion scores 0.</summary>
/// <param name="name">Name in metrics.</param>
internal sealed class ExactAnswer(string name = "exact") : SampleReward(name), IAnswerReader
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample) =>
        sample.Ended && sample.Completion.AsSpan().Trim().SequenceEqual(sample.Question.Answer.AsSpan().Trim()) ? 1 : 0;

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        answer = completion.Trim();
        return answer.Length > 0;
    }
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the completion, trimmed, equals the answer.</summary>
    public sealed record Exact : Verifier
    {
        /// <inheritdoc/>
        protected internal override bool ReadsAnswer => true;

        private protected override IReward CreateWhole(RewardContext context) => new ExactAnswer(Name);
    }
}
