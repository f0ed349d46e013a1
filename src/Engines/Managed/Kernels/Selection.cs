using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>Selections: values and gradients are picked, never multiplied, so what is not picked cannot leak.</summary>
internal static unsafe class Selection
{
    /// <summary>less, equal or greater by the order of left and right.</summary>
    public static void ByOrder(WorkerPool pool, Node left, Node right, Node less, Node equal, Node greater, Node result)
    {
        var arguments =
            new Arguments { X = left.Data, Right = right.Data, P = less.Data, Q = equal.Data, R = greater.Data, Y = result.Data };
        pool.For(Simd.Registers(result.Length), Grains.Cheap, &ByOrderPart, &arguments);
    }

    /// <summary>Inputs: A left, B right, C less, D equal, E greater.</summary>
    public static void ByOrderBackward(Node node)
    {
        var arguments = new Arguments { X = node.A!.Data, Right = node.B!.Data, P = node.Arrived };
        Route(node, node.C!, 0, &arguments, &ByOrderSlopePart);
        Route(node, node.D!, 1, &arguments, &ByOrderSlopePart);
        Route(node, node.E!, 2, &arguments, &ByOrderSlopePart);
    }

    /// <summary>inside where low ≤ x ≤ high, else outside.</summary>
    public static void Inside(WorkerPool pool, Node x, Node inside, Node outside, Node result)
    {
        var arguments = new Arguments
        {
            X = x.Data,
            P = inside.Data,
            Q = outside.Data,
            Y = result.Data,
            Low = Vector512.Create(result.Scalar0),
            High = Vector512.Create(result.Scalar1),
        };
        pool.For(Simd.Registers(result.Length), Grains.Cheap, &InsidePart, &arguments);
    }

    /// <summary>Inputs: A x, B inside, C outside.</summary>
    public static void InsideBackward(Node node)
    {
        var arguments = new Arguments
        {
            X = node.A!.Data,
            P = node.Arrived,
            Low = Vector512.Create(node.Scalar0),
            High = Vector512.Create(node.Scalar1),
        };
        Route(node, node.B!, 0, &arguments, &InsideSlopePart);
        Route(node, node.C!, 1, &arguments, &InsideSlopePart);
    }

    /// <summary>x where the flag is set, else otherwise; a null operand is zero.</summary>
    public static void ByFlags(ReadOnlySpan<bool> flags, float* x, float* otherwise, float* result, bool accumulate)
    {
        fixed (bool* flag = flags)
        {
            int i = 0;
            for (; i + Simd.Width <= flags.Length; i += Simd.Width)
            {
                var set = Simd.FlagLanes(flag + i);
                var picked = Vector512.ConditionalSelect(
                    set, x == null ? V.Zero : Vector512.Load(x + i), otherwise == null ? V.Zero : Vector512.Load(otherwise + i));
                Simd.Deliver(picked, result + i, Simd.Width, accumulate);
            }

            for (; i < flags.Length; i++)
            {
                float* source = flag[i] ? x : otherwise;
                result[i] = (source == null ? 0 : source[i]) + (accumulate ? result[i] : 0);
            }
        }
    }

    /// <summary>Inputs: A x, B otherwise.</summary>
    public static void ByFlagsBackward(Node node)
    {
        if (node.A!.Accepts(out var x))
        {
            ByFlags(node.Mask!.Flags, node.Arrived, null, x.Data, x.Accumulate);
        }

        if (node.B!.Accepts(out var otherwise))
        {
            ByFlags(node.Mask!.Flags, null, node.Arrived, otherwise.Data, otherwise.Accumulate);
        }
    }

    private static void Route(Node node, Node input, int branch, Arguments* arguments, delegate*<void*, int, int, void> part)
    {
        if (input.Accepts(out var sink))
        {
            arguments->Sink = sink;
            arguments->Branch = branch;
            node.Engine.Pool.For(Simd.Registers(node.Length), Grains.Cheap, part, arguments);
        }
    }

    private static void ByOrderPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var picked = Order.Select(
                Vector512.Load(a->X + i),
                Vector512.Load(a->Right + i),
                Vector512.Load(a->P + i),
                Vector512.Load(a->Q + i),
                Vector512.Load(a->R + i));
            picked.Store(a->Y + i);
        }
    }

    private static void ByOrderSlopePart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var gradient = Vector512.Load(a->P + i);
            var picked = Order.Select(
                Vector512.Load(a->X + i),
                Vector512.Load(a->Right + i),
                a->Branch == 0 ? gradient : V.Zero,
                a->Branch == 1 ? gradient : V.Zero,
                a->Branch == 2 ? gradient : V.Zero);
            Simd.Deliver(picked, a->Sink.Data + i, Simd.Width, a->Sink.Accumulate);
        }
    }

    private static void InsidePart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            Vector512.ConditionalSelect(IsInside(a, i), Vector512.Load(a->P + i), Vector512.Load(a->Q + i)).Store(a->Y + i);
        }
    }

    private static void InsideSlopePart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int i = from * Simd.Width; i < to * Simd.Width; i += Simd.Width)
        {
            var inside = IsInside(a, i);
            var picked = Vector512.Load(a->P + i) & (a->Branch == 0 ? inside : ~inside);
            Simd.Deliver(picked, a->Sink.Data + i, Simd.Width, a->Sink.Accumulate);
        }
    }

    private static V IsInside(Arguments* a, int i)
    {
        var x = Vector512.Load(a->X + i);
        return Vector512.GreaterThanOrEqual(x, a->Low) & Vector512.LessThanOrEqual(x, a->High);
    }

    private struct Arguments
    {
        public float* X;
        public float* Right;
        public float* P;
        public float* Q;
        public float* R;
        public float* Y;
        public GradientSink Sink;
        public int Branch;
        public V Low;
        public V High;
    }
}
