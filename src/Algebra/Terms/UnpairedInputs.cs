using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>The inputs of a loss of labelled completions. Gradients flow only to <see cref="LogProb"/>.</summary>
/// <param name="LogProb">ℓ of the completion, in nats.</param>
/// <param name="RefLogProb">ℓ_ref of the completion, data.</param>
/// <param name="ReferencePoint">z ≥ 0, the KL to the reference, in nats, data.</param>
/// <param name="Label">Positive for a desirable completion, else negative or zero, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct UnpairedInputs<T>(T LogProb, T RefLogProb, T ReferencePoint, T Label)
    where T : struct, IAlgebra<T>;

/// <summary>A loss of one labelled completion as a value; see <see cref="IPolicyTerm"/>.</summary>
public interface IUnpairedTerm
{
    /// <summary>The loss of one completion.</summary>
    /// <param name="inputs">Log-probs, the reference point and the label.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(UnpairedInputs<T> inputs)
        where T : struct, IAlgebra<T>;
}

/// <summary>Maps the arguments of a formula to the inputs of a loss of labelled completions.</summary>
internal static class UnpairedArguments
{
    public static T Map<TTerm, T>(TTerm term, UnpairedInputs<T> inputs)
        where TTerm : struct, IUnpairedTerm
        where T : struct, ISequenceAlgebra<T> => T.MapElements(
            new Formula<TTerm>(term), inputs.LogProb, inputs.RefLogProb, inputs.ReferencePoint, inputs.Label, inputs.Label);

    public static ElementSpans<T> Spans<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs, ReadOnlySpan<T> referencePoints, ReadOnlySpan<T> labels) =>
        new(logProbs, refLogProbs, referencePoints, labels);

    public readonly struct Formula<TTerm>(TTerm term) : IElementFormula
        where TTerm : struct, IUnpairedTerm
    {
        private readonly TTerm _term = term;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => _term.Evaluate(new UnpairedInputs<T>(variable, first, second, third));
    }
}
