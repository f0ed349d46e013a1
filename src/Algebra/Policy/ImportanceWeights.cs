namespace RlCore.Algebra;

/// <summary>
/// Weights that correct for a sampler μ that differs from the policy: exp(ℓ − ℓ_μ) at the token or the sequence level, held
/// constant in a loss. Rows and elements outside of the mask have log-ratio 0, weight 1.
/// </summary>
public static class ImportanceWeights
{
    /// <summary>exp(ℓ − ℓ_μ) of each action.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="samplerLogProbs">ℓ_μ.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="clamp">Bound on |log-ratio|; +∞ for none.</param>
    public static double[] Token(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask, double clamp = double.PositiveInfinity)
    {
        double[] weights = LogRatio(logProbs, samplerLogProbs, mask);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp(Math.Clamp(weights[i], -clamp, clamp));
        }

        return weights;
    }

    /// <summary>exp(Σ(ℓ − ℓ_μ)) of each row: the product of its actions' ratios.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="samplerLogProbs">ℓ_μ.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="clamp">Bound on |log-ratio|; +∞ for none.</param>
    public static double[] Sequence(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask, double clamp = double.PositiveInfinity)
    {
        double[] sums = MaskedStatistics.RowSums(LogRatio(logProbs, samplerLogProbs, mask), mask);
        return [.. sums.Select(sum => Math.Exp(Math.Clamp(sum, -clamp, clamp)))];
    }

    /// <summary>exp(mean(ℓ − ℓ_μ)) of each row: the geometric mean of its actions' ratios; NaN for a row without actions.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="samplerLogProbs">ℓ_μ.</param>
    /// <param name="mask">Action mask.</param>
    public static double[] GeometricMean(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
        [.. MaskedStatistics.RowMeans(LogRatio(logProbs, samplerLogProbs, mask), mask).Select(Math.Exp)];

    /// <summary>Truncated to [low, high] (TIS; Ionides 2008).</summary>
    /// <param name="weights">Weights.</param>
    /// <param name="low">Least; −∞ for none.</param>
    /// <param name="high">Greatest; +∞ for none.</param>
    public static double[] Truncate(ReadOnlySpan<double> weights, double low, double high) => TokenRewards.Clip(weights, low, high);

    /// <summary>0 where the weight is outside [low, high] (masked importance sampling, IcePop).</summary>
    /// <param name="weights">Weights.</param>
    /// <param name="low">Least; −∞ for none.</param>
    /// <param name="high">Greatest; +∞ for none.</param>
    public static double[] Mask(ReadOnlySpan<double> weights, double low, double high)
    {
        var masked = new double[weights.Length];
        for (int i = 0; i < masked.Length; i++)
        {
            masked[i] = weights[i] >= low && weights[i] <= high ? weights[i] : 0;
        }

        return masked;
    }

    internal static double[] LogRatio(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask)
    {
        CheckShapes(logProbs, samplerLogProbs, mask);
        var logRatio = new double[logProbs.Length];
        for (int i = 0; i < logRatio.Length; i++)
        {
            logRatio[i] = mask.Flags[i] ? logProbs[i] - samplerLogProbs[i] : 0;
        }

        return logRatio;
    }

    internal static void CheckShapes(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> others, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (logProbs.Length != mask.Flags.Length || others.Length != mask.Flags.Length)
        {
            throw new ArgumentException(
                $"{logProbs.Length} and {others.Length} log-probs were given for a mask of {mask.Rows} × {mask.Columns}.",
                nameof(logProbs));
        }
    }
}
