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
}
