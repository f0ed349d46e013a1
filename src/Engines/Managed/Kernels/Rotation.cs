using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>Rotary positions: turns the query and key heads of packed rows, forward by the angle and backward by its negative.</summary>
internal static unsafe class Rotation
{
    public static void Forward(WorkerPool pool, Node x, Node y, RotaryTable table, int* positions, HeadLayout heads)
    {
        var arguments = new Arguments { X = x.Data, Sink = new GradientSink(y.Data, false), Direction = 1 };
        Run(pool, &arguments, x.Rows, table, positions, heads);
    }

    public static void Backward(Node node)
    {
        if (node.A!.Accepts(out var sink))
        {
            var arguments = new Arguments { X = node.Arrived, Sink = sink, Direction = -1 };
            Run(
                node.Engine.Pool,
                &arguments,
                node.Rows,
                node.Engine.RotaryTable(node.Frequencies!),
                node.Saved0.Integers,
                node.Heads);
        }
    }

    private static void Run(WorkerPool pool, Arguments* arguments, int rows, RotaryTable table, int* positions, HeadLayout heads)
    {
        arguments->Cosines = table.Cosines;
        arguments->Sines = table.Sines;
        arguments->Positions = positions;
        arguments->Heads = heads;
        pool.For(rows, 1 + (16_384 / Math.Max(heads.PackedWidth, 1)), &Part, arguments);
    }

    private static void Part(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        int half = a->Heads.Size / 2;
        int turned = a->Heads.Heads + a->Heads.KeyValueHeads;
        int values = turned * a->Heads.Size;
        for (int row = from; row < to; row++)
        {
            long offset = (long)row * a->Heads.PackedWidth;
            float* cosines = a->Cosines + ((long)a->Positions[row] * half);
            float* sines = a->Sines + ((long)a->Positions[row] * half);
            for (int head = 0; head < turned; head++)
            {
                Turn(a, offset + (head * a->Heads.Size), cosines, sines, half);
            }

            for (int i = values; i < a->Heads.PackedWidth; i += Simd.Width)
            {
                int left = a->Heads.PackedWidth - i;
                Simd.Deliver(Simd.LoadUpTo(a->X + offset + i, left), a->Sink.Data + offset + i, left, a->Sink.Accumulate);
            }
        }
    }

    private static void Turn(Arguments* a, long offset, float* cosines, float* sines, int half)
    {
        var direction = Vector512.Create(a->Direction);
        for (int i = 0; i < half; i += Simd.Width)
        {
            int left = half - i;
            var first = Simd.LoadUpTo(a->X + offset + i, left);
            var second = Simd.LoadUpTo(a->X + offset + half + i, left);
            var cosine = Simd.LoadUpTo(cosines + i, left);
            var sine = Simd.LoadUpTo(sines + i, left) * direction;
            Simd.Deliver((first * cosine) - (second * sine), a->Sink.Data + offset + i, left, a->Sink.Accumulate);
            Simd.Deliver((second * cosine) + (first * sine), a->Sink.Data + offset + half + i, left, a->Sink.Accumulate);
        }
    }

    private struct Arguments
    {
        public float* X;
        public GradientSink Sink;
        public float Direction;
        public float* Cosines;
        public float* Sines;
        public int* Positions;
        public HeadLayout Heads;
    }
}
