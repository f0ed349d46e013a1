namespace RlCore.Algebra;

/// <summary>
/// Beam search over steps: each round draws <see cref="Width"/> next steps in all and keeps the best 1/<see cref="Branching"/> of them,
/// by score. Source: Snell et al. 2024, section 5.1.
/// </summary>
/// <param name="Width">Steps that are drawn in a round, N, at least 1.</param>
/// <param name="Branching">Next steps of each thought that is kept, M, at least 1: N/M thoughts are kept.</param>
public sealed record BeamSearch(int Width, int Branching = 4) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        IReadOnlyList<ThoughtNode<TThought>> beams = [ledger.Root];
        while (ledger.Expand(Spread.Evenly(beams, Width), SearchReach.Step, isDistinct: true) is { } steps)
        {
            yield return steps;
            if (ledger.Score(steps.Children) is { } scores)
            {
                yield return scores;
            }

            beams = [.. steps.Children.OrderByDescending(node => node.Rank).Take(Math.Max(1, Width / Branching))
                .Where(node => !node.IsFinal)];
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Branching);
    }
}
