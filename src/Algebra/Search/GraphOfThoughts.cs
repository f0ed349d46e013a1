namespace RlCore.Algebra;

/// <summary>
/// Graph of thoughts: each round draws next steps of the best thoughts, and merges the best of the new ones into one more thought. Where
/// the new ones are worse than others that were set aside, the search goes back to those. What was found complete is never lost. Source:
/// Besta et al. 2024. The problem is an <see cref="IMergingProblem{TThought}"/>.
/// </summary>
/// <param name="Width">Steps that are drawn in a round, at least 1.</param>
/// <param name="Branching">Next steps of each thought, at least 1: Width/Branching thoughts are continued.</param>
/// <param name="Merged">Thoughts that are merged into one in a round, at least 2.</param>
/// <param name="Backtracks">How often the search may go back, at least 0.</param>
public sealed record GraphOfThoughts(int Width, int Branching = 2, int Merged = 2, int Backtracks = 4) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        var problem = (IMergingProblem<TThought>)ledger.Problem;
        int kept = Math.Max(1, Width / Branching);
        var aside = new List<ThoughtNode<TThought>>();
        IReadOnlyList<ThoughtNode<TThought>> open = [ledger.Root];
        int left = Backtracks;
        while (ledger.Expand(Spread.Evenly(open, Width), SearchReach.Step, isDistinct: true) is { } steps)
        {
            yield return steps;
            if (ledger.Score(steps.Children) is { } scores)
            {
                yield return scores;
            }

            List<ThoughtNode<TThought>> fresh = [.. Best(steps.Children)];
            if (fresh.Count >= Merged)
            {
                ThoughtNode<TThought>[] parts = [.. fresh.Take(Merged)];
                ThoughtNode<TThought> merged = ledger.Place(problem.Merge([.. parts.Select(part => part.Thought)]), parts[0]);
                if (ledger.Expand([(merged, 1)], SearchReach.Step) is { } joined)
                {
                    yield return joined;
                    if (ledger.Score(joined.Children) is { } judged)
                    {
                        yield return judged;
                    }

                    fresh = [.. Best(fresh.Concat(joined.Children))];
                }
            }

            // Nothing to go on with, or something better was set aside.
            ThoughtNode<TThought>? earlier = Best(aside).FirstOrDefault();
            if (earlier is not null && left > 0 && (fresh.Count == 0 || earlier.Rank > fresh[0].Rank))
            {
                left--;
                fresh = [.. Best(aside.Concat(fresh))];
                aside.Clear();
            }

            open = [.. fresh.Take(kept)];
            aside.AddRange(fresh.Skip(kept));
            if (open.Count == 0)
            {
                break;
            }
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Branching);
        ArgumentOutOfRangeException.ThrowIfLessThan(Merged, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(Backtracks);
        Require<IMergingProblem<TThought>>(problem, "merged");
    }

    private static IEnumerable<ThoughtNode<TThought>> Best<TThought>(IEnumerable<ThoughtNode<TThought>> nodes) =>
        nodes.Where(node => !node.IsFinal).OrderByDescending(node => node.Rank);
}
