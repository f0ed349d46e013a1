namespace RlCore.Algebra;

/// <summary>Log-probs of a pair of completions, each summed (or averaged) over its tokens, in nats.</summary>
/// <param name="Chosen">ℓ_w of the chosen completion.</param>
/// <param name="Rejected">ℓ_l of the rejected completion.</param>
/// <param name="RefChosen">ℓ_ref,w, data.</param>
/// <param name="RefRejected">ℓ_ref,l, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct PairInputs<T>(T Chosen, T Rejected, T RefChosen, T RefRejected)
    where T : struct, IAlgebra<T>
{
    /// <summary>s_w = ℓ_w − ℓ_ref,w.</summary>
    public T ChosenLogRatio => Chosen - RefChosen;

    /// <summary>s_l = ℓ_l − ℓ_ref,l.</summary>
    public T RejectedLogRatio => Rejected - RefRejected;
}
