namespace RlCore.Algebra;

/// <summary>How often a ratio was clipped, over the actions (or sequences) of a batch.</summary>
/// <param name="Low">Share with ρ &lt; 1 − ε_low and A &lt; 0.</param>
/// <param name="High">Share with ρ &gt; 1 + ε_high and A &gt; 0.</param>
/// <param name="LowestLow">Least per-row share of the former.</param>
/// <param name="HighestHigh">Greatest per-row share of the latter.</param>
public sealed record ClipFractions(double Low, double High, double LowestLow, double HighestHigh)
{
    /// <summary>Share clipped on either side.</summary>
    public double Region => Low + High;
}

/// <summary>Diagnostics of policy training, over action tokens only.</summary>
public static class PolicyDiagnostics
{
    /// <summary>The clip fractions at given bounds. Rows without actions are not counted; without any action all are NaN.</summary>
    /// <param name="ratios">What is clipped, row-major.</param>
    /// <param name="advantages">A of each.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="low">Bound below.</param>
    /// <param name="high">Bound above.</param>
    public static ClipFractions Clipping(
        ReadOnlySpan<double> ratios, ReadOnlySpan<double> advantages, SequenceMask mask, double low, double high)
    {
        if (ratios.Length != advantages.Length)
        {
            throw new ArgumentException(
                $"{ratios.Length} ratios and {advantages.Length} advantages: one of each a token is needed.", nameof(advantages));
        }

        var below = new double[ratios.Length];
        var above = new double[ratios.Length];
        for (int i = 0; i < ratios.Length; i++)
        {
            below[i] = ratios[i] < low && advantages[i] < 0 ? 1 : 0;
            above[i] = ratios[i] > high && advantages[i] > 0 ? 1 : 0;
        }

        return new(
            MaskedStatistics.Mean(below, mask),
            MaskedStatistics.Mean(above, mask),
            Finite(MaskedStatistics.RowMeans(below, mask)).DefaultIfEmpty(double.NaN).Min(),
            Finite(MaskedStatistics.RowMeans(above, mask)).DefaultIfEmpty(double.NaN).Max());
    }

    /// <summary>
    /// The approximate KL(π_old‖π): the mean over the actions of k3 = ρ − 1 − log ρ, ρ = exp(ℓ − ℓ_old), in nats; never negative. It is
    /// the metric approx_kl of the trainers. TRL's policy/approxkl_avg is the mean of k2 = ½·(ℓ − ℓ_old)², and verl's ppo_kl that of k1
    /// (<see cref="MeanLogRatio"/>): the expectations of all three agree to second order in log ρ.
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old.</param>
    /// <param name="mask">Action mask.</param>
    /// <returns>NaN without actions.</returns>
    public static double ApproximateKl(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> oldLogProbs, SequenceMask mask)
    {
        ImportanceWeights.CheckShapes(logProbs, oldLogProbs, mask);
        var kl = new double[logProbs.Length];
        for (int i = 0; i < kl.Length; i++)
        {
            kl[i] = KlEstimators.K3<Real>(oldLogProbs[i], logProbs[i]).Value;
        }

        return MaskedStatistics.Mean(kl, mask);
    }

    /// <summary>Mean of ℓ_old − ℓ over the actions: k1 of KL(π_old‖π), in nats, which may be negative.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="clamp">Bound on the log-ratio; +∞ for none.</param>
    /// <param name="countEpsilon">Added to the count: 0, or verl's 1e-8.</param>
    public static double MeanLogRatio(
        ReadOnlySpan<double> logProbs,
        ReadOnlySpan<double> oldLogProbs,
        SequenceMask mask,
        double clamp = double.PositiveInfinity,
        double countEpsilon = 0)
    {
        ImportanceWeights.CheckShapes(logProbs, oldLogProbs, mask);
        var kl = new double[logProbs.Length];
        for (int i = 0; i < kl.Length; i++)
        {
            kl[i] = Math.Clamp(oldLogProbs[i] - logProbs[i], -clamp, clamp);
        }

        return MaskedStatistics.Mean(kl, mask, countEpsilon);
    }

    /// <summary>(Σw)²/(n·Σw²) over the actions, in (0, 1]: the effective fraction of the samples under importance weights.</summary>
    /// <param name="weights">Importance weights.</param>
    /// <param name="mask">Action mask.</param>
    public static double EffectiveSampleShare(ReadOnlySpan<double> weights, SequenceMask mask)
    {
        var squares = new double[weights.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i] = weights[i] * weights[i];
        }

        double mean = MaskedStatistics.Mean(weights, mask);
        return mean * mean / MaskedStatistics.Mean(squares, mask);
    }

    private static IEnumerable<double> Finite(double[] values) => values.Where(value => !double.IsNaN(value));
}
