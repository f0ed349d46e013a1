using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>Losses of supervised fine-tuning, a token at a time.</summary>
public static class SupervisedLosses
{
    /// <summary>Negative log-likelihood of the target token: −ℓ, in nats.</summary>
    /// <param name="logProb">ℓ.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T TokenNll<T>(T logProb)
        where T : struct, IAlgebra<T> => -logProb;

    /// <summary>−sg(p)·ℓ: each token's NLL weighted by its own probability. Source: Wu et al. 2025 (DFT), eq. 9.</summary>
    /// <param name="logProb">ℓ.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T DynamicNll<T>(T logProb)
        where T : struct, IAlgebra<T> => -(T.StopGradient(T.Exp(logProb)) * logProb);
}
