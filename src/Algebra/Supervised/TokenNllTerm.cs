namespace RlCore.Algebra;

/// <summary>Negative log-likelihood as a term. See <see cref="SupervisedLosses.TokenNll"/>.</summary>
public readonly record struct TokenNllTerm : ILogProbTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T logProb)
        where T : struct, IAlgebra<T> => SupervisedLosses.TokenNll(logProb);
}
