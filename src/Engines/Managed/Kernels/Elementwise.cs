using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>
/// Passes over whole blocks, one register at a time. Blocks are aligned and have slack, so the last register may run over the
/// end and no pass needs a tail.
/// </summary>
internal static unsafe class Elementwise
{
    public static void Fill(WorkerPool pool, float* destination, int length, float value)
    {
        var arguments = new Arguments { Y = destination, P = Vector512.Create(value) };
        pool.For(Simd.Registers(length), Grains.Cheap, &FillPart, &arguments);
    }

    public static void Copy(WorkerPool pool, float* source, float* destination, int length)
    {
        var arguments = new Arguments { X = source, Y = destination };
        pool.For(Simd.Registers(length), Grains.Cheap, &CopyPart, &arguments);
    }

    /// <summary>Delivers a gradient unchanged.</summary>
    public static void Add(WorkerPool pool, float* gradient, GradientSink sink, int length)
    {
        if (!sink.Accumulate)
        {
            Copy(pool, gradient, sink.Data, length);
            return;
        }

        var arguments = new Arguments { X = gradient, Y = sink.Data };
        pool.For(Simd.Registers(length), Grains.Cheap, &AddPart, &arguments);
    }

    /// <summary>destination += source, one row.</summary>
    public static void AddRow(float* source, float* destination, int columns)
    {
        for (int i = 0; i < columns; i += Simd.Width)
        {
            Simd.Deliver(Simd.LoadUpTo(source + i, columns - i), destination + i, columns - i, accumulate: true);
        }
    }

    /// <summary>Delivers gradient · slope.</summary>
    public static void Chain(WorkerPool pool, float* gradient, float* slope, GradientSink sink, int length)
    {
        var arguments = new Arguments { Gradient = gradient, X = slope, Sink = sink };
        pool.For(Simd.Registers(length), Grains.Cheap, &ChainPart, &arguments);
    }

    public static void Unary<TOperation>(WorkerPool pool, float* x, float* y, int length, float p, float q)
        where TOperation : struct, IUnaryOperation
    {
        var arguments = new Arguments { X = x, Y = y, P = Vector512.Create(p), Q = Vector512.Create(q) };
        pool.For(Simd.Registers(length), TOperation.Grain, &UnaryPart<TOperation>, &arguments);
    }

    public static void UnaryBackward<TOperation>(Node node)
        where TOperation : struct, IUnaryOperation
    {
        if (!node.A!.Accepts(out var sink))
        {
            return;
        }

        var arguments = new Arguments
        {
            X = node.A.Data,
            Y = node.Data,
            Gradient = node.Arrived,
            Sink = sink,
            P = Vector512.Create(node.Scalar0),
            Q = Vector512.Create(node.Scalar1),
        };
        node.Engine.Pool.For(Simd.Registers(node.Length), TOperation.Grain, &UnarySlopePart<TOperation>, &arguments);
    }

    public static void Binary<TOperation>(WorkerPool pool, float* left, float* right, float* y, int length)
        where TOperation : struct, IBinaryValue
    {
        var arguments = new Arguments { X = left, Right = right, Y = y };
        pool.For(Simd.Registers(length), Grains.Cheap, &BinaryPart<TOperation>, &arguments);
    }

    public static void BinaryBackward<TOperation>(Node node)
        where TOperation : struct, IBinaryOperation
    {
        var arguments = new Arguments { X = node.A!.Data, Right = node.B!.Data, Y = node.Data, Gradient = node.Arrived };
        int registers = Simd.Registers(node.Length);
        if (node.A.Accepts(out var left))
        {
            arguments.Sink = left;
            node.Engine.Pool.For(registers, Grains.Cheap, &LeftSlopePart<TOperation>, &arguments);
        }

        if (node.B.Accepts(out var right))
        {
            arguments.Sink = right;
            node.Engine.Pool.For(registers, Grains.Cheap, &RightSlopePart<TOperation>, &arguments);
        }
    }

    private static void FillPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            a->P.Store(a->Y + i);
        }
    }

    private static void CopyPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        long bytes = (long)(to - from) * Simd.Width * sizeof(float);
        Buffer.MemoryCopy(a->X + ((long)from * Simd.Width), a->Y + ((long)from * Simd.Width), bytes, bytes);
    }

    private static void AddPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            (Vector512.Load(a->X + i) + Vector512.Load(a->Y + i)).Store(a->Y + i);
        }
    }

    private static void ChainPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            Deliver(a, i, Simd.Chain(Vector512.Load(a->Gradient + i), Vector512.Load(a->X + i)));
        }
    }

    private static void UnaryPart<TOperation>(void* state, int from, int to)
        where TOperation : struct, IUnaryOperation
    {
        var a = (Arguments*)state;
        float* x = a->X;
        float* y = a->Y;
        var (p, q) = (a->P, a->Q);
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            TOperation.Value(Vector512.Load(x + i), p, q).Store(y + i);
        }
    }

    private static void UnarySlopePart<TOperation>(void* state, int from, int to)
        where TOperation : struct, IUnaryOperation
    {
        var a = (Arguments*)state;
        var (p, q) = (a->P, a->Q);
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var slope = TOperation.Slope(Vector512.Load(a->X + i), Vector512.Load(a->Y + i), p, q);
            Deliver(a, i, Simd.Chain(Vector512.Load(a->Gradient + i), slope));
        }
    }

    private static void BinaryPart<TOperation>(void* state, int from, int to)
        where TOperation : struct, IBinaryValue
    {
        var a = (Arguments*)state;
        float* x = a->X;
        float* right = a->Right;
        float* y = a->Y;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            TOperation.Value(Vector512.Load(x + i), Vector512.Load(right + i)).Store(y + i);
        }
    }

    private static void LeftSlopePart<TOperation>(void* state, int from, int to)
        where TOperation : struct, IBinaryOperation
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var slope = TOperation.LeftSlope(Vector512.Load(a->X + i), Vector512.Load(a->Right + i), Vector512.Load(a->Y + i));
            Deliver(a, i, Simd.Chain(Vector512.Load(a->Gradient + i), slope));
        }
    }

    private static void RightSlopePart<TOperation>(void* state, int from, int to)
        where TOperation : struct, IBinaryOperation
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var slope = TOperation.RightSlope(Vector512.Load(a->X + i), Vector512.Load(a->Right + i), Vector512.Load(a->Y + i));
            Deliver(a, i, Simd.Chain(Vector512.Load(a->Gradient + i), slope));
        }
    }

    private static void Deliver(Arguments* a, int i, Vector512<float> gradient) =>
        Simd.Deliver(gradient, a->Sink.Data + i, Simd.Width, a->Sink.Accumulate);

    private struct Arguments
    {
        public float* X;
        public float* Right;
        public float* Y;
        public float* Gradient;
        public GradientSink Sink;
        public Vector512<float> P;
        public Vector512<float> Q;
    }
}
