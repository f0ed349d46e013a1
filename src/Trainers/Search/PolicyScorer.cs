namespace RlCore.Trainers.Search;

/// <summary>
/// Scores thoughts by the policy that has drawn them: exp(1/n · Σ log π) of the n tokens that it has drawn itself, as their log-probs were
/// told when they were drawn. Nothing is read for it.
/// </summary>
internal sealed class PolicyScorer : IThoughtScorer
{
    /// <inheritdoc/>
    public int TokensToScore(Thought known, Thought thought) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts, CancellationToken stop) => [.. thoughts.Select(ScoreOf)];

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    // A thought without a token of the policy's own is as good as any.
    private static double ScoreOf(Thought thought)
    {
        double[] own = [.. thought.LogProbs.Where(logProb => !float.IsNaN(logProb)).Select(logProb => (double)logProb)];
        return own.Length == 0 ? 1 : Math.Min(1, Math.Exp(own.Average()));
    }
}
