using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>RMS norm of the query and key heads of packed rows, each kind with a gain of its own; value heads pass.</summary>
internal static unsafe class HeadNormalization
{
    // Rows whose sums are float32 before they are added up in double.
    internal const int RowBlock = 32;

    /// <summary>Heads of a row that are normalised.</summary>
    public static int Normed(HeadLayout heads) => heads.Heads + heads.KeyValueHeads;

    /// <summary>Fills y, and its Saved0, if there is one, with [rows, heads] of 1/deviation.</summary>
    public static void Forward(WorkerPool pool, Node x, Node queryGain, Node keyGain, double epsilon, Node y)
    {
        var arguments = Of(x, queryGain, keyGain, y);
        arguments.Epsilon = epsilon;
        arguments.Y = y.Data;
        pool.For(x.Rows, Grain(y.Heads), &ForwardPart, &arguments);
    }

    /// <summary>Inputs: A packed rows, B query gain, C key gain.</summary>
    public static void Backward(Node node)
    {
        var (x, pool) = (node.A!, node.Engine.Pool);
        var arguments = Of(x, node.B!, node.C!, node);
        arguments.Gradient = node.Arrived;
        arguments.Rows = node.Rows;
        Gain(pool, node.B!, &arguments, 0, node.Heads.Heads);
        Gain(pool, node.C!, &arguments, node.Heads.Heads, Normed(node.Heads));
        if (x.Accepts(out arguments.Sink))
        {
            pool.For(node.Rows, Grain(node.Heads), &BackwardPart, &arguments);
        }
    }

    private static void Gain(WorkerPool pool, Node gain, Arguments* arguments, int firstHead, int lastHead)
    {
        if (gain.Accepts(out arguments->Sink))
        {
            (arguments->FirstHead, arguments->LastHead) = (firstHead, lastHead);
            long work = (long)Simd.Width * (lastHead - firstHead) * Math.Max(arguments->Rows, 1);
            pool.For(Simd.Registers(arguments->Heads.Size), (int)Math.Max(1, 65_536 / work), &GainPart, arguments);
        }
    }

    private static int Grain(HeadLayout heads) => 1 + (8192 / heads.PackedWidth);

    private static Arguments Of(Node x, Node queryGain, Node keyGain, Node y) => new()
    {
        X = x.Data,
        QueryGain = queryGain.Data,
        KeyGain = keyGain.Data,
        Scales = y.Saved0.Data,
        Heads = y.Heads,
    };

    private static void ForwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        int normed = Normed(a->Heads);
        for (int row = from; row < to; row++)
        {
            long start = (long)row * a->Heads.PackedWidth;
            for (int head = 0; head < normed; head++)
            {
                long offset = start + (head * a->Heads.Size);
                var (_, scale) = Normalization.ForwardRow(a->X + offset, a->GainOf(head), null, a->Epsilon, a->Y + offset, a->Heads.Size);
                if (a->Scales != null)
                {
                    a->Scales[((long)row * normed) + head] = scale;
                }
            }

            PassValues(a, a->X + start, new GradientSink(a->Y + start, false));
        }
    }

    private static void BackwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        int normed = Normed(a->Heads);
        for (int row = from; row < to; row++)
        {
            long start = (long)row * a->Heads.PackedWidth;
            for (int head = 0; head < normed; head++)
            {
                long offset = start + (head * a->Heads.Size);
                float scale = a->Scales[((long)row * normed) + head];
                var sink = new GradientSink(a->Sink.Data + offset, a->Sink.Accumulate);
                Normalization.BackwardRow(a->X + offset, a->Gradient + offset, a->GainOf(head), 0, scale, false, sink, a->Heads.Size);
            }

            PassValues(a, a->Gradient + start, new GradientSink(a->Sink.Data + start, a->Sink.Accumulate));
        }
    }

    private static void PassValues(Arguments* a, float* source, GradientSink sink)
    {
        for (int i = Normed(a->Heads) * a->Heads.Size; i < a->Heads.PackedWidth; i += Simd.Width)
        {
            int left = a->Heads.PackedWidth - i;
            Simd.Deliver(Simd.LoadUpTo(source + i, left), sink.Data + i, left, sink.Accumulate);
        }
    }

    /// <summary>Gain gradient of whole columns: Σ over rows and heads of gradient · normalised.</summary>
    private static void GainPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int column = from * Simd.Width; column < to * Simd.Width; column += Simd.Width)
        {
            int left = a->Heads.Size - column;
            Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
            for (int row = 0; row < a->Rows; row += RowBlock)
            {
                var (first, second) = Vector512.Widen(GainBlock(a, column, left, row, Math.Min(a->Rows, row + RowBlock)));
                low += first;
                high += second;
            }

            Simd.Deliver(Vector512.Narrow(low, high), a->Sink.Data + column, left, a->Sink.Accumulate);
        }
    }

    private static Vector512<float> GainBlock(Arguments* a, int column, int left, int from, int to)
    {
        int normed = Normed(a->Heads);
        var sum = Vector512<float>.Zero;
        for (int row = from; row < to; row++)
        {
            for (int head = a->FirstHead; head < a->LastHead; head++)
            {
                long offset = ((long)row * a->Heads.PackedWidth) + (head * a->Heads.Size) + column;
                var factor = Vector512.Create(a->Scales[((long)row * normed) + head]);
                sum += Simd.LoadUpTo(a->Gradient + offset, left) * Simd.LoadUpTo(a->X + offset, left) * factor;
            }
        }

        return sum;
    }

    private struct Arguments
    {
        public float* X;
        public float* QueryGain;
        public float* KeyGain;
        public double Epsilon;
        public float* Scales;
        public float* Y;
        public float* Gradient;
        public GradientSink Sink;
        public HeadLayout Heads;
        public int Rows;
        public int FirstHead;
        public int LastHead;

        public readonly float* GainOf(int head) => head < Heads.Heads ? QueryGain : KeyGain;
    }
}
