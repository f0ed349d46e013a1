using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>Two log-probs of the same token. Gradients flow only to <see cref="LogProb"/>.</summary>
/// <param name="LogProb">ℓ of the policy, or of the student, in nats.</param>
/// <param name="RefLogProb">ℓ_ref of the reference, or of the teacher, in nats, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct DivergenceInputs<T>(T LogProb, T RefLogProb)
    where T : struct, IAlgebra<T>;

/// <summary>The contribution of one token to a divergence from a reference, as a value; see <see cref="IPolicyTerm"/>.</summary>
public interface IDivergenceTerm
{
    /// <summary>The contribution of one token.</summary>
    /// <param name="inputs">Both log-probs.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(DivergenceInputs<T> inputs)
        where T : struct, IAlgebra<T>;
}

/// <summary>Maps the arguments of a formula to the inputs of a divergence.</summary>
internal static class DivergenceArguments
{
    /// <summary>Names of the inputs over arrays, in the order of the arguments.</summary>
    public static readonly string[] Names = ["logProbs", "refLogProbs"];

    public static T Map<TTerm, T>(TTerm term, DivergenceInputs<T> inputs)
        where TTerm : struct, IDivergenceTerm
        where T : struct, ISequenceAlgebra<T> => T.MapElements(
            new Formula<TTerm>(term), inputs.LogProb, inputs.RefLogProb, inputs.RefLogProb, inputs.RefLogProb, inputs.RefLogProb);

    public static ElementSpans<T> Spans<T>(ReadOnlySpan<T> logProbs, ReadOnlySpan<T> refLogProbs) => new(logProbs, refLogProbs);

    public readonly struct Formula<TTerm>(TTerm term) : IElementFormula
        where TTerm : struct, IDivergenceTerm
    {
        private readonly TTerm _term = term;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => _term.Evaluate(new DivergenceInputs<T>(variable, first));
    }
}
