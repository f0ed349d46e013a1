namespace RlCore.Algebra;

/// <summary>SAPO's soft gate as a term. See <see cref="PolicyLosses.Sapo"/>.</summary>
/// <param name="PositiveTemperature">τ where A &gt; 0.</param>
/// <param name="NegativeTemperature">τ elsewhere.</param>
public readonly record struct SapoTerm(double PositiveTemperature, double NegativeTemperature) : IPolicyTerm
{
    /// <summary>The paper's temperatures, 1 and 1.05.</summary>
    public SapoTerm()
        : this(1, 1.05)
    {
    }

    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        PolicyLosses.Sapo(LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, PositiveTemperature, NegativeTemperature);
}
