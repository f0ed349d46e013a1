using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>Log-ratios and ratios of two policies at one token.</summary>
public static class LogRatios
{
    /// <summary>log(π/π_old) = ℓ − ℓ_old, in nats.</summary>
    /// <param name="logProb">ℓ, log π of the token, in nats.</param>
    /// <param name="oldLogProb">ℓ_old, the other policy's log-prob of the same token, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LogRatio<T>(T logProb, T oldLogProb)
        where T : struct, IAlgebra<T> => logProb - oldLogProb;

    /// <summary>ρ = π/π_old = exp(ℓ − ℓ_old).</summary>
    /// <param name="logProb">ℓ, log π of the token, in nats.</param>
    /// <param name="oldLogProb">ℓ_old, the other policy's log-prob of the same token, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Ratio<T>(T logProb, T oldLogProb)
        where T : struct, IAlgebra<T> => T.Exp(LogRatio(logProb, oldLogProb));
}
