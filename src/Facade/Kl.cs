using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>One-sample estimates of KL(π‖π_ref), in nats.</summary>
public static class Kl
{
    /// <summary>
    /// The estimate of each element, their mean, and the gradient of the mean. Source: J. Schulman, "Approximating KL Divergence",
    /// 2020.
    /// </summary>
    /// <param name="estimator">k1, k2, k3 or |δ|; δ = ℓ − ℓ_ref.</param>
    /// <param name="logProbs">ℓ of samples from π.</param>
    /// <param name="refLogProbs">ℓ_ref of the same samples.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static ElementLoss<T> Estimate<T>(KlEstimator estimator, ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs)
        where T : unmanaged, INumber<T>
    {
        Shapes.CheckSome(logProbs.Length, nameof(logProbs));
        Shapes.CheckSame(refLogProbs.Length, logProbs.Length, nameof(refLogProbs), nameof(logProbs));
        return Estimate(estimator, logProbs, refLogProbs, SequenceMask.Full(1, logProbs.Length));
    }

    /// <summary>The estimate of each action, their aggregate, and its gradient.</summary>
    /// <param name="estimator">k1, k2, k3 or |δ|; δ = ℓ − ℓ_ref.</param>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Estimate<T>(
        KlEstimator estimator, ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs, SequenceMask mask, Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        Shapes.CheckTokens(refLogProbs.Length, mask, nameof(refLogProbs));
        return Losses.Map(new KlTerm(estimator), logProbs, refLogProbs, mask, aggregation ?? new Aggregation.TokenMean());
    }
}
