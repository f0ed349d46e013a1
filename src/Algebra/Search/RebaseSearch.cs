namespace RlCore.Algebra;

/// <summary>
/// Reward-balanced search: each round draws as many next steps as there are thoughts to be completed, and divides them among the thoughts
/// by the softmax of their scores, so that good ones are explored more and no good one alone. Source: Wu et al. 2024 (REBASE), section 3.
/// </summary>
/// <param name="Width">Complete thoughts that are sought, at least 1.</param>
/// <param name="Temperature">Temperature of the softmax, positive.</param>
public sealed record RebaseSearch(int Width, double Temperature = 0.2) : SearchStrategy
{
    /// <summary>
    /// How many of some continuations each thought gets: width · softmax(score/temperature), rounded so that the sum is kept (the largest
    /// remainders are rounded up, the first of equals).
    /// </summary>
    /// <param name="scores">Score of each thought; −∞ for a thought that gets none unless all have it.</param>
    /// <param name="width">Continuations in all, at least 0.</param>
    /// <param name="temperature">Positive.</param>
    /// <exception cref="ArgumentException">There is no score, or a number is out of its range.</exception>
    public static int[] Shares(ReadOnlySpan<double> scores, int width, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (scores.Length == 0)
        {
            throw new ArgumentException("Shares need at least one score.", nameof(scores));
        }

        double[] all = scores.ToArray();
        double largest = all.Max();
        double[] weights = [.. all.Select(score => score == largest ? 1 : Math.Exp((score - largest) / temperature))];
        double total = weights.Sum();
        double[] exact = [.. weights.Select(weight => width * weight / total)];
        int[] shares = [.. exact.Select(share => (int)Math.Floor(share))];
        int[] byRemainder = [.. Enumerable.Range(0, shares.Length).OrderByDescending(i => exact[i] - shares[i])];
        int left = width - shares.Sum();
        for (int i = 0; i < left; i++)
        {
            shares[byRemainder[i % shares.Length]]++;
        }

        return shares;
    }

    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        IReadOnlyList<ThoughtNode<TThought>> open = [ledger.Root];
        int[] shares = [Width];
        while (ledger.Expand(open.Zip(shares), SearchReach.Step) is { } steps)
        {
            yield return steps;
            if (ledger.Score(steps.Children) is { } scores)
            {
                yield return scores;
            }

            open = [.. steps.Children.Where(node => !node.IsFinal)];
            int wanted = Width - ledger.Finals.Count;
            if (open.Count == 0 || wanted <= 0)
            {
                break;
            }

            shares = Shares([.. open.Select(node => node.Rank)], wanted, Temperature);
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Temperature);
    }
}
