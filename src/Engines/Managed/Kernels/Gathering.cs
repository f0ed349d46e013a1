
namespace RlCore.Engines.Managed;

/// <summary>Rows of a table by index.</summary>
internal static unsafe class Gathering
{
    private const int ColumnGrain = 32;

    /// <summary>y[i] = table[ids[i]].</summary>
    public static void Forward(WorkerPool pool, Node table, int* ids, int count, float* y)
    {
        var arguments = new Arguments
        {
            Lines = MatrixView.Of(table).Transposed,
            Columns = table.Columns,
            Ids = ids,
            Count = count,
            Y = y,
        };
        int grain = 1 + (32_768 / Math.Max(table.Columns, 1));
        pool.For(count, grain, &ForwardPart, &arguments);
    }

    /// <summary>table gradient[ids[i]] += gradient[i]; threads take columns, so repeated ids add up in order.</summary>
    public static void Backward(Node node)
    {
        var table = node.A!;
        if (!table.Accepts(out var sink))
        {
            return;
        }

        if (!sink.Accumulate)
        {
            Elementwise.Fill(node.Engine.Pool, sink.Data, table.Length, 0);
        }

        var arguments =
            new Arguments { Table = sink.Data, Columns = node.Columns, Ids = node.Saved0.Integers, Count = node.Rows, Y = node.Arrived };
        node.Engine.Pool.For(node.Columns, Math.Max(ColumnGrain, 32_768 / Math.Max(node.Rows, 1)), &BackwardPart, &arguments);
    }

    private static void ForwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from; i < to; i++)
        {
            a->Lines.CopyLine(a->Ids[i], a->Y + ((long)i * a->Columns));
        }
    }

    private static void BackwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = 0; i < a->Count; i++)
        {
            float* source = a->Y + ((long)i * a->Columns);
            float* target = a->Table + ((long)a->Ids[i] * a->Columns);
            for (int column = from; column < to; column += Simd.Width)
            {
                Simd.Deliver(Simd.LoadUpTo(source + column, to - column), target + column, to - column, accumulate: true);
            }
        }
    }

    private struct Arguments
    {
        public float* Table;
        public MatrixView Lines;
        public int Columns;
        public int* Ids;
        public int Count;
        public float* Y;
    }
}
