using System.Buffers;
using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>
/// Runs a formula over the rows of a batch, each with the weight that its aggregation gives it, by parts that threads share.
/// </summary>
internal sealed unsafe class TokenPass<TFormula, T> : SharedWork
    where TFormula : struct, IElementFormula
    where T : unmanaged, INumber<T>
{
    // Each thread keeps one, so that a call allocates nothing; a formula that itself runs a loss finds none and makes another.
    [ThreadStatic]
    private static TokenPass<TFormula, T>? t_idle;

    private TFormula _formula;
    private SequenceMask? _mask;
    private int _rows;
    private bool _valuesWanted;
    private T* _x;
    private Argument _a;
    private Argument _b;
    private Argument _c;
    private Argument _d;
    private T* _values;
    private T* _gradient;
    private double* _weights;
    private double* _sums;

    /// <summary>
    /// Σ_rows weight · Σ_tokens formula, its gradient, and the token losses if there is room for them. A data argument has one
    /// element a token, or one a row. NaN if any token's loss or gradient is no number.
    /// </summary>
    public static double Run(
        TFormula formula, ElementSpans<T> at, SequenceMask mask, ReadOnlySpan<double> rowWeights, Span<T> values, Span<T> gradient)
    {
        TokenPass<TFormula, T> pass = t_idle ?? new();
        t_idle = null;
        pass._rows = mask.Columns == 0 ? Math.Max(mask.Rows, 1) : PartSize(mask.Flags.Length, mask.Columns) / mask.Columns;
        int parts = (mask.Rows + pass._rows - 1) / pass._rows;
        double* sums = stackalloc double[parts];
        pass._formula = formula;
        pass._mask = mask;
        pass._valuesWanted = !values.IsEmpty;
        pass._sums = sums;
        fixed (T* x = at.Variable, a = at.First, b = at.Second, c = at.Third, d = at.Fourth)
        fixed (T* losses = values, toX = gradient)
        fixed (double* weights = rowWeights)
        {
            pass._x = x;
            pass._values = losses;
            pass._gradient = toX;
            pass._weights = weights;
            pass._a = new(a, at.First.Length);
            pass._b = new(b, at.Second.Length);
            pass._c = new(c, at.Third.Length);
            pass._d = new(d, at.Fourth.Length);
            pass.Run(parts);
        }

        pass._formula = default;
        pass._mask = null;
        t_idle = pass;
        double total = 0;
        for (int part = 0; part < parts; part++)
        {
            total += sums[part];
        }

        return total;
    }

    protected override void RunPart(int part)
    {
        SequenceMask mask = _mask!;
        int columns = mask.Columns;
        T[] scratch = ArrayPool<T>.Shared.Rent(4 * columns);
        double sum = 0;
        for (int row = part * _rows; row < Math.Min((part + 1) * _rows, mask.Rows); row++)
        {
            int from = row * columns;
            var at = new ElementSpans<T>(
                new(_x + from, columns),
                _a.Row(mask, row, scratch.AsSpan(0, columns)),
                _b.Row(mask, row, scratch.AsSpan(columns, columns)),
                _c.Row(mask, row, scratch.AsSpan(2 * columns, columns)),
                _d.Row(mask, row, scratch.AsSpan(3 * columns, columns)));
            ReadOnlySpan<bool> flags = mask.CountInRow(row) == columns ? default : mask.Flags.Slice(from, columns);
            Span<T> values = _valuesWanted ? new(_values + from, columns) : default;
            Span<T> gradient = new(_gradient + from, columns);
            double loss = Fused.WeightedSum(_formula, at, flags, _weights[row], values, gradient);
            sum += Finite.Holds<T>(loss, gradient) ? loss : double.NaN;
        }

        ArrayPool<T>.Shared.Return(scratch);
        _sums[part] = sum;
    }

    private readonly struct Argument(T* numbers, int length)
    {
        public ReadOnlySpan<T> Row(SequenceMask mask, int row, Span<T> scratch)
        {
            if (length == mask.Flags.Length)
            {
                return new(numbers + (row * mask.Columns), mask.Columns);
            }

            scratch.Fill(numbers[row]);
            return scratch;
        }
    }
}
