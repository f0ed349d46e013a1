namespace RlCore.Algebra;

/// <summary>SAPO's soft gate as a term: x = ℓ, a = ℓ_old, c = A; b and d are not read.</summary>
/// <param name="PositiveTemperature">τ where A &gt; 0.</param>
/// <param name="NegativeTemperature">τ elsewhere.</param>
public readonly record struct SapoTerm(double PositiveTemperature, double NegativeTemperature) : ITerm
{
    /// <summary>The paper's temperatures, 1 and 1.05.</summary>
    public SapoTerm()
        : this(1, 1.05)
    {
    }

    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.Sapo(LogRatios.Ratio(x, a), c, PositiveTemperature, NegativeTemperature);
}
