namespace RlCore.Trainers.Rewards;

/// <summary>
/// Applies another reward to one part of a completion, which <see cref="TextPart"/> extracts. A completion without the part scores 0,
/// and is not passed to the other reward.
/// </summary>
/// <param name="inner">The other reward; disposed with this one.</param>
/// <param name="part">The part: a tag's name, or three backticks and a language.</param>
internal sealed class PartialReward(IReward inner, string part) : IReward, IAnswerReader, IBoundedReward, IDisposable
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public bool HasLimit => inner is IBoundedReward { HasLimit: true };

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        var places = new List<int>();
        var tagged = new List<RewardSample>();
        for (int i = 0; i < batch.Count; i++)
        {
            if (TextPart.TryRead(batch[i].Completion, part, out string content))
            {
                places.Add(i);
                tagged.Add(batch[i] with { Completion = content });
            }
        }

        var scores = new double[batch.Count];
        IReadOnlyList<double> found = [];
        Dictionary<int, Exception>? failures = null;
        try
        {
            found = inner.Score(tagged, stop);
        }
        catch (RewardBatchException some)
        {
            found = some.Scores;
            failures = some.Failures.ToDictionary(failure => places[failure.Key], failure => failure.Value);
        }

        for (int i = 0; i < places.Count; i++)
        {
            scores[places[i]] = found[i];
        }

        return failures is null ? scores : throw new RewardBatchException(scores, failures);
    }

    /// <summary>Reads the answer within the part, with the other reward if it reads answers, otherwise as the part's text.</summary>
    /// <param name="completion">The completion's text.</param>
    /// <param name="answer">Its answer; empty if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryReadAnswer(string completion, out string answer)
    {
        if (TextPart.TryRead(completion, part, out string content) && inner is IAnswerReader reader)
        {
            return reader.TryReadAnswer(content, out answer);
        }

        answer = content.Trim();
        return answer.Length > 0;
    }

    /// <inheritdoc/>
    public int TakeUndecided() => (inner as IBoundedReward)?.TakeUndecided() ?? 0;

    /// <inheritdoc/>
    public void Dispose() => (inner as IDisposable)?.Dispose();
}
