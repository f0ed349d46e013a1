namespace RlCore.Algebra;

/// <summary>
/// The contribution of one category to the generalised Jensen–Shannon divergence, as a term of log q (the student)
/// and log p (the teacher). See <see cref="Categorical.JensenShannonPart"/>.
/// </summary>
public readonly record struct JensenShannonTerm : IDivergenceTerm
{
    /// <summary>A term with its constant.</summary>
    /// <param name="beta">β, in [0, 1]: 0 is KL(p‖q), 1 is KL(q‖p).</param>
    /// <exception cref="ArgumentOutOfRangeException">β leaves [0, 1].</exception>
    public JensenShannonTerm(double beta)
    {
        if (!(beta >= 0 && beta <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "β must lie in [0, 1].");
        }

        Beta = beta;
    }

    /// <summary>β.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public T Evaluate<T>(DivergenceInputs<T> inputs)
        where T : struct, IAlgebra<T> => Categorical.JensenShannonPart(inputs.RefLogProb, inputs.LogProb, Beta);
}
