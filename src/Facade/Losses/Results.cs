using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>A loss of single elements: tokens, values, completions.</summary>
/// <param name="Loss">The loss, to be minimised.</param>
/// <param name="Losses">The loss of each element before weights; 0 outside of the mask.</param>
/// <param name="Gradient">∂Loss/∂ of the first argument, element by element; 0 outside of the mask.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record ElementLoss<T>(double Loss, Values<T> Losses, Values<T> Gradient)
    where T : unmanaged, INumber<T>;

/// <summary>A policy loss of tokens.</summary>
/// <param name="Loss">The loss, to be minimised.</param>
/// <param name="Losses">The loss of each token before weights; 0 outside of the mask.</param>
/// <param name="Gradient">∂Loss/∂ℓ of each token; 0 outside of the mask.</param>
/// <param name="Diagnostics">What to watch.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record PolicyLoss<T>(double Loss, Values<T> Losses, Values<T> Gradient, RatioDiagnostics Diagnostics)
    where T : unmanaged, INumber<T>;

/// <summary>A policy loss of whole sequences.</summary>
/// <param name="Loss">The loss, to be minimised: the mean over all sequences, empty ones included.</param>
/// <param name="Losses">The loss of each sequence; 0 for one without actions.</param>
/// <param name="LogRatios">The log of each sequence's ratio, in nats.</param>
/// <param name="Gradient">∂Loss/∂ℓ of each token; 0 outside of the mask.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record SequenceLoss<T>(double Loss, Values<T> Losses, Values<T> LogRatios, Values<T> Gradient)
    where T : unmanaged, INumber<T>;

/// <summary>A loss of pairs: the mean over them.</summary>
/// <param name="Loss">The loss, to be minimised.</param>
/// <param name="Losses">The loss of each pair.</param>
/// <param name="ChosenGradient">∂Loss/∂ of each chosen completion's log-prob (or reward).</param>
/// <param name="RejectedGradient">∂Loss/∂ of each rejected completion's log-prob (or reward).</param>
/// <param name="Accuracy">Share of pairs whose chosen completion has the greater implicit reward (or reward).</param>
/// <param name="Margin">Mean of the chosen less the rejected implicit reward (or reward).</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record PairLoss<T>(
    double Loss, Values<T> Losses, Values<T> ChosenGradient, Values<T> RejectedGradient, double Accuracy, double Margin)
    where T : unmanaged, INumber<T>;

/// <summary>The mean loss of pairs, and how well they are separated.</summary>
/// <param name="Loss">The mean over pairs.</param>
/// <param name="Accuracy">Share of pairs whose chosen completion has the greater score.</param>
/// <param name="Margin">Mean of β(s_w − s_l), the difference of the implicit rewards.</param>
public readonly record struct PairSummary(double Loss, double Accuracy, double Margin);

/// <summary>Diagnostics of policy training, over action tokens only; all NaN where there are none.</summary>
/// <param name="Clipping">How often the ratio left the clip range on the side where that stops the gradient.</param>
/// <param name="ApproximateKl">Mean of k3 = ρ − 1 − log ρ, in nats: the approximate KL(π_old‖π), as the metric approx_kl.</param>
/// <param name="MeanRatio">Mean of ρ = exp(ℓ − ℓ_old); +∞ where it is too large for a double.</param>
/// <param name="EffectiveSampleShare">(Σρ)²/(n·Σρ²), in (0, 1].</param>
public sealed record RatioDiagnostics(ClipFractions Clipping, double ApproximateKl, double MeanRatio, double EffectiveSampleShare)
{
    /// <summary>The diagnostics of a batch at a clip range.</summary>
    /// <param name="logProbs">ℓ, one per token.</param>
    /// <param name="oldLogProbs">ℓ_old, one per token.</param>
    /// <param name="advantages">A, one per token or one per row.</param>
    /// <param name="mask">Action mask, [batch, time].</param>
    /// <param name="low">Least ratio that is not clipped.</param>
    /// <param name="high">Greatest ratio that is not clipped.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">A shape differs from the mask's.</exception>
    public static RatioDiagnostics Of<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> oldLogProbs, ReadOnlySpan<T> advantages, SequenceMask mask, double low, double high)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentNullException.ThrowIfNull(mask);
        Shapes.CheckTokens(logProbs.Length, mask, nameof(logProbs));
        Shapes.CheckTokens(oldLogProbs.Length, mask, nameof(oldLogProbs));
        Shapes.CheckTokensOrRows(advantages.Length, mask, nameof(advantages));
        Finite.RefuseNaN(logProbs, mask, nameof(logProbs));
        Finite.RefuseNaN(oldLogProbs, mask, nameof(oldLogProbs));
        Finite.RefuseNaN(advantages, mask, nameof(advantages));
        ReadOnlySpan<double> current = Fused.Widen(logProbs);
        ReadOnlySpan<double> old = Fused.Widen(oldLogProbs);
        ReadOnlySpan<double> wide = Fused.Widen(advantages);
        double[] ratios = ImportanceWeights.Token(current, old, mask);
        return new(
            PolicyDiagnostics.Clipping(ratios, wide.Length == ratios.Length ? wide : TokenAdvantages.Spread(wide, mask), mask, low, high),
            PolicyDiagnostics.ApproximateKl(current, old, mask),
            MaskedStatistics.Mean(ratios, mask),
            PolicyDiagnostics.EffectiveSampleShare(RelativeToLargest(current, old, mask), mask));
    }

    // The ratios over the largest of them: their squares do not overflow, and the share does not depend on their scale.
    private static double[] RelativeToLargest(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> oldLogProbs, SequenceMask mask)
    {
        var logRatios = new double[logProbs.Length];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < logRatios.Length; i++)
        {
            logRatios[i] = mask.Flags[i] ? logProbs[i] - oldLogProbs[i] : double.NegativeInfinity;
            largest = Math.Max(largest, logRatios[i]);
        }

        return [.. logRatios.Select(logRatio => Math.Exp(logRatio - largest))];
    }
}
