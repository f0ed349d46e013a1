namespace RlCore.Algebra;

/// <summary>
/// Monte-Carlo tree search. A simulation goes down from the root to the child with the largest
/// Q + c·P·√N/(1 + n) (PUCT: Q mean value of the child, P prior among its siblings, N visits of the parent, n of the child), continues
/// the thought that it comes to, and adds the value of what it found to all thoughts on its way. Sources: Rosin 2011; Silver et al. 2017.
/// </summary>
/// <param name="Branching">Next steps of each thought, at least 1.</param>
/// <param name="Simulations">Simulations at most, at least 1; the budget ends the search too.</param>
/// <param name="Exploration">c, at least 0.</param>
/// <param name="Rollouts">
/// Completions whose mean score is the value of a thought, as where only complete thoughts can be verified; 0 where a thought's own score
/// is its value.
/// </param>
public sealed record MonteCarloTreeSearch(int Branching = 4, int Simulations = 256, double Exploration = 1, int Rollouts = 0)
    : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        for (int simulation = 0; simulation < Simulations; simulation++)
        {
            ThoughtNode<TThought> node = ledger.Root;
            while (node.Children is { Count: > 0 } children)
            {
                node = Select(node, children);
            }

            // A thought that is to be valued by completions is valued before it is continued.
            bool isValued = Rollouts == 0 || node.Visits > 0 || node.Parent is null;
            if (!node.IsFinal && node.Children is null && isValued)
            {
                if (ledger.Expand([(node, Branching)], SearchReach.Step, isDistinct: true) is not { } steps)
                {
                    break;
                }

                yield return steps;
                node.Children = [.. steps.Children];
                if (Rollouts == 0 && ledger.Score(steps.Children) is { } scores)
                {
                    yield return scores;
                }

                node = node.Children.Count > 0 ? Select(node, node.Children) : node;
            }

            if (Rollouts > 0 && node.Visits == 0)
            {
                foreach (SearchCall<TThought> call in Evaluate(ledger, node))
                {
                    yield return call;
                }
            }

            // A thought that has no score, or leads nowhere, is worth nothing.
            bool leadsOn = node.IsFinal || node.Children is not { Count: 0 };
            BackUp(node, leadsOn && !double.IsNaN(node.Score) ? node.Score : 0);
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Branching);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Simulations);
        ArgumentOutOfRangeException.ThrowIfNegative(Exploration);
        ArgumentOutOfRangeException.ThrowIfNegative(Rollouts);
    }

    private static void BackUp<TThought>(ThoughtNode<TThought> leaf, double value)
    {
        for (ThoughtNode<TThought>? node = leaf; node is not null; node = node.Parent)
        {
            node.Visits++;
            node.Value += value;
        }
    }

    private ThoughtNode<TThought> Select<TThought>(ThoughtNode<TThought> parent, List<ThoughtNode<TThought>> children)
    {
        double priors = children.Sum(child => child.Prior);
        double root = Math.Sqrt(Math.Max(1, parent.Visits));

        // A child that was not visited is taken for as good as its score says, and else for as good as its parent.
        double parentMean = parent.Visits > 0 ? parent.Value / parent.Visits : 0;
        double Mean(ThoughtNode<TThought> child) =>
            child.Visits > 0 ? child.Value / child.Visits : double.IsNaN(child.Score) ? parentMean : child.Score;
        return children.MaxBy(child => Mean(child) + (Exploration * (child.Prior / priors) * root / (1 + child.Visits)))!;
    }

    // The score of a complete thought, or the mean of those of its completions.
    private IEnumerable<SearchCall<TThought>> Evaluate<TThought>(SearchLedger<TThought> ledger, ThoughtNode<TThought> node)
    {
        IReadOnlyList<ThoughtNode<TThought>> ends = [node];
        if (!node.IsFinal)
        {
            if (ledger.Expand([(node, Rollouts)], SearchReach.End) is not { } draws)
            {
                yield break;
            }

            yield return draws;
            ends = draws.Children;
        }

        if (ledger.Score(ends.Where(end => end.IsFinal)) is { } scores)
        {
            yield return scores;
        }

        // A completion that did not come to its end is worth nothing.
        node.Score = ends.Count == 0 ? 0 : ends.Average(end => end.IsFinal && !double.IsNaN(end.Score) ? end.Score : 0);
    }
}
