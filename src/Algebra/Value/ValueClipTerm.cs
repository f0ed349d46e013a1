namespace RlCore.Algebra;

/// <summary>The clipped value loss as a term. See <see cref="ValueLosses.Clipped"/>.</summary>
/// <param name="ClipRange">c; +∞ is the plain squared error.</param>
public readonly record struct ValueClipTerm(double ClipRange) : IValueTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(ValueInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        double.IsPositiveInfinity(ClipRange) ? ValueLosses.Squared(inputs.Value, inputs.Return) : ValueLosses.Clipped(inputs.Value, inputs.OldValue, inputs.Return, ClipRange);
}
