namespace RlCore.Algebra;

/// <summary>
/// CISPO as a term: −sg(clip(ρ, low, high))·A·ℓ, with x = ℓ, a = ℓ_old, c = A; b and d are not read. The bounds are on the
/// ratio itself.
/// </summary>
/// <param name="Low">Least weight; −∞ for none.</param>
/// <param name="High">Greatest weight, usually at least 1.</param>
public readonly record struct CispoTerm(double Low, double High) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.Cispo(x, LogRatios.Ratio(x, a), c, Low, High);
}
