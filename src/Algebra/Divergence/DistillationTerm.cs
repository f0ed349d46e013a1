namespace RlCore.Algebra;

/// <summary>
/// One category's part of the generalised Jensen–Shannon divergence as a term: x = log q of the student, a = log p of the teacher,
/// which is data; b, c, d are not read. See <see cref="Categorical.JensenShannonPart"/>.
/// </summary>
/// <param name="Beta">β, in [0, 1].</param>
public readonly record struct DistillationTerm(double Beta) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => Categorical.JensenShannonPart(a, x, Beta);
}
