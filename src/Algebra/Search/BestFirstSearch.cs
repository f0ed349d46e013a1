namespace RlCore.Algebra;

/// <summary>
/// Best-first tree search: the thought with the highest score is continued next, wherever in the tree it stands, so a path that
/// disappoints is left for an earlier one (backtracking). With scores that never fall short of the best completion of a thought, the
/// first complete thought that comes to the front is a best one. Sources: Yao et al. 2023 (tree of thoughts); Koh et al. 2024.
/// </summary>
/// <param name="Branching">Next steps of each thought, at least 1.</param>
/// <param name="Answers">Ends when so many complete thoughts have come to the front, at least 1.</param>
public sealed record BestFirstSearch(int Branching = 4, int Answers = 1) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        // The highest score first, and of equals the earliest.
        var queue = new PriorityQueue<ThoughtNode<TThought>, (double, int)>();
        queue.Enqueue(ledger.Root, (0, 0));
        for (int answered = 0; queue.TryDequeue(out ThoughtNode<TThought>? node, out _);)
        {
            if (node.IsFinal)
            {
                if (++answered >= Answers)
                {
                    break;
                }

                continue;
            }

            if (ledger.Expand([(node, Branching)], SearchReach.Step, isDistinct: true) is not { } steps)
            {
                break;
            }

            yield return steps;
            if (ledger.Score(steps.Children) is { } scores)
            {
                yield return scores;
            }

            foreach (ThoughtNode<TThought> child in steps.Children)
            {
                queue.Enqueue(child, (-child.Rank, child.Number));
            }
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Branching);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Answers);
    }
}
