namespace RlCore.Algebra;

/// <summary>The clipped value loss as a term: x = V, a = V_old, b = R; c and d are not read.</summary>
/// <param name="ClipRange">c; +∞ is the plain squared error.</param>
public readonly record struct ValueClipTerm(double ClipRange) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> =>
        double.IsPositiveInfinity(ClipRange) ? ValueLosses.Squared(x, b) : ValueLosses.Clipped(x, a, b, ClipRange);
}
