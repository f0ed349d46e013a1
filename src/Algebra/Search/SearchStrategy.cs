namespace RlCore.Algebra;

/// <summary>
/// A way to think longer: a search over thoughts, as an immutable value. It is pure: the same problem, root and budget give the same
/// result. Whatever the strategy, a complete thought is found if the budget has room for one.
/// </summary>
/// <seealso cref="BestOfN"/>
/// <seealso cref="BeamSearch"/>
/// <seealso cref="BestFirstSearch"/>
/// <seealso cref="RebaseSearch"/>
/// <seealso cref="MonteCarloTreeSearch"/>
/// <seealso cref="SelfRefinement"/>
/// <seealso cref="GraphOfThoughts"/>
/// <seealso cref="BudgetForcing"/>
public abstract record SearchStrategy
{
    private protected SearchStrategy()
    {
    }

    /// <summary>How the answer is chosen among the complete thoughts.</summary>
    /// <value>The best.</value>
    public AnswerRule Choose { get; init; } = AnswerRule.Best;

    /// <summary>Searches from a thought.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="root">The thought to begin with, which is not final.</param>
    /// <param name="budget">At most so many tokens are drawn, and at most so many are scored. At least 0.</param>
    /// <typeparam name="TThought">The thought.</typeparam>
    /// <exception cref="ArgumentException">The problem lacks what the strategy needs, or a number is out of its range.</exception>
    public SearchResult<TThought> Run<TThought>(ISearchProblem<TThought> problem, TThought root, long budget) =>
        RunAll(problem, [root], budget)[0];

    /// <summary>
    /// Searches from several thoughts, each as if it were alone. What the searches ask for is asked for together.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="roots">The thoughts to begin with, none of them final.</param>
    /// <param name="budget">At most so many tokens are drawn, and at most so many are scored, by each search. At least 0.</param>
    /// <typeparam name="TThought">The thought.</typeparam>
    /// <exception cref="ArgumentException">The problem lacks what the strategy needs, or a number is out of its range.</exception>
    public IReadOnlyList<SearchResult<TThought>> RunAll<TThought>(
        ISearchProblem<TThought> problem, IReadOnlyList<TThought> roots, long budget)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfNegative(budget);
        Check(problem);
        SearchLedger<TThought>[] ledgers = [.. roots.Select(root => new SearchLedger<TThought>(problem, root, budget))];
        var searches = ledgers.Select(ledger => WithAnEnd(ledger).GetEnumerator()).ToList();
        while (searches.Count > 0)
        {
            searches.RemoveAll(search => !search.MoveNext());
            Answer(problem, [.. searches.Select(search => search.Current)]);
        }

        return [.. ledgers.Select(ledger => ledger.ToResult(Choose))];
    }

    /// <summary>The steps of a search, each of which waits for a call to be answered.</summary>
    internal abstract IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger);

    /// <summary>Refuses what the strategy cannot search.</summary>
    private protected virtual void Check<TThought>(ISearchProblem<TThought> problem)
    {
    }

    private protected bool NeedsScores => Choose != AnswerRule.Majority;

    private protected TProblem Require<TProblem>(object problem, string ability)
        where TProblem : class =>
        problem as TProblem ?? throw new ArgumentException(
            $"{GetType().Name} needs a problem whose thoughts can be {ability}: a {typeof(TProblem).Name.Split('`')[0]}.", nameof(problem));

    private IEnumerable<SearchCall<TThought>> WithAnEnd<TThought>(SearchLedger<TThought> ledger)
    {
        foreach (SearchCall<TThought> call in Steps(ledger))
        {
            yield return call;
        }

        // Nothing complete was found: the most promising thought is completed with what was held back.
        if (ledger.Finals.Count == 0 && ledger.Expand([(ledger.MostPromising(), 1)], SearchReach.End) is { } last)
        {
            yield return last;
        }

        if (NeedsScores && ledger.Score(ledger.Finals) is { } scores)
        {
            yield return scores;
        }
    }

    private static void Answer<TThought>(ISearchProblem<TThought> problem, SearchCall<TThought>[] calls)
    {
        ExpandCall<TThought>[] expansions = [.. calls.OfType<ExpandCall<TThought>>()];
        if (expansions.Length > 0)
        {
            var found = problem.Expand([.. expansions.SelectMany(call => call.Asked)]);
            int first = 0;
            foreach (ExpandCall<TThought> call in expansions)
            {
                call.Deliver([.. found.Skip(first).Take(call.Asked.Count)]);
                first += call.Asked.Count;
            }
        }

        ScoreCall<TThought>[] scores = [.. calls.OfType<ScoreCall<TThought>>()];
        if (scores.Length > 0)
        {
            var given = problem.Score([.. scores.SelectMany(call => call.Asked)]);
            int first = 0;
            foreach (ScoreCall<TThought> call in scores)
            {
                call.Deliver([.. given.Skip(first).Take(call.Asked.Count)]);
                first += call.Asked.Count;
            }
        }
    }
}
