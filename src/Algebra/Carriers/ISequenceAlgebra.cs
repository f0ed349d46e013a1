namespace RlCore.Algebra;

/// <summary>
/// A carrier with a shape: a matrix of <see cref="Rows"/> × <see cref="Columns"/> elements. A batch of token
/// quantities is [batch, time]; a per-sequence quantity is [batch, 1]; a scalar is [1, 1].
/// </summary>
/// <remarks>
/// Masks select: an element outside of the mask contributes nothing, whatever it holds (NaN and infinity
/// included), to the value and to the gradient. Shapes must agree; a mismatch throws
/// <see cref="ArgumentException"/> that names both shapes. The only broadcasts are
/// <see cref="ExpandOverTime"/> and <see cref="ExpandOverBatch"/>.
/// </remarks>
/// <typeparam name="T">The carrier itself.</typeparam>
public interface ISequenceAlgebra<T> : IAlgebra<T>
    where T : struct, ISequenceAlgebra<T>
{
    /// <summary>Number of rows (sequences).</summary>
    int Rows { get; }

    /// <summary>Number of columns (time steps).</summary>
    int Columns { get; }

    /// <summary>A constant matrix beside <paramref name="like"/> (same device, same engine), row-major values.</summary>
    static abstract T FromValues(T like, int rows, int columns, ReadOnlySpan<double> values);

    /// <summary>x where the mask is set, else <paramref name="otherwise"/>.</summary>
    static abstract T Where(SequenceMask mask, T x, T otherwise);

    /// <summary>Sum of each row over the masked columns: [B, T] → [B, 1]. A row without masked columns gives 0.</summary>
    static abstract T SumOverTime(T x, SequenceMask mask);

    /// <summary>Sum over the rows: [B, T] → [1, T].</summary>
    static abstract T SumOverBatch(T x);

    /// <summary>Repeats a column: [B, 1] → [B, columns].</summary>
    static abstract T ExpandOverTime(T x, int columns);

    /// <summary>Repeats a row: [1, T] → [rows, T].</summary>
    static abstract T ExpandOverBatch(T x, int rows);

    /// <summary>
    /// An elementwise formula: the primitive behind <c>Map</c>, which an engine may run as one fused pass over its arrays. The
    /// gradient flows to <paramref name="variable"/> alone; the other four are data. One that the formula does not read may be any
    /// tensor of the same shape.
    /// </summary>
    static abstract T MapElements<TFormula>(TFormula formula, T variable, T first, T second, T third, T fourth)
        where TFormula : struct, IElementFormula;

    /// <summary>A policy loss of every token; the gradient flows only to the policy's log-probs.</summary>
    static virtual T Map<TTerm>(TTerm term, PolicyInputs<T> inputs)
        where TTerm : struct, IPolicyTerm => PolicyArguments.Map(term, inputs);

    /// <summary>A value loss of every token; the gradient flows only to the values.</summary>
    static virtual T Map<TTerm>(TTerm term, ValueInputs<T> inputs)
        where TTerm : struct, IValueTerm => ValueArguments.Map(term, inputs);

    /// <summary>A loss of every labelled completion; the gradient flows only to the policy's log-probs.</summary>
    static virtual T Map<TTerm>(TTerm term, UnpairedInputs<T> inputs)
        where TTerm : struct, IUnpairedTerm => UnpairedArguments.Map(term, inputs);

    /// <summary>The contribution of every token to a divergence; the gradient flows only to the policy's log-probs.</summary>
    static virtual T Map<TTerm>(TTerm term, DivergenceInputs<T> inputs)
        where TTerm : struct, IDivergenceTerm => DivergenceArguments.Map(term, inputs);

    /// <summary>A loss of every token's log-prob.</summary>
    static virtual T Map<TTerm>(TTerm term, T logProb)
        where TTerm : struct, ILogProbTerm => LogProbArguments.Map(term, logProb);
}
