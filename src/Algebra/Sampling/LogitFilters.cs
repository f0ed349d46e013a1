namespace RlCore.Algebra;

/// <summary>
/// Filters of a next-token distribution, given by its logits. What is filtered out becomes −∞. Each keeps at least the
/// <c>minKeep</c> most likely tokens. Filters compose from left to right.
/// </summary>
public static class LogitFilters
{
    /// <summary>
    /// logits / temperature; where the largest would overflow, less the largest logit first, which leaves the distribution as it is.
    /// </summary>
    /// <param name="logits">One per token of the vocabulary; −∞ for one that cannot occur.</param>
    /// <param name="temperature">Positive, down to the smallest double.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not a positive finite number.</exception>
    public static double[] Temperature(ReadOnlySpan<double> logits, double temperature)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
        {
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature is a positive finite number.");
        }

        double largest = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double origin = double.IsFinite(largest) && !double.IsFinite(largest / temperature) ? largest : 0;
        var scaled = new double[logits.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = (logits[i] - origin) / temperature;
        }

        return scaled;
    }

    /// <summary>The k greatest logits, and all that tie with the k-th. Source: Fan et al. 2018.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <param name="k">Number of tokens, at least 1.</param>
    /// <param name="minKeep">Least number kept.</param>
    public static double[] TopK(ReadOnlySpan<double> logits, int k, int minKeep = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        double[] sorted = Descending(logits);
        double least = sorted[Math.Min(Math.Max(k, minKeep), sorted.Length) - 1];
        return Keep(logits, (logit, _) => logit >= least);
    }

    /// <summary>The most likely tokens that together reach probability p (nucleus). Source: Holtzman et al. 2020.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <param name="p">In (0, 1]; 1 keeps all.</param>
    /// <param name="minKeep">Least number kept.</param>
    public static double[] TopP(ReadOnlySpan<double> logits, double p, int minKeep = 1)
    {
        double[] probabilities = Softmax(logits);
        int[] ascending = [.. Enumerable.Range(0, probabilities.Length).OrderBy(i => probabilities[i])];
        var removed = new bool[probabilities.Length];
        double below = 0;
        for (int rank = 0; rank < ascending.Length - minKeep; rank++)
        {
            below += probabilities[ascending[rank]];
            removed[ascending[rank]] = below <= 1 - p;
        }

        return Keep(logits, (_, i) => !removed[i]);
    }

    /// <summary>Tokens of at least p times the probability of the most likely one. Source: Nguyen et al. 2024 (min-p).</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <param name="p">In [0, 1].</param>
    /// <param name="minKeep">Least number kept.</param>
    public static double[] MinP(ReadOnlySpan<double> logits, double p, int minKeep = 1)
    {
        double[] probabilities = Softmax(logits);
        double least = p * probabilities.Max();
        HashSet<int> best = [.. Enumerable.Range(0, probabilities.Length).OrderByDescending(i => probabilities[i]).Take(minKeep)];
        return Keep(logits, (_, i) => probabilities[i] >= least || best.Contains(i));
    }

    /// <summary>
    /// The tokens whose surprisal is nearest the entropy, until they reach a mass. Source: Meister et al. 2023 (locally
    /// typical sampling).
    /// </summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <param name="mass">In (0, 1).</param>
    /// <param name="minKeep">Least number kept.</param>
    public static double[] Typical(ReadOnlySpan<double> logits, double mass, int minKeep = 1)
    {
        double[] logProbs = LogSoftmax(logits);
        double entropy = -logProbs.Sum(logProb => double.IsNegativeInfinity(logProb) ? 0 : Math.Exp(logProb) * logProb);
        double[] distance = [.. logProbs.Select(logProb => Math.Abs(-logProb - entropy))];
        int[] order = [.. Enumerable.Range(0, distance.Length).OrderBy(i => distance[i])];
        double cumulative = 0;
        int last = 0;
        foreach (int i in order)
        {
            cumulative += Math.Exp(logProbs[i]);
            if (cumulative >= mass)
            {
                break;
            }

            last++;
        }

        double greatest = distance[order[Math.Min(Math.Max(last, minKeep - 1), order.Length - 1)]];
        return Keep(logits, (_, i) => distance[i] <= greatest);
    }

    /// <summary>softmax of the logits; a filtered token has probability 0.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    public static double[] Softmax(ReadOnlySpan<double> logits) => [.. LogSoftmax(logits).Select(Math.Exp)];

    /// <summary>log softmax of the logits; a filtered token has −∞.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    public static double[] LogSoftmax(ReadOnlySpan<double> logits)
    {
        var reals = new Real[logits.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = logits[i];
        }

        return [.. Categorical.LogSoftmax<Real>(reals).Select(value => (double)value)];
    }

    private static double[] Descending(ReadOnlySpan<double> logits)
    {
        double[] sorted = logits.ToArray();
        Array.Sort(sorted);
        Array.Reverse(sorted);
        return sorted;
    }

    private static double[] Keep(ReadOnlySpan<double> logits, Func<double, int, bool> keep)
    {
        var kept = new double[logits.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = keep(logits[i], i) ? logits[i] : double.NegativeInfinity;
        }

        return kept;
    }
}
