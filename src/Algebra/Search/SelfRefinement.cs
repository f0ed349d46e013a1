namespace RlCore.Algebra;

/// <summary>
/// Self-refinement: an answer, a critique or what a verifier says of it, and a new answer; the better of the two goes on. Sources: Madaan
/// et al. 2023 (Self-Refine); Shinn et al. 2023 (Reflexion). The problem is an <see cref="IRevisingProblem{TThought}"/>.
/// </summary>
/// <param name="Rounds">New answers at most, at least 0.</param>
/// <param name="Drafts">First answers, of which the best is refined, at least 1.</param>
/// <param name="Enough">The score at which the search ends.</param>
public sealed record SelfRefinement(int Rounds, int Drafts = 1, double Enough = 1) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        var problem = (IRevisingProblem<TThought>)ledger.Problem;
        if (ledger.Expand([(ledger.Root, Drafts)], SearchReach.End) is not { } drafts)
        {
            yield break;
        }

        yield return drafts;
        for (int round = 0; round <= Rounds; round++)
        {
            if (ledger.Score(ledger.Finals) is { } scores)
            {
                yield return scores;
            }

            // Of equals the first stays.
            ThoughtNode<TThought>? best = ledger.Finals.MaxBy(node => node.Rank);
            if (round == Rounds || best is null || best.Rank >= Enough)
            {
                break;
            }

            ThoughtNode<TThought> said = best;
            if (problem.TryCriticize(best.Thought, out TThought beginning)
                && ledger.Expand([(ledger.Place(beginning, best), 1)], SearchReach.End) is { } critique)
            {
                yield return critique;
                said = critique.Children.Count > 0 ? critique.Children[0] : best;
            }

            ThoughtNode<TThought> revision = ledger.Place(problem.Revise(best.Thought, said.Thought), best);
            if (ledger.Expand([(revision, 1)], SearchReach.End) is not { } answer)
            {
                break;
            }

            yield return answer;
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Rounds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Drafts);
        Require<IRevisingProblem<TThought>>(problem, "revised");
    }
}
