namespace RlCore.Algebra;

/// <summary>
/// ρ·δ as a term: x = ℓ, a = ℓ_ref, b = ℓ_old; c, d are not read. ρ = exp(ℓ − ℓ_old), δ = clamp(ℓ − ℓ_ref,
/// ±<see cref="LogRatioClamp"/>); the gradient goes through both.
/// </summary>
/// <param name="LogRatioClamp">Bound on |δ|; +∞ for none.</param>
public readonly record struct ImportanceWeightedKlTerm(double LogRatioClamp) : ITerm
{
    /// <summary>Without a clamp.</summary>
    public ImportanceWeightedKlTerm()
        : this(double.PositiveInfinity)
    {
    }

    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> =>
        LogRatios.Ratio(x, b) * T.Clamp(LogRatios.LogRatio(x, a), -LogRatioClamp, LogRatioClamp);
}
