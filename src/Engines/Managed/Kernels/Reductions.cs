using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>Sums and repeats over one axis. Sums run in double and in a fixed order.</summary>
internal static unsafe class Reductions
{
    // Columns are the unit of work where rows are summed, so that each sum stays with one thread, in order.
    private const int ColumnGrain = 64;
    internal const int RowBlock = 128;

    // Columns that are summed together: a multiple of the register width.
    internal const int Stripe = 64;

    /// <summary>Sum of each row over its flags.</summary>
    public static void OverTime(float* x, RlCore.Algebra.SequenceMask mask, float* sums)
    {
        for (int row = 0; row < mask.Rows; row++)
        {
            var flags = mask.Flags.Slice(row * mask.Columns, mask.Columns);
            float* values = x + ((long)row * mask.Columns);
            double sum = 0;
            for (int column = 0; column < flags.Length; column++)
            {
                sum += flags[column] ? values[column] : 0;
            }

            sums[row] = (float)sum;
        }
    }

    public static void OverTimeBackward(Node node)
    {
        if (!node.A!.Accepts(out var sink))
        {
            return;
        }

        var mask = node.Mask!;
        for (int row = 0, i = 0; row < mask.Rows; row++)
        {
            float gradient = node.Arrived[row];
            for (int column = 0; column < mask.Columns; column++, i++)
            {
                sink.Data[i] = (mask.Flags[i] ? gradient : 0) + (sink.Accumulate ? sink.Data[i] : 0);
            }
        }
    }

    /// <summary>Sum of each column, or added to what is there.</summary>
    public static void OverRows(WorkerPool pool, float* x, int rows, int columns, float* sums, bool accumulate)
    {
        if (columns == 1)
        {
            *sums = (accumulate ? *sums : 0) + Total(x, rows);
            return;
        }

        var arguments = new Arguments { X = x, Rows = rows, Columns = columns, Y = sums, Accumulate = accumulate };
        pool.For(
            Simd.Registers(columns),
            Math.Max(ColumnGrain / Simd.Width, 65_536 / (Simd.Width * Math.Max(rows, 1))),
            &OverRowsPart,
            &arguments);
    }

    public static void OverBatchBackward(Node node)
    {
        if (node.A!.Accepts(out var sink))
        {
            RepeatRow(node.Arrived, node.A.Rows, node.A.Columns, sink);
        }
    }

    /// <summary>[1, T] to every row.</summary>
    public static void RepeatRow(float* source, int rows, int columns, GradientSink sink)
    {
        // A row of one element: the whole column is one row of equal elements.
        var only = Vector512.Create(*source);
        for (int i = 0; columns == 1 && i < rows; i += Simd.Width)
        {
            Simd.Deliver(only, sink.Data + i, rows - i, sink.Accumulate);
        }

        for (int row = 0; columns > 1 && row < rows; row++)
        {
            float* destination = sink.Data + ((long)row * columns);
            for (int column = 0; column < columns; column += Simd.Width)
            {
                int left = columns - column;
                Simd.Deliver(Simd.LoadUpTo(source + column, left), destination + column, left, sink.Accumulate);
            }
        }
    }

    public static void ExpandOverBatchBackward(Node node)
    {
        if (node.A!.Accepts(out var sink))
        {
            OverRows(node.Engine.Pool, node.Arrived, node.Rows, node.Columns, sink.Data, sink.Accumulate);
        }
    }

    /// <summary>[B, 1] to every column.</summary>
    public static void RepeatColumn(float* source, int rows, int columns, float* destination)
    {
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(destination + ((long)row * columns), columns).Fill(source[row]);
        }
    }

    public static void ExpandOverTimeBackward(Node node)
    {
        if (!node.A!.Accepts(out var sink))
        {
            return;
        }

        for (int row = 0; row < node.Rows; row++)
        {
            double sum = sink.Accumulate ? sink.Data[row] : 0;
            foreach (float gradient in new ReadOnlySpan<float>(node.Arrived + ((long)row * node.Columns), node.Columns))
            {
                sum += gradient;
            }

            sink.Data[row] = (float)sum;
        }
    }

    private static float Total(float* x, int length)
    {
        Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
        for (int i = 0; i < length; i += Simd.Width)
        {
            var (first, second) = Vector512.Widen(Simd.LoadUpTo(x + i, length - i));
            low += first;
            high += second;
        }

        return (float)Vector512.Sum(low + high);
    }

    private static void OverRowsPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        float* sums = stackalloc float[Stripe];
        int last = Math.Min(to * Simd.Width, a->Columns);
        for (int first = from * Simd.Width; first < last; first += Stripe)
        {
            int width = Math.Min(Stripe, last - first);
            StripeSums(a, first, width, sums);
            for (int i = 0; i < width; i += Simd.Width)
            {
                Simd.Deliver(Vector512.Load(sums + i), a->Y + first + i, width - i, a->Accumulate);
            }
        }
    }

    /// <summary>Sums of neighbouring columns: blocks of rows in float, so that rows are read as they lie, then blocks in double.</summary>
    private static void StripeSums(Arguments* a, int first, int width, float* sums)
    {
        double* totals = stackalloc double[Stripe];
        new Span<double>(totals, Stripe).Clear();
        for (int row = 0; row < a->Rows; row += RowBlock)
        {
            int last = Math.Min(a->Rows, row + RowBlock);
            if (width == Stripe)
            {
                WideBlockSum(a, first, row, last, sums);
            }
            else
            {
                for (int i = 0; i < width; i += Simd.Width)
                {
                    BlockSum(a, first + i, width - i, row, last).Store(sums + i);
                }
            }

            for (int i = 0; i < width; i++)
            {
                totals[i] += sums[i];
            }
        }

        for (int i = 0; i < width; i++)
        {
            sums[i] = (float)totals[i];
        }
    }

    private static void WideBlockSum(Arguments* a, int column, int from, int to, float* sums)
    {
        Vector512<float> s0 = Vector512<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
        float* x = a->X + ((long)from * a->Columns) + column;
        for (int row = from; row < to; row++, x += a->Columns)
        {
            s0 += Vector512.Load(x);
            s1 += Vector512.Load(x + Simd.Width);
            s2 += Vector512.Load(x + (2 * Simd.Width));
            s3 += Vector512.Load(x + (3 * Simd.Width));
        }

        s0.Store(sums);
        s1.Store(sums + Simd.Width);
        s2.Store(sums + (2 * Simd.Width));
        s3.Store(sums + (3 * Simd.Width));
    }

    private static Vector512<float> BlockSum(Arguments* a, int column, int left, int from, int to)
    {
        var sum = Vector512<float>.Zero;
        float* x = a->X + ((long)from * a->Columns) + column;
        for (int row = from; row < to; row++, x += a->Columns)
        {
            sum += Simd.LoadUpTo(x, left);
        }

        return sum;
    }

    private struct Arguments
    {
        public float* X;
        public int Rows;
        public int Columns;
        public float* Y;
        public bool Accumulate;
    }
}
