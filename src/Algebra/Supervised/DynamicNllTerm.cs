namespace RlCore.Algebra;

/// <summary>DFT as a term: x = ℓ; a, b, c, d are not read. See <see cref="SupervisedLosses.DynamicNll"/>.</summary>
public readonly record struct DynamicNllTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => SupervisedLosses.DynamicNll(x);
}
