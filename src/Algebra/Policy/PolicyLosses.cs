using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// Per-token policy losses (to be minimised): the contribution of one action before aggregation. Log-probs in nats;
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

    /// <summary>−min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A) for a given ratio (of a token or a sequence).</summary>
    /// <param name="ratio">ρ.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ClippedSurrogate<T>(T ratio, T advantage, double clipLow, double clipHigh)
        where T : struct, IAlgebra<T> =>
        -T.Min(ratio * advantage, T.Clamp(ratio, 1 - clipLow, 1 + clipHigh) * advantage);

    /// <summary>−A·ℓ. Source: Williams 1992 (REINFORCE).</summary>
    /// <param name="logProb">ℓ.</param>
    /// <param name="advantage">A, data.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Reinforce<T>(T logProb, T advantage)
        where T : struct, IAlgebra<T> => -(advantage * logProb);

    /// <summary>−ρA: the importance-weighted surrogate. Source: Schulman et al. 2015 (TRPO), eq. 14.</summary>
    /// <param name="logProb">ℓ.</param>
    /// <param name="oldLogProb">ℓ_old, data.</param>
    /// <param name="advantage">A, data.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ImportanceWeighted<T>(T logProb, T oldLogProb, T advantage)
        where T : struct, IAlgebra<T> => -(LogRatios.Ratio(logProb, oldLogProb) * advantage);

    /// <summary>
    /// Where A &lt; 0 the clipped surrogate is at most −c·A, so that a very large ratio cannot run away. c → ∞ is the plain clip.
    /// Source: Ye et al. 2020, eq. 5.
    /// </summary>
    /// <param name="clipped">The clipped surrogate.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="cap">c &gt; 1.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T DualClip<T>(T clipped, T advantage, double cap)
        where T : struct, IAlgebra<T>
    {
        T capped = T.Min(clipped, T.Scale(advantage, -cap));
        return T.SelectByOrder(advantage, T.Constant(advantage, 0), capped, clipped, clipped);
    }

    /// <summary>
    /// −min(min(ρ, δ)·A, clip(ρ)·A): the unclipped side has a separate cap. Source: INTELLECT-2 (Prime Intellect 2025),
    /// sec. 3.4.
    /// </summary>
    /// <param name="ratio">ρ.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="clipLow">ε_low.</param>
    /// <param name="clipHigh">ε_high.</param>
    /// <param name="delta">δ &gt; 1 + ε_high.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T TwoSidedClip<T>(T ratio, T advantage, double clipLow, double clipHigh, double delta)
        where T : struct, IAlgebra<T> => -T.Min(
            T.Clamp(ratio, double.NegativeInfinity, delta) * advantage,
            T.Clamp(ratio, 1 - clipLow, 1 + clipHigh) * advantage);

    /// <summary>
    /// −sg(clip(ρ, low, high))·A·ℓ: the weight is clipped, the gradient of ℓ never is. The bounds are on the ratio itself.
    /// Source: MiniMax-M1 2025, eq. 4 (CISPO).
    /// </summary>
    /// <param name="logProb">ℓ.</param>
    /// <param name="ratio">ρ of the token or of the sequence.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="low">Minimum weight; −∞ for none.</param>
    /// <param name="high">Greatest weight.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Cispo<T>(T logProb, T ratio, T advantage, double low, double high)
        where T : struct, IAlgebra<T> => -(T.StopGradient(T.Clamp(ratio, low, high)) * advantage * logProb);

    /// <summary>
    /// −(4/τ)·σ(τ(ρ − 1))·A: a soft gate in place of the clip, with slope 1 at ρ = 1; τ depends on the sign of A.
    /// Source: Gao et al. 2025 (SAPO), eq. 5.
    /// </summary>
    /// <param name="ratio">ρ.</param>
    /// <param name="advantage">A, data.</param>
    /// <param name="positiveTemperature">τ where A &gt; 0.</param>
    /// <param name="negativeTemperature">τ elsewhere.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sapo<T>(T ratio, T advantage, double positiveTemperature, double negativeTemperature)
        where T : struct, IAlgebra<T>
    {
        T negative = Gate(ratio, negativeTemperature);
        T gate = T.SelectByOrder(advantage, T.Constant(advantage, 0), negative, negative, Gate(ratio, positiveTemperature));
        return -(gate * advantage);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Gate<T>(T ratio, double temperature)
        where T : struct, IAlgebra<T> => T.Scale(T.Sigmoid(T.Scale(T.Shift(ratio, -1), temperature)), 4 / temperature);
}
