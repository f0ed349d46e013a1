namespace RlCore.Algebra;

/// <summary>DFT as a term. See <see cref="SupervisedLosses.DynamicNll"/>.</summary>
public readonly record struct DynamicNllTerm : ILogProbTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T logProb)
        where T : struct, IAlgebra<T> => SupervisedLosses.DynamicNll(logProb);
}
