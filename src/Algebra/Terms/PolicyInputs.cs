using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>
/// The inputs of a policy loss at one token, or [batch, time] grids of them. Gradients flow only to <see cref="LogProb"/>.
/// </summary>
/// <param name="LogProb">ℓ, log π of the action, in nats.</param>
/// <param name="OldLogProb">ℓ_old, log-prob under the policy that the ratio is taken to, data.</param>
/// <param name="RefLogProb">ℓ_ref, log-prob under the reference, data; any grid of the shape if no KL term uses it.</param>
/// <param name="Advantage">A, data.</param>
/// <typeparam name="T">The carrier.</typeparam>
public readonly record struct PolicyInputs<T>(T LogProb, T OldLogProb, T RefLogProb, T Advantage)
    where T : struct, IAlgebra<T>;

/// <summary>
/// A policy loss of one token as a value: a <c>readonly struct</c> that holds its constants (clip range, β) and calls the named static
/// formula. This passes a loss to an engine that runs it in one fused pass, without a second copy of the formula.
/// </summary>
public interface IPolicyTerm
{
    /// <summary>The loss of one token.</summary>
    /// <param name="inputs">Log-probs and the advantage.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T>;
}

/// <summary>Maps the arguments of a formula to the inputs of a policy loss.</summary>
internal static class PolicyArguments
{
    /// <summary>Names of the inputs over arrays, in the order of the arguments.</summary>
    public static readonly string[] Names = ["logProbs", "oldLogProbs", "refLogProbs", "advantages"];

    public static T Map<TTerm, T>(TTerm term, PolicyInputs<T> inputs)
        where TTerm : struct, IPolicyTerm
        where T : struct, ISequenceAlgebra<T> => T.MapElements(
            new Formula<TTerm>(term), inputs.LogProb, inputs.OldLogProb, inputs.RefLogProb, inputs.Advantage, inputs.Advantage);

    public static ElementSpans<T> Spans<T>(
        ReadOnlySpan<T> logProbs, ReadOnlySpan<T> oldLogProbs, ReadOnlySpan<T> refLogProbs, ReadOnlySpan<T> advantages) =>
        new(logProbs, oldLogProbs, refLogProbs, advantages);

    public readonly struct Formula<TTerm>(TTerm term) : IElementFormula
        where TTerm : struct, IPolicyTerm
    {
        private readonly TTerm _term = term;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => _term.Evaluate(new PolicyInputs<T>(variable, first, second, third));
    }
}
