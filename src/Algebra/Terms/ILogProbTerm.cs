using System.Runtime.CompilerServices;

namespace RlCore.Algebra;

/// <summary>A loss of one token that depends only on its log-prob, as a value; see <see cref="IPolicyTerm"/>.</summary>
public interface ILogProbTerm
{
    /// <summary>The loss of one token.</summary>
    /// <param name="logProb">ℓ, in nats.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    T Evaluate<T>(T logProb)
        where T : struct, IAlgebra<T>;
}

/// <summary>A loss of a log-prob as a formula.</summary>
internal static class LogProbArguments
{
    /// <summary>Name of the input over arrays.</summary>
    public static readonly string[] Names = ["logProbs"];

    public static T Map<TTerm, T>(TTerm term, T logProb)
        where TTerm : struct, ILogProbTerm
        where T : struct, ISequenceAlgebra<T> => T.MapElements(new Formula<TTerm>(term), logProb, logProb, logProb, logProb, logProb);

    public static ElementSpans<T> Spans<T>(ReadOnlySpan<T> logProbs) => new(logProbs);

    public readonly struct Formula<TTerm>(TTerm term) : IElementFormula
        where TTerm : struct, ILogProbTerm
    {
        private readonly TTerm _term = term;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Evaluate<T>(T variable, T first, T second, T third, T fourth)
            where T : struct, IAlgebra<T> => _term.Evaluate(variable);
    }
}
