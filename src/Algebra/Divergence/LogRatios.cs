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

    /// <summary>
    /// The inputs with |ℓ − ℓ_old| at most a bound. Inside of it ℓ itself, so that nothing is rounded; outside of it the ratio is a
    /// constant.
    /// </summary>
    internal static PolicyInputs<T> Limited<T>(PolicyInputs<T> inputs, double bound)
        where T : struct, IAlgebra<T>
    {
        T logRatio = LogRatio(inputs.LogProb, inputs.OldLogProb);
        T limit = T.StopGradient(inputs.OldLogProb + T.Clamp(logRatio, -bound, bound));
        return inputs with { LogProb = T.SelectInside(logRatio, -bound, bound, inputs.LogProb, limit) };
    }
}
