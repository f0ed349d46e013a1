namespace RlCore.Algebra;

/// <summary>Negative log-likelihood as a term: x = ℓ; a, b, c, d are not read.</summary>
public readonly record struct TokenNllTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => SupervisedLosses.TokenNll(x);
}
