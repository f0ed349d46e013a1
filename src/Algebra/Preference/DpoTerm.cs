namespace RlCore.Algebra;

/// <summary>
/// DPO of a pair as a term: x = ℓ_w, a = ℓ_l, b = ℓ_ref,w, c = ℓ_ref,l; d is not read. The derivative by ℓ_l is minus the
/// derivative by ℓ_w.
/// </summary>
/// <param name="Beta">β.</param>
/// <param name="LabelSmoothing">ε; 0 is DPO.</param>
public readonly record struct DpoTerm(double Beta, double LabelSmoothing = 0) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PreferenceLosses.Sigmoid(x - b, a - c, Beta, LabelSmoothing);
}
