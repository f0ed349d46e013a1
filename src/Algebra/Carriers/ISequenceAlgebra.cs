namespace RlCore.Algebra;

/// <summary>
/// A carrier with a shape: a matrix of <see cref="Rows"/> × <see cref="Columns"/> elements. A batch of token
/// quantities is [batch, time]; a per-sequence quantity is [batch, 1]; a scalar is [1, 1].
/// </summary>
/// <remarks>
/// Masks select: an element outside of the mask contributes nothing, whatever it holds (NaN and infinity
/// included), to the value and to the gradient. Shapes must agree; a mismatch throws
/// <see cref="ArgumentException"/> that names both shapes. Nothing broadcasts but
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
    /// <c>term.Evaluate(x, a, b, c, d)</c> on every element. The gradient flows to <paramref name="x"/> alone: the other
    /// four are data. An engine may run the term as one fused pass over its arrays; the meaning is the same.
    /// An argument that a term does not read may be any tensor of the same shape.
    /// </summary>
    static abstract T Map<TTerm>(TTerm term, T x, T a, T b, T c, T d)
        where TTerm : struct, ITerm;
}
