using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Policy losses of tokens.</summary>
public static partial class Losses
{
    /// <summary>REINFORCE: −A·ℓ. Source: Williams 1992.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static ElementLoss<T> Reinforce<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> advantages, SequenceMask mask, Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        CheckPolicy(logProbs, logProbs, advantages, mask);
        return Policy(Of(new Surrogate.Reinforce()), logProbs, default, default, advantages, mask, aggregation ?? TokenMean);
    }

    /// <summary>The importance-weighted surrogate −ρA. Source: Schulman et al. 2015 (TRPO), eq. 14.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static PolicyLoss<T> ImportanceWeighted<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T> => Measured(
            Of(new Surrogate.ImportanceWeighted()),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? TokenMean);

    /// <summary>PPO's −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A). Source: Schulman et al. 2017, eq. 7.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> PpoClip<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double clipLow = 0.2,
        double clipHigh = 0.2,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T> => Measured(
            Of(new Surrogate.Clip(clipLow, clipHigh)),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? TokenMean);

    /// <summary>
    /// GRPO's clipped surrogate with β·KL(π‖π_ref) in the loss; by default the mean over sequences of each one's token mean.
    /// Source: Shao et al. 2024, eq. 3.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="beta">β. Without a reference, GRPO is <c>PpoClip</c> with a sequence mean.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="klEstimator">Which estimator of the KL.</param>
    /// <param name="aggregation">Default: sequence mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> Grpo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double beta,
        double clipLow = 0.2,
        double clipHigh = 0.2,
        KlEstimator klEstimator = KlEstimator.K3,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(refLogProbs.Length, mask, nameof(refLogProbs));
        return Measured(
            new PolicyObjective(new Surrogate.Clip(clipLow, clipHigh), new KlPenalty.Loss(beta, klEstimator)),
            logProbs,
            oldLogProbs,
            refLogProbs,
            advantages,
            mask,
            aggregation ?? SequenceMean);
    }

    /// <summary>GRPO's loss with its gradient into a caller-provided span: nothing is allocated per token.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="refLogProbs">ℓ_ref, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="beta">β.</param>
    /// <param name="gradient">Receives ∂Loss/∂ℓ, one per token.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="klEstimator">Which estimator of the KL.</param>
    /// <param name="aggregation">Default: sequence mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static double Grpo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> refLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double beta,
        Span<T> gradient,
        double clipLow = 0.2,
        double clipHigh = 0.2,
        KlEstimator klEstimator = KlEstimator.K3,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        CheckPolicy(logProbs, oldLogProbs, advantages, mask);
        Shapes.CheckTokens(refLogProbs.Length, mask, nameof(refLogProbs));
        return Sum(
            new PpoClipTerm(clipLow, clipHigh, beta, klEstimator),
            logProbs,
            oldLogProbs,
            refLogProbs,
            advantages,
            mask,
            aggregation ?? SequenceMean,
            gradient);
    }

    /// <summary>
    /// Dr. GRPO: the clipped surrogate, summed over tokens and divided by sequences times a constant length. Source: Liu et al. 2025.
    /// </summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="maxLength">The constant: the longest completion allowed, in tokens.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> DrGrpo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        int maxLength,
        double clipLow = 0.2,
        double clipHigh = 0.2)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        return PpoClip(logProbs, oldLogProbs, advantages, mask, clipLow, clipHigh, new Aggregation.ConstantLength(maxLength));
    }

    /// <summary>DAPO: the clipped surrogate with a higher bound above, by the token mean. Source: Yu et al. 2025, eq. 8.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> Dapo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double clipLow = 0.2,
        double clipHigh = 0.28)
        where T : unmanaged, INumber<T> => PpoClip(logProbs, oldLogProbs, advantages, mask, clipLow, clipHigh, TokenMean);

    /// <summary>PPO with a bound on the loss where A &lt; 0: at most −c·A. Source: Ye et al. 2020, eq. 5.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="cap">c &gt; 1.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> DualClip<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double cap,
        double clipLow = 0.2,
        double clipHigh = 0.2,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T> => Measured(
            Of(new Surrogate.Clip(clipLow, clipHigh, cap)),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? TokenMean);

    /// <summary>−min(min(ρ, δ)·A, clip(ρ)·A). Source: INTELLECT-2 (Prime Intellect 2025), sec. 3.4.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="delta">δ &gt; 1 + ε_high.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> TwoSidedClip<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double delta,
        double clipLow = 0.2,
        double clipHigh = 0.2,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delta, 1 + clipHigh);
        return Measured(
            Of(new Surrogate.TwoSided(clipLow, clipHigh, delta)),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? TokenMean);
    }

    /// <summary>CISPO: −sg(min(ρ, high))·A·ℓ. The bound is on the ratio itself. Source: MiniMax-M1 2025, eq. 4.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="high">Maximum weight, at least 1.</param>
    /// <param name="aggregation">Default: token mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> Cispo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double high,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T> => Measured(
            Of(new Surrogate.Cispo(high)),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? TokenMean);

    /// <summary>SAPO: a soft gate in place of the clip. Source: Gao et al. 2025, eq. 5.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="positiveTemperature">τ where A &gt; 0.</param>
    /// <param name="negativeTemperature">τ elsewhere.</param>
    /// <param name="aggregation">Default: sequence mean.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's, or a constant is out of its range.</exception>
    public static PolicyLoss<T> Sapo<T>(
        ReadOnlySpan<T> logProbs,
        ReadOnlySpan<T> oldLogProbs,
        ReadOnlySpan<T> advantages,
        SequenceMask mask,
        double positiveTemperature = 1,
        double negativeTemperature = 1.05,
        Aggregation? aggregation = null)
        where T : unmanaged, INumber<T> => Measured(
            Of(new Surrogate.Sapo(positiveTemperature, negativeTemperature)),
            logProbs,
            oldLogProbs,
            default,
            advantages,
            mask,
            aggregation ?? SequenceMean);

    private static Aggregation TokenMean { get; } = new Aggregation.TokenMean();

    private static Aggregation SequenceMean { get; } = new Aggregation.SequenceMean();
}
