namespace RlCore.Algebra;

/// <summary>Losses of one completion that is labelled desirable or not; s = ℓ − ℓ_ref.</summary>
public static class UnpairedLosses
{
    /// <summary>
    /// 1 − σ(β(s − z)) if desirable, else 1 − σ(β(z − s)); z is the KL to the reference, held constant. Source:
    /// Ethayarajh et al. 2024 (KTO), eq. 8.
    /// </summary>
    /// <param name="score">s.</param>
    /// <param name="referencePoint">z ≥ 0, in nats.</param>
    /// <param name="desirable">The label.</param>
    /// <param name="beta">β.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Kto<T>(T score, T referencePoint, bool desirable, double beta)
        where T : struct, IAlgebra<T> => T.Sigmoid(T.Scale(score - referencePoint, desirable ? -beta : beta));

    /// <summary>−log σ(βs − δ) if desirable, else −log σ(δ − βs). Source: Jung et al. 2024 (BCO), eq. 10.</summary>
    /// <param name="score">s.</param>
    /// <param name="desirable">The label.</param>
    /// <param name="beta">β.</param>
    /// <param name="delta">δ, the reward shift.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public static T Bco<T>(T score, bool desirable, double beta, double delta)
        where T : struct, IAlgebra<T>
    {
        T reward = T.Shift(T.Scale(score, beta), -delta);
        return -T.LogSigmoid(desirable ? reward : -reward);
    }

    /// <summary>max(0, mean(ℓ − ℓ_ref)) over mismatched completions: KTO's estimate of the KL.</summary>
    /// <param name="logProbs">ℓ of each.</param>
    /// <param name="refLogProbs">ℓ_ref of each.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public static T ReferencePoint<T>(ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs)
        where T : struct, IAlgebra<T>
    {
        if (logProbs.Length != refLogProbs.Length || logProbs.IsEmpty)
        {
            throw new ArgumentException(
                $"{logProbs.Length} log-probs and {refLogProbs.Length} reference log-probs: one of each a completion is needed.",
                nameof(refLogProbs));
        }

        T sum = T.Constant(logProbs[0], 0);
        for (int i = 0; i < logProbs.Length; i++)
        {
            sum += logProbs[i] - refLogProbs[i];
        }

        return T.Clamp(T.Scale(sum, 1.0 / logProbs.Length), 0, double.PositiveInfinity);
    }
}
