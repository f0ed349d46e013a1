namespace RlCore.Algebra;

/// <summary>What one does with a surrogate: run its term in one fused pass, or, where it is of whole sequences, run it on grids.</summary>
/// <typeparam name="TResult">What comes out.</typeparam>
internal interface ISurrogateVisitor<out TResult>
{
    /// <summary>A surrogate of tokens.</summary>
    TResult VisitTerm<TTerm>(TTerm term)
        where TTerm : struct, IPolicyTerm;

    /// <summary>A surrogate of whole sequences.</summary>
    TResult VisitSequences(Surrogate surrogate);
}

/// <summary>The token losses of a surrogate on a carrier with a shape.</summary>
internal readonly struct TermMap<T>(PolicyInputs<T> inputs, SequenceMask mask) : ISurrogateVisitor<T>
    where T : struct, ISequenceAlgebra<T>
{
    private readonly PolicyInputs<T> _inputs = inputs;

    public T VisitTerm<TTerm>(TTerm term)
        where TTerm : struct, IPolicyTerm => T.Map(term, _inputs);

    public T VisitSequences(Surrogate surrogate) => surrogate.TokenLoss(_inputs, mask);
}
