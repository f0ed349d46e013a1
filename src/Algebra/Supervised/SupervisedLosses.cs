using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>Per-token losses of supervised fine-tuning.</summary>
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

    /// <summary>
    /// (1 − ε)·(−ℓ) + ε·(−mean_v log p(v)): the cross entropy with a share ε of the target spread over the vocabulary.
    /// Source: Szegedy et al. 2016, sec. 7.
    /// </summary>
    /// <param name="logProb">ℓ of the target.</param>
    /// <param name="meanLogProb">Mean of log p over the whole vocabulary.</param>
    /// <param name="smoothing">ε, in [0, 1].</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SmoothedNll<T>(T logProb, T meanLogProb, double smoothing)
        where T : struct, IAlgebra<T> => T.Scale(logProb, smoothing - 1) - T.Scale(meanLogProb, smoothing);

    /// <summary>
    /// A loss plus a weighted second loss: PPO-ptx's pretraining NLL, an SFT term, an entropy bonus (weight &lt; 0).
    /// </summary>
    /// <param name="loss">The loss.</param>
    /// <param name="other">What is mixed in.</param>
    /// <param name="weight">Its weight.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Mix<T>(T loss, T other, double weight)
        where T : struct, IAlgebra<T> => loss + T.Scale(other, weight);
}
