namespace RlCore.Algebra;

/// <summary>
/// ρ·δ as a term: ρ = exp(ℓ − ℓ_old), δ = clamp(ℓ − ℓ_ref, ±<see cref="LogRatioClamp"/>); the gradient goes through both.
/// </summary>
/// <param name="LogRatioClamp">Bound on |δ|; +∞ for none.</param>
public readonly record struct ImportanceWeightedKlTerm(double LogRatioClamp) : IPolicyTerm
{
    /// <summary>Without a clamp.</summary>
    public ImportanceWeightedKlTerm()
        : this(double.PositiveInfinity)
    {
    }

    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb)
            * T.Clamp(LogRatios.LogRatio(inputs.LogProb, inputs.RefLogProb), -LogRatioClamp, LogRatioClamp);
}
