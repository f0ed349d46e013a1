using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// Per-token policy losses (to be minimised): what one action contributes before aggregation. Log-probs in nats;
/// ρ = exp(ℓ − ℓ_old).
/// </summary>
public static class PolicyLosses
{
    /// <summary>
    /// −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A). Source: Schulman et al. 2017, eq. 7; the asymmetric range is that of
    /// DAPO (Yu et al. 2025, eq. 10).
    /// </summary>
    /// <param name="logProb">ℓ.</param>
    /// <param name="oldLogProb">ℓ_old, data.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PpoClip<T>(T logProb, T oldLogProb, T advantage, double clipLow, double clipHigh)
        where T : struct, IAlgebra<T> =>
        ClippedSurrogate(LogRatios.Ratio(logProb, oldLogProb), advantage, clipLow, clipHigh);

    /// <summary>−min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) of a ratio that is already there (of a token or a sequence).</summary>
    /// <param name="ratio">ρ.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ClippedSurrogate<T>(T ratio, T advantage, double clipLow, double clipHigh)
        where T : struct, IAlgebra<T> =>
        -T.Min(ratio * advantage, T.Clamp(ratio, 1 - clipLow, 1 + clipHigh) * advantage);
}
