using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>Sums and repeats over one axis. Sums run in double and in a fixed order.</summary>
internal static unsafe class Reductions
{
    // Columns are the unit of work where rows are summed, so that each sum stays with one thread, in order.
    private const int ColumnGrain = 64;
    private const int RowBlock = 128;

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
        var arguments = new Arguments { X = x, Rows = rows, Columns = columns, Y = sums, Accumulate = accumulate };
        pool.For(Simd.Registers(columns), Math.Max(ColumnGrain / Simd.Width, 65_536 / (Simd.Width * Math.Max(rows, 1))), &OverRowsPart, &arguments);
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
        for (int row = 0; row < rows; row++)
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

    private static void OverRowsPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int column = from * Simd.Width; column < to * Simd.Width; column += Simd.Width)
        {
            int left = a->Columns - column;
            Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
            for (int row = 0; row < a->Rows; row += RowBlock)
            {
                var (first, second) = Vector512.Widen(BlockSum(a, column, left, row, Math.Min(a->Rows, row + RowBlock)));
                low += first;
                high += second;
            }

            Simd.Deliver(Vector512.Narrow(low, high), a->Y + column, left, a->Accumulate);
        }
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
