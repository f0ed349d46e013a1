using System.Buffers;
using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Runs a term over the rows of a batch, each with the weight that its aggregation gives it.</summary>
internal static class TokenPass
{
    /// <summary>
    /// Σ_rows weight · Σ_tokens term, its gradient, and the token losses if there is room for them. A data argument has one
    /// element a token, or one a row.
    /// </summary>
    public static double Run<TTerm, T>(
        TTerm term, TermData<T> data, SequenceMask mask, ReadOnlySpan<double> rowWeights, Span<T> values, Span<T> gradient)
        where TTerm : struct, ITerm
        where T : unmanaged, INumber<T>
    {
        int columns = mask.Columns;
        T[] scratch = ArrayPool<T>.Shared.Rent(4 * columns);
        double sum = 0;
        for (int row = 0; row < mask.Rows; row++)
        {
            Range range = (row * columns)..((row + 1) * columns);
            var rowData = new TermData<T>(
                data.X[range],
                Row(data.A, mask, row, scratch.AsSpan(0, columns)),
                Row(data.B, mask, row, scratch.AsSpan(columns, columns)),
                Row(data.C, mask, row, scratch.AsSpan(2 * columns, columns)),
                Row(data.D, mask, row, scratch.AsSpan(3 * columns, columns)));
            ReadOnlySpan<bool> flags = mask.CountInRow(row) == columns ? default : mask.Flags[range];
            sum += Fused.WeightedSum(term, rowData, flags, rowWeights[row], values.IsEmpty ? values : values[range], gradient[range]);
        }

        ArrayPool<T>.Shared.Return(scratch);
        return sum;
    }

    private static ReadOnlySpan<T> Row<T>(ReadOnlySpan<T> argument, SequenceMask mask, int row, Span<T> scratch)
    {
        if (argument.Length == mask.Flags.Length)
        {
            return argument.Slice(row * mask.Columns, mask.Columns);
        }

        scratch.Fill(argument[row]);
        return scratch;
    }
}
