namespace RlCore.Algebra;

/// <summary>Ratios of whole sequences, over carriers with a shape. A row without actions has ratio 1.</summary>
public static class SequenceRatios
{
    /// <summary>Σ_t m_t·x_t: [B, T] → [B, 1]. Of log-probs it is the sequence's log-prob.</summary>
    /// <param name="x">Token quantities.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Sum<T>(T x, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T> => T.SumOverTime(x, mask);

    /// <summary>Mean of x over the actions of each row: [B, T] → [B, 1]; 0 for a row without actions.</summary>
    /// <param name="x">Token quantities.</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="countEpsilon">Added to the count: 0, or verl's 1e-8.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Mean<T>(T x, SequenceMask mask, double countEpsilon = 0)
        where T : struct, ISequenceAlgebra<T>
    {
        T sum = T.SumOverTime(x, mask);
        var inverse = new double[mask.Rows];
        for (int row = 0; row < inverse.Length; row++)
        {
            inverse[row] = 1 / (Math.Max(1, mask.CountInRow(row)) + countEpsilon);
        }

        return sum * T.FromValues(sum, mask.Rows, 1, inverse);
    }

    /// <summary>
    /// GSPO's log sequence ratio log s = (1/|y|) Σ m_t (ℓ_t − ℓ_old,t), [B, 1]. Source: Zheng et al. 2025, eq. 7.
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old, data.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LogGeometricMean<T>(T logProbs, T oldLogProbs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T> => Mean(logProbs - oldLogProbs, mask);

    /// <summary>
    /// GSPO's token form: the value of log s at every token, the gradient of that token's own ℓ, [B, T]. Source: Zheng et
    /// al. 2025, eq. 14.
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old, data.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LogGeometricMeanAtTokens<T>(T logProbs, T oldLogProbs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T> =>
        KlEstimators.StraightThrough(T.ExpandOverTime(LogGeometricMean(logProbs, oldLogProbs, mask), logProbs.Columns), logProbs);

    /// <summary>
    /// GMPO's log ratio: the mean of token log-ratios, each limited to [−low, high] on the side to which its advantage
    /// pushes, [B, 1]. Source: Zhao et al. 2025, eq. 4.
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old, data.</param>
    /// <param name="advantages">A, data, [B, T].</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="low">Bound below, of the log-ratio.</param>
    /// <param name="high">Bound above, of the log-ratio.</param>
    /// <param name="countEpsilon">Added to the count: 0, or verl's 1e-8.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LogClippedGeometricMean<T>(
        T logProbs, T oldLogProbs, T advantages, SequenceMask mask, double low, double high, double countEpsilon = 0)
        where T : struct, ISequenceAlgebra<T> =>
        Mean(LimitedLogRatio(logProbs - oldLogProbs, advantages, low, high), mask, countEpsilon);

    /// <summary>
    /// A token's log-ratio limited to [−low, high] on the side to which its advantage pushes. Source: Zhao et al. 2025, eq. 4.
    /// </summary>
    /// <param name="logRatio">ℓ − ℓ_old.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="low">Bound below.</param>
    /// <param name="high">Bound above.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T LimitedLogRatio<T>(T logRatio, T advantage, double low, double high)
        where T : struct, IAlgebra<T>
    {
        T clamped = T.Clamp(logRatio, -low, high);
        T above = T.Max(logRatio, clamped);
        return T.SelectByOrder(advantage, T.Constant(advantage, 0), above, above, T.Min(logRatio, clamped));
    }

    /// <summary>
    /// VESPO's weight φ(w) = e^λ·w^k·e^(−λw) of the sequence ratio w = exp(Σ clamp(ℓ − ℓ_old, ±20)), φ(1) = 1, held constant;
    /// k and λ depend on the sign of the advantage, [B, 1].
    /// </summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="oldLogProbs">ℓ_old, data.</param>
    /// <param name="advantages">A, data, [B, 1].</param>
    /// <param name="mask">Action mask.</param>
    /// <param name="positive">k and λ where A ≥ 0.</param>
    /// <param name="negative">k and λ elsewhere.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T GammaWeight<T>(
        T logProbs, T oldLogProbs, T advantages, SequenceMask mask, (double K, double Lambda) positive, (double K, double Lambda) negative)
        where T : struct, ISequenceAlgebra<T>
    {
        const double Limit = 20;
        const double LogSmallest = -18.420680743952367; // log 1e-8
        T logWeight = T.Clamp(T.SumOverTime(T.Clamp(logProbs - oldLogProbs, -Limit, Limit), mask), LogSmallest, Limit);
        T above = Phi(logWeight, positive.K, positive.Lambda);
        return T.StopGradient(T.SelectByOrder(
            advantages, T.Constant(advantages, 0), Phi(logWeight, negative.K, negative.Lambda), above, above));

        static T Phi(T logWeight, double k, double lambda) =>
            T.Exp(T.Shift(T.Scale(logWeight, k) - T.Scale(T.Exp(logWeight), lambda), lambda));
    }
}
