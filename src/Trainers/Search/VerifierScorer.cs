namespace RlCore.Trainers.Search;

/// <summary>Scores complete thoughts by a verifier: 1 for right ones, 0 for others, and for all that are not complete.</summary>
/// <param name="judge">Whether each of some complete thoughts is right.</param>
internal sealed class VerifierScorer(Func<IReadOnlyList<Thought>, CancellationToken, bool[]> judge) : IThoughtScorer
{
    /// <inheritdoc/>
    public int TokensToScore(Thought known, Thought thought) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts, CancellationToken stop)
    {
        Thought[] complete = [.. thoughts.Where(thought => thought.IsComplete).Distinct()];
        var right = complete.Zip(judge(complete, stop)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. thoughts.Select(thought => right.GetValueOrDefault(thought) ? 1.0 : 0)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The verifier is whoever made it's.
    }
}
