using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>Gated SiLU of packed rows [gate | up].</summary>
internal static unsafe class GatedUnits
{
    public static void Forward(WorkerPool pool, float* x, int rows, int width, float* y)
    {
        var arguments = new Arguments { X = x, Width = width, Y = y };
        pool.For(rows, 1 + (4096 / Math.Max(width, 1)), &ForwardPart, &arguments);
    }

    public static void Backward(Node node)
    {
        if (node.A!.Accepts(out var sink))
        {
            var arguments = new Arguments { X = node.A.Data, Width = node.Columns, Y = node.Arrived, Sink = sink };
            node.Engine.Pool.For(node.Rows, 1 + (4096 / Math.Max(node.Columns, 1)), &BackwardPart, &arguments);
        }
    }

    private static void ForwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int row = from; row < to; row++)
        {
            float* gate = a->X + ((long)row * 2 * a->Width);
            float* up = gate + a->Width;
            float* y = a->Y + ((long)row * a->Width);
            for (int i = 0; i < a->Width; i += Simd.Width)
            {
                int left = a->Width - i;
                var g = Simd.LoadUpTo(gate + i, left);
                Simd.StoreUpTo(g * Simd.Sigmoid(g) * Simd.LoadUpTo(up + i, left), y + i, left);
            }
        }
    }

    private static void BackwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int row = from; row < to; row++)
        {
            long offset = (long)row * 2 * a->Width;
            float* gradient = a->Y + ((long)row * a->Width);
            for (int i = 0; i < a->Width; i += Simd.Width)
            {
                int left = a->Width - i;
                var g = Simd.LoadUpTo(a->X + offset + i, left);
                var up = Simd.LoadUpTo(a->X + offset + a->Width + i, left);
                var arrived = Simd.LoadUpTo(gradient + i, left);
                var sigmoid = Simd.Sigmoid(g);
                var slope = sigmoid * (V.One + (g * (V.One - sigmoid)));
                Simd.Deliver(arrived * up * slope, a->Sink.Data + offset + i, left, a->Sink.Accumulate);
                Simd.Deliver(arrived * g * sigmoid, a->Sink.Data + offset + a->Width + i, left, a->Sink.Accumulate);
            }
        }
    }

    private struct Arguments
    {
        public float* X;
        public int Width;
        public float* Y;
        public GradientSink Sink;
    }
}
