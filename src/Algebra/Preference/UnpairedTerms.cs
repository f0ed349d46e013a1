namespace RlCore.Algebra;

/// <summary>
/// KTO as a term: x = ℓ, a = ℓ_ref, b = z, c = the label: positive for desirable; d is not read. See
/// <see cref="UnpairedLosses.Kto"/>.
/// </summary>
/// <param name="Beta">β.</param>
public readonly record struct KtoTerm(double Beta) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T>
    {
        T undesirable = UnpairedLosses.Kto(x - a, b, desirable: false, Beta);
        return T.SelectByOrder(c, T.Constant(c, 0), undesirable, undesirable, UnpairedLosses.Kto(x - a, b, desirable: true, Beta));
    }
}

/// <summary>
/// BCO of one completion as a term: x = ℓ, a = ℓ_ref, c = the label: positive for desirable; b, d are not read. See
/// <see cref="UnpairedLosses.Bco"/>.
/// </summary>
/// <param name="Beta">β.</param>
/// <param name="Delta">δ, the reward shift.</param>
public readonly record struct BcoTerm(double Beta, double Delta) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T>
    {
        T undesirable = UnpairedLosses.Bco(x - a, desirable: false, Beta, Delta);
        return T.SelectByOrder(c, T.Constant(c, 0), undesirable, undesirable, UnpairedLosses.Bco(x - a, desirable: true, Beta, Delta));
    }
}
