using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>The inputs of a value loss at one token. Gradients flow only to <see cref="Value"/>.</summary>
/// <param name="Value">V, the value model's estimate.</param>
/// <param name="OldValue">V_old, the estimate at the time of the rollout, data.</param>
/// <param name="Return">R, the target of the value, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct ValueInputs<T>(T Value, T OldValue, T Return)
    where T : struct, IAlgebra<T>;

/// <summary>A value loss of one token as a value; see <see cref="IPolicyTerm"/>.</summary>
public interface IValueTerm
{
    /// <summary>The loss of one token.</summary>
    /// <param name="inputs">Values and the return.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(ValueInputs<T> inputs)
        where T : struct, IAlgebra<T>;
}

/// <summary>Maps the arguments of a formula to the inputs of a value loss.</summary>
internal static class ValueArguments
{
    /// <summary>Names of the inputs over arrays, in the order of the arguments.</summary>
    public static readonly string[] Names = ["values", "oldValues", "returns"];

    public static T Map<TTerm, T>(TTerm term, ValueInputs<T> inputs)
        where TTerm : struct, IValueTerm
        where T : struct, ISequenceAlgebra<T> =>
        T.MapElements(new Formula<TTerm>(term), inputs.Value, inputs.OldValue, inputs.Return, inputs.Return, inputs.Return);

    public static ElementSpans<T> Spans<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> oldValues, ReadOnlySpan<T> returns) =>
        new(values, oldValues, returns);

    public readonly struct Formula<TTerm>(TTerm term) : IElementFormula
        where TTerm : struct, IValueTerm
    {
        private readonly TTerm _term = term;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => _term.Evaluate(new ValueInputs<T>(variable, first, second));
    }
}
