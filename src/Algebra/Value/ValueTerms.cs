namespace RlCore.Algebra;

/// <summary>½(V − R)² as a term: x = V, a = R; b, c, d are not read. See <see cref="ValueLosses.Squared"/>.</summary>
public readonly record struct SquaredValueTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => ValueLosses.Squared(x, a);
}

/// <summary>The clipped value loss as a term: x = V, a = R, b = V_old; c, d are not read. See <see cref="ValueLosses.Clipped"/>.</summary>
/// <param name="ClipRange">c.</param>
public readonly record struct ClippedValueTerm(double ClipRange) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => ValueLosses.Clipped(x, b, a, ClipRange);
}
