using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Rewards;

/// <summary>1 when the completion, trimmed, is the answer, trimmed; else 0. A completion that never ended scores 0.</summary>
public sealed class ExactAnswer : IReward, IAnswerReader
{
    /// <inheritdoc/>
    public string Name => "exact";

    /// <inheritdoc/>
    public double Score(Question question, string completion, bool ended) =>
        ended && completion.AsSpan().Trim().SequenceEqual(question.Answer.AsSpan().Trim()) ? 1 : 0;

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        answer = completion.Trim();
        return answer.Length > 0;
    }
}
