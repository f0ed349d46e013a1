using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>The clipped value loss as a term. See <see cref="ValueLosses.Clipped"/>.</summary>
/// <param name="ClipRange">c; +∞ is the plain squared error.</param>
public readonly record struct ValueClipTerm(double ClipRange) : IValueTerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Evaluate<T>(ValueInputs<T> inputs)
        where T : struct, IAlgebra<T> => double.IsPositiveInfinity(ClipRange)
            ? ValueLosses.Squared(inputs.Value, inputs.Return)
            : Clipped(inputs.Value, inputs.OldValue, inputs.Return);

    // Compiled apart, so that the compiler keeps its numbers in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T Clipped<T>(T value, T oldValue, T target)
        where T : struct, IAlgebra<T> => ValueLosses.Clipped(value, oldValue, target, ClipRange);
}
