namespace RlCore.Algebra;

/// <summary>Selects the tokens or sequences of a batch that a loss covers, based on data.</summary>
public static class TokenSelection
{
    /// <summary>
    /// The actions whose entropy is at least the (1 − share) quantile of the actions' entropies, interpolated linearly.
    /// Source: Wang et al. 2025 ("Beyond the 80/20 rule").
    /// </summary>
    /// <param name="entropies">Entropy of each token, in nats, row-major.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="share">Share of the actions to keep, in [0, 1].</param>
    public static SequenceMask HighestEntropy(ReadOnlySpan<double> entropies, SequenceMask mask, double share)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (entropies.Length != mask.Flags.Length)
        {
            throw new ArgumentException(
                $"{entropies.Length} entropies were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(entropies));
        }

        var flags = new bool[entropies.Length];
        double threshold = Quantile(Selected(entropies, mask), 1 - share);
        for (int i = 0; i < flags.Length; i++)
        {
            flags[i] = mask.Flags[i] && entropies[i] >= threshold;
        }

        return SequenceMask.FromFlags(mask.Rows, mask.Columns, flags);
    }

    /// <summary>
    /// Sequences that are kept: those of advantage ≥ 0, and those whose mean KL(sampler‖π), estimated by ℓ_μ − ℓ, is at most
    /// a threshold. Source: DeepSeek-V3.2 2025 (off-policy sequence masking).
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="samplerLogProbs">ℓ_μ.</param>
    /// <param name="advantages">A, one a row.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="threshold">In nats a token.</param>
    public static bool[] NearPolicy(
        ReadOnlySpan<double> logProbs,
        ReadOnlySpan<double> samplerLogProbs,
        ReadOnlySpan<double> advantages,
        SequenceMask mask,
        double threshold)
    {
        ImportanceWeights.CheckShapes(logProbs, samplerLogProbs, mask);
        if (advantages.Length != mask.Rows)
        {
            throw new ArgumentException(
                $"{advantages.Length} advantages were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(advantages));
        }

        var divergence = new double[logProbs.Length];
        for (int i = 0; i < divergence.Length; i++)
        {
            divergence[i] = samplerLogProbs[i] - logProbs[i];
        }

        double[] sums = MaskedStatistics.RowSums(divergence, mask);
        var keep = new bool[mask.Rows];
        for (int row = 0; row < keep.Length; row++)
        {
            keep[row] = advantages[row] >= 0 || sums[row] / Math.Max(1, mask.CountInRow(row)) <= threshold;
        }

        return keep;
    }

    /// <summary>
    /// The max(1, ⌊share·n⌋) actions of largest covariance (A − mean)(ℓ − mean): where the entropy collapses. Source: Cui et
    /// al. 2025 (KL-Cov and Clip-Cov).
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="advantages">A, of each token.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="share">Share of the actions.</param>
    public static SequenceMask LargestCovariance(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> advantages, SequenceMask mask, double share)
    {
        List<(double Covariance, int Index)> covariances = Covariances(logProbs, advantages, mask);
        var flags = new bool[logProbs.Length];
        foreach ((double _, int index) in covariances.OrderByDescending(pair => pair.Covariance)
            .Take(Math.Max(1, (int)(covariances.Count * share))))
        {
            flags[index] = true;
        }

        return SequenceMask.FromFlags(mask.Rows, mask.Columns, flags);
    }

    /// <summary>
    /// Up to max(1, ⌊share·n⌋) actions, drawn at random among those of covariance in (low, high): Clip-Cov detaches them
    /// from the gradient. Source: Cui et al. 2025, eq. 10.
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="advantages">A, of each token.</param>
    /// <param name="mask">Actions that may be drawn: the action mask minus the tokens that the clip already stops.</param>
    /// <param name="share">Share of the actions.</param>
    /// <param name="low">Bound below.</param>
    /// <param name="high">Bound above.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Step of the run.</param>
    public static SequenceMask CovarianceBand(
        ReadOnlySpan<double> logProbs,
        ReadOnlySpan<double> advantages,
        SequenceMask mask,
        double share,
        double low,
        double high,
        ulong seed,
        uint step)
    {
        (double Covariance, int Index)[] band = [.. Covariances(logProbs, advantages, mask)
            .Where(pair => pair.Covariance > low && pair.Covariance < high)];
        var flags = new bool[logProbs.Length];
        foreach (int i in Philox.Permutation(seed, RandomPurpose.Control, step, band.Length).Take(Math.Max(1, (int)(share * mask.Count))))
        {
            flags[band[i].Index] = true;
        }

        return SequenceMask.FromFlags(mask.Rows, mask.Columns, flags);
    }

    /// <summary>The q-quantile with linear interpolation between order statistics; NaN of nothing.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="q">In [0, 1].</param>
    public static double Quantile(ReadOnlySpan<double> values, double q)
    {
        if (values.IsEmpty)
        {
            return double.NaN;
        }

        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        double position = q * (sorted.Length - 1);
        int below = (int)Math.Floor(position);
        double next = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (next - sorted[below]));
    }

    private static List<(double Covariance, int Index)> Covariances(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> advantages, SequenceMask mask)
    {
        double meanLogProb = MaskedStatistics.Mean(logProbs, mask);
        double meanAdvantage = MaskedStatistics.Mean(advantages, mask);
        var covariances = new List<(double, int)>();
        for (int i = 0; i < logProbs.Length; i++)
        {
            if (mask.Flags[i])
            {
                covariances.Add(((advantages[i] - meanAdvantage) * (logProbs[i] - meanLogProb), i));
            }
        }

        return covariances;
    }

    private static double[] Selected(ReadOnlySpan<double> values, SequenceMask mask)
    {
        var selected = new List<double>(mask.Count);
        for (int i = 0; i < values.Length; i++)
        {
            if (mask.Flags[i])
            {
                selected.Add(values[i]);
            }
        }

        return [.. selected];
    }
}
