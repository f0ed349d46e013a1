namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if the completion, trimmed, equals the answer, trimmed; otherwise 0. Line endings (CRLF, CR, LF) are all the same. A truncated
/// completion scores 0.
/// </summary>
/// <param name="name">Name in metrics.</param>
internal sealed class ExactAnswer(string name = "exact") : SampleReward(name), IAnswerReader
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample) =>
        sample.Ended && Plain(sample.Completion) == Plain(sample.Question.Answer) ? 1 : 0;

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        answer = Plain(completion);
        return answer.Length > 0;
    }

    private static string Plain(string text)
    {
        VerifierWork.Spend(text.Length);
        return text.Trim().Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
    }
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the completion, trimmed, equals the answer, whatever the line endings.</summary>
    public sealed record Exact : Verifier
    {
        /// <inheritdoc/>
        protected internal override bool ReadsAnswer => true;

        private protected override IReward CreateWhole(RewardContext context) => new ExactAnswer(Name);
    }
}
