namespace RlCore.Trainers.Rewards;

/// <summary>
/// Another reward over the text of one tag: what stands between the last opening tag that is closed and its closing tag. A
/// completion without such a pair scores 0, and the other reward does not see it.
/// </summary>
/// <param name="inner">The other reward; disposed with this one.</param>
/// <param name="tag">The tag's name, without brackets.</param>
public sealed class TaggedReward(IReward inner, string tag) : IReward, IAnswerReader, IDisposable
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <summary>Reads the text of a tag.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="tag">The tag's name.</param>
    /// <param name="content">What stands within; empty without the pair.</param>
    /// <returns>Whether the pair is there.</returns>
    public static bool TryRead(string text, string tag, out string content)
    {
        string open = $"<{tag}>";
        int end = text.LastIndexOf($"</{tag}>", StringComparison.Ordinal);
        int start = end < 0 ? -1 : text[..end].LastIndexOf(open, StringComparison.Ordinal);
        content = start < 0 ? "" : text[(start + open.Length)..end];
        return start >= 0;
    }

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        var places = new List<int>();
        var tagged = new List<RewardSample>();
        for (int i = 0; i < batch.Count; i++)
        {
            if (TryRead(batch[i].Completion, tag, out string content))
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

    /// <summary>Reads the answer within the tag: as the other reward does where it reads one, else the tag's text.</summary>
    /// <param name="completion">The completion's text.</param>
    /// <param name="answer">Its answer; empty without one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryReadAnswer(string completion, out string answer)
    {
        if (TryRead(completion, tag, out string content) && inner is IAnswerReader reader)
        {
            return reader.TryReadAnswer(content, out answer);
        }

        answer = content.Trim();
        return answer.Length > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => (inner as IDisposable)?.Dispose();
}
