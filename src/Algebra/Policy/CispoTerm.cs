namespace RlCore.Algebra;

/// <summary>
/// CISPO as a term: −sg(clip(ρ, low, high))·A·ℓ. The bounds are on the ratio itself. See <see cref="PolicyLosses.Cispo"/>.
/// </summary>
/// <param name="Low">Minimum weight; −∞ for none.</param>
/// <param name="High">Maximum weight, usually at least 1.</param>
public readonly record struct CispoTerm(double Low, double High) : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        PolicyLosses.Cispo(inputs.LogProb, LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, Low, High);
}
