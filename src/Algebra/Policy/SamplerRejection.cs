namespace RlCore.Algebra;

/// <summary>The unit to which a rejection rule applies.</summary>
public enum RejectionLevel
{
    /// <summary>Each action by itself.</summary>
    Token,

    /// <summary>Whole rows, by the sum over their actions.</summary>
    SequenceSum,

    /// <summary>Whole rows, by the mean over their actions.</summary>
    SequenceMean,

    /// <summary>Whole rows, by the greatest of their actions.</summary>
    SequenceMax,
}

/// <summary>A rule that rejects samples too far from the policy.</summary>
/// <param name="Level">Tokens or rows.</param>
/// <param name="Estimator">The divergence k of KL(μ‖π), by ℓ_μ and ℓ.</param>
/// <param name="Low">Least k kept, in nats.</param>
/// <param name="High">Greatest k kept, in nats.</param>
/// <param name="LogRatioClamp">Bound on |ℓ_μ − ℓ| before k is taken.</param>
/// <param name="CountEpsilon">Added to the count in a mean: 0, or verl's 1e-8.</param>
public sealed record RejectionRule(
    RejectionLevel Level,
    KlEstimator Estimator,
    double Low,
    double High,
    double LogRatioClamp = double.PositiveInfinity,
    double CountEpsilon = 0);

/// <summary>Rejection of off-policy samples (masked importance sampling, geometric rejection).</summary>
public static class SamplerRejection
{
    /// <summary>The actions that are kept.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="samplerLogProbs">ℓ_μ.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="rule">The rule.</param>
    public static SequenceMask Keep(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask, RejectionRule rule)
    {
        ImportanceWeights.CheckShapes(logProbs, samplerLogProbs, mask);
        ArgumentNullException.ThrowIfNull(rule);
        var term = new KlTerm(rule.Estimator, rule.LogRatioClamp);
        var divergence = new double[logProbs.Length];
        for (int i = 0; i < divergence.Length; i++)
        {
            divergence[i] = term.Evaluate(new DivergenceInputs<Real>(samplerLogProbs[i], logProbs[i]));
        }

        double[] rows = rule.Level switch
        {
            RejectionLevel.SequenceSum => MaskedStatistics.RowSums(divergence, mask),
            RejectionLevel.SequenceMean => MaskedStatistics.RowMeans(divergence, mask, rule.CountEpsilon),
            RejectionLevel.SequenceMax => RowMaxima(divergence, mask),
            _ => [],
        };
        var keep = new bool[divergence.Length];
        for (int i = 0; i < keep.Length; i++)
        {
            double k = rule.Level == RejectionLevel.Token ? divergence[i] : rows[i / mask.Columns];
            keep[i] = mask.Flags[i] && k >= rule.Low && k <= rule.High;
        }

        return SequenceMask.FromFlags(mask.Rows, mask.Columns, keep);
    }

    private static double[] RowMaxima(double[] values, SequenceMask mask)
    {
        var maxima = new double[mask.Rows];
        Array.Fill(maxima, double.NegativeInfinity);
        for (int i = 0; i < values.Length; i++)
        {
            int row = i / mask.Columns;
            maxima[row] = mask.Flags[i] ? Math.Max(maxima[row], values[i]) : maxima[row];
        }

        return maxima;
    }
}
