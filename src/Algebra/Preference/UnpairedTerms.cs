namespace RlCore.Algebra;

/// <summary>
/// KTO as a term. See <see cref="UnpairedLosses.Kto"/>.
/// </summary>
/// <param name="Beta">β.</param>
public readonly record struct KtoTerm(double Beta) : IUnpairedTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(UnpairedInputs<T> inputs)
        where T : struct, IAlgebra<T>
    {
        T score = inputs.LogProb - inputs.RefLogProb;
        T desirable = UnpairedLosses.Kto(score, inputs.ReferencePoint, desirable: true, Beta);
        T undesirable = UnpairedLosses.Kto(score, inputs.ReferencePoint, desirable: false, Beta);
        return T.SelectByOrder(inputs.Label, T.Constant(inputs.Label, 0), undesirable, undesirable, desirable);
    }
}

/// <summary>
/// BCO of one completion as a term; it has no reference point. See <see cref="UnpairedLosses.Bco"/>.
/// </summary>
/// <param name="Beta">β.</param>
/// <param name="Delta">δ, the reward shift.</param>
public readonly record struct BcoTerm(double Beta, double Delta) : IUnpairedTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(UnpairedInputs<T> inputs)
        where T : struct, IAlgebra<T>
    {
        T score = inputs.LogProb - inputs.RefLogProb;
        T desirable = UnpairedLosses.Bco(score, desirable: true, Beta, Delta);
        T undesirable = UnpairedLosses.Bco(score, desirable: false, Beta, Delta);
        return T.SelectByOrder(inputs.Label, T.Constant(inputs.Label, 0), undesirable, undesirable, desirable);
    }
}
