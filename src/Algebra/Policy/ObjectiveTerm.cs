namespace RlCore.Algebra;

/// <summary>A surrogate of tokens with β times a KL estimate: what <see cref="PolicyObjective"/> is of one token.</summary>
/// <param name="Surrogate">The surrogate.</param>
/// <param name="Kl">The estimate of the KL.</param>
/// <param name="KlCoefficient">β; at 0 the reference is not read.</param>
/// <param name="LogRatioClamp">Bound on |ℓ − ℓ_old|; +∞ for none.</param>
/// <typeparam name="TTerm">The surrogate.</typeparam>
internal readonly record struct ObjectiveTerm<TTerm>(TTerm Surrogate, KlTerm Kl, double KlCoefficient, double LogRatioClamp) : IPolicyTerm
    where TTerm : struct, IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T>
    {
        bool bounded = !double.IsPositiveInfinity(LogRatioClamp);
        T loss = Surrogate.Evaluate(bounded ? LogRatios.Limited(inputs, LogRatioClamp) : inputs);
        return KlCoefficient == 0
            ? loss
            : loss + T.Scale(Kl.Evaluate(new DivergenceInputs<T>(inputs.LogProb, inputs.RefLogProb)), KlCoefficient);
    }
}
