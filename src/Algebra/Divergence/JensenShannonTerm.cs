namespace RlCore.Algebra;

/// <summary>
/// What one category contributes to the generalised Jensen–Shannon divergence, as a term: x = log q (the student), a = log p (the
/// teacher); b, c, d are not read. See <see cref="Categorical.JensenShannonPart"/>.
/// </summary>
public readonly record struct JensenShannonTerm : ITerm
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
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => Categorical.JensenShannonPart(a, x, Beta);
}
