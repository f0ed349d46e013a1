using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// One-sample estimators of KL(π‖π_ref) for a token drawn from π, in nats; δ = ℓ − ℓ_ref. Source: J. Schulman,
/// "Approximating KL Divergence", 2020.
/// </summary>
public static class KlEstimators
{
    /// <summary>k1 = δ. E[k1] = KL; E[∇k1] = 0, so as a loss it does nothing.</summary>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <param name="refLogProb">ℓ_ref, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T K1<T>(T logProb, T refLogProb)
        where T : struct, IAlgebra<T> => logProb - refLogProb;

    /// <summary>k2 = ½δ². Biased as a value; on policy E[∇k2] = ∇KL.</summary>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <param name="refLogProb">ℓ_ref, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T K2<T>(T logProb, T refLogProb)
        where T : struct, IAlgebra<T>
    {
        T delta = logProb - refLogProb;
        return T.Scale(delta * delta, 0.5);
    }

    /// <summary>k3 = e^(−δ) − 1 + δ, never negative. E[k3] = KL; on policy E[∇k3] = ∇KL(π_ref‖π), the forward KL.</summary>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <param name="refLogProb">ℓ_ref, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T K3<T>(T logProb, T refLogProb)
        where T : struct, IAlgebra<T> => T.ExpM1MinusX(refLogProb - logProb);

    /// <summary>|δ|.</summary>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <param name="refLogProb">ℓ_ref, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Abs<T>(T logProb, T refLogProb)
        where T : struct, IAlgebra<T> => T.Abs(logProb - refLogProb);

    /// <summary>The chosen estimator.</summary>
    /// <param name="estimator">Which.</param>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <param name="refLogProb">ℓ_ref, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">No such estimator.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Estimate<T>(KlEstimator estimator, T logProb, T refLogProb)
        where T : struct, IAlgebra<T> => estimator switch
        {
            KlEstimator.K1 => K1(logProb, refLogProb),
            KlEstimator.K2 => K2(logProb, refLogProb),
            KlEstimator.K3 => K3(logProb, refLogProb),
            KlEstimator.Abs => Abs(logProb, refLogProb),
            _ => throw new ArgumentOutOfRangeException(nameof(estimator), estimator, "There is no such KL estimator."),
        };
}
