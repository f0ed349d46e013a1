namespace RlCore.Algebra;

/// <summary>
/// Estimates, from n samples, of the result of k samples: the mean over all subsets of k, which is unbiased for k fresh samples
/// (a U-statistic; pass@k is the best known one).
/// </summary>
public static partial class TestTimeCompute
{
    /// <summary>Maximum samples per prompt for <see cref="MajorityAtK"/>: the number of subsets of more does not fit a double.</summary>
    public const int MostVotes = 1000;

    /// <summary>
    /// The unbiased estimate of the probability that the majority of k samples is a certain answer: the mean over all subsets of k
    /// of 1/(answers that share the most votes), if it is one of those, else 0. Ties are thus broken at random, which is also the
    /// mean over all orders of the first-seen rule of <see cref="Vote"/>. Source: Wang et al. 2022 (self-consistency) for the
    /// vote.
    /// </summary>
    /// <param name="votes">How many of the samples gave each answer.</param>
    /// <param name="answer">Index of the answer asked about.</param>
    /// <param name="silent">Samples without an answer: they are drawn, but do not vote. If none of k votes, no answer wins.</param>
    /// <param name="k">From 1 to the number of samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, there are more than <see cref="MostVotes"/> samples, or
    /// k is not in its range.</exception>
    public static double MajorityAtK(ReadOnlySpan<int> votes, int answer, int silent, int k)
    {
        int samples = CountVotes(votes, silent);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        ArgumentOutOfRangeException.ThrowIfNegative(answer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(answer, votes.Length);
        double subsets = 0;
        double[] own = Binomials(votes[answer]);
        for (int most = 1; most <= Math.Min(k, votes[answer]); most++)
        {
            double[,] ways = WaysOfOthers(votes, answer, silent, most, k - most);
            for (int ties = 0; ties < ways.GetLength(1); ties++)
            {
                subsets += own[most] * ways[k - most, ties] / (ties + 1);
            }
        }

        return subsets / Binomials(samples)[k];
    }

    /// <summary>
    /// The unbiased estimate of the value of the best-scored of k samples: the mean over all subsets of k of the mean value of
    /// those whose score is the subset's greatest. With the score equal to the value in {0, 1} it is pass@k; with equal scores,
    /// the mean.
    /// </summary>
    /// <param name="scores">The reward model's score of each sample; not NaN.</param>
    /// <param name="values">The value of each sample, such as 1 for right and 0 for wrong.</param>
    /// <param name="k">From 1 to the number of samples.</param>
    /// <exception cref="ArgumentException">The number of scores differs from the number of values, or a score is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is not in its range.</exception>
    public static double BestAtK(ReadOnlySpan<double> scores, ReadOnlySpan<double> values, int k)
    {
        if (scores.Length != values.Length || Array.Exists(scores.ToArray(), double.IsNaN))
        {
            throw new ArgumentException(
                $"{scores.Length} scores for {values.Length} values: one of each a sample is needed, and no score may be NaN.",
                nameof(scores));
        }

        int samples = scores.Length;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        double[] sorted = values.ToArray();
        double[] keys = scores.ToArray();
        Array.Sort(keys, sorted);
        double best = 0;
        int first = 0;
        while (first < samples)
        {
            int end = Array.FindLastIndex(keys, key => key == keys[first]) + 1;

            // The best of k is of this level where one of it and none above is drawn: 1 − pass@k counts the subsets that lie below.
            double chance = PassAtK(samples, samples - first, k) - PassAtK(samples, samples - end, k);
            best += chance * sorted.AsSpan(first, end - first).ToArray().Average();
            first = end;
        }

        return best;
    }

    private static int CountVotes(ReadOnlySpan<int> votes, int silent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(silent);
        int samples = silent;
        foreach (int count in votes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(votes));
            samples += count;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, MostVotes, nameof(votes));
        return samples;
    }

    // [drawn, ties]: ways to draw that many of the others, none of which has more than `most` votes, with `ties` of them at it.
    private static double[,] WaysOfOthers(ReadOnlySpan<int> votes, int answer, int silent, int most, int drawn)
    {
        var rivals = new List<int>();
        int free = silent;
        for (int i = 0; i < votes.Length; i++)
        {
            if (i != answer && votes[i] >= most)
            {
                rivals.Add(votes[i]);
            }
            else if (i != answer)
            {
                free += votes[i];
            }
        }

        int mostTies = Math.Min(rivals.Count, drawn / most);
        var ways = new double[drawn + 1, mostTies + 1];
        double[] unbound = Binomials(free);
        for (int s = 0; s <= Math.Min(drawn, free); s++)
        {
            ways[s, 0] = unbound[s];
        }

        return rivals.Aggregate(ways, (before, rival) => Multiply(before, Binomials(rival), most));
    }

    private static double[,] Multiply(double[,] ways, double[] rival, int most)
    {
        var product = new double[ways.GetLength(0), ways.GetLength(1)];
        for (int s = 0; s < ways.GetLength(0); s++)
        {
            for (int t = 0; t < ways.GetLength(1); t++)
            {
                for (int i = 0; i < most && s + i < ways.GetLength(0); i++)
                {
                    product[s + i, t] += ways[s, t] * rival[i];
                }

                if (s + most < ways.GetLength(0) && t + 1 < ways.GetLength(1))
                {
                    product[s + most, t + 1] += ways[s, t] * rival[most];
                }
            }
        }

        return product;
    }

    // C(n, 0) … C(n, n).
    private static double[] Binomials(int n)
    {
        var row = new double[n + 1];
        row[0] = 1;
        for (int k = 1; k <= n; k++)
        {
            row[k] = row[k - 1] * (n - k + 1) / k;
        }

        return row;
    }
}
