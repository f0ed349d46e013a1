using System.Runtime.CompilerServices;

namespace RlCore.Engines.Managed;

/// <summary>
/// 6 rows × two registers: 12 accumulators, two registers of b and one broadcast fill the 16 registers that AVX2 and SSE
/// have.
/// </summary>
/// <typeparam name="TLane">The register.</typeparam>
internal readonly unsafe struct MicroKernelNarrow<TLane> : IMicroKernel
    where TLane : struct, ILane<TLane>
{
    private const int LargestTile = 6 * 2 * 8;

    public static int Rows => 6;

    public static int Columns => 2 * TLane.Width;

    [SkipLocalsInit]
    public static void Run<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder
    {
        epilogue.Fetch(c, Rows, stride);
        TLane c0 = TLane.Zero, d0 = TLane.Zero;
        TLane c1 = TLane.Zero, d1 = TLane.Zero;
        TLane c2 = TLane.Zero, d2 = TLane.Zero;
        TLane c3 = TLane.Zero, d3 = TLane.Zero;
        TLane c4 = TLane.Zero, d4 = TLane.Zero;
        TLane c5 = TLane.Zero, d5 = TLane.Zero;
        for (int k = 0; k < depth; k++)
        {
            if (TOrder.LooksAhead)
            {
                ahead.Fetch(k);
            }

            TLane left = TLane.Load(b), right = TLane.Load(b + TLane.Width);
            TLane x0 = TLane.Broadcast(a[TOrder.Row(0)]);
            c0 = TLane.MultiplyAdd(x0, left, c0);
            d0 = TLane.MultiplyAdd(x0, right, d0);
            TLane x1 = TLane.Broadcast(a[TOrder.Row(1)]);
            c1 = TLane.MultiplyAdd(x1, left, c1);
            d1 = TLane.MultiplyAdd(x1, right, d1);
            TLane x2 = TLane.Broadcast(a[TOrder.Row(2)]);
            c2 = TLane.MultiplyAdd(x2, left, c2);
            d2 = TLane.MultiplyAdd(x2, right, d2);
            TLane x3 = TLane.Broadcast(a[TOrder.Row(3)]);
            c3 = TLane.MultiplyAdd(x3, left, c3);
            d3 = TLane.MultiplyAdd(x3, right, d3);
            TLane x4 = TLane.Broadcast(a[TOrder.Row(4)]);
            c4 = TLane.MultiplyAdd(x4, left, c4);
            d4 = TLane.MultiplyAdd(x4, right, d4);
            TLane x5 = TLane.Broadcast(a[TOrder.Row(5)]);
            c5 = TLane.MultiplyAdd(x5, left, c5);
            d5 = TLane.MultiplyAdd(x5, right, d5);
            a += TOrder.Step(Rows);
            b += 2 * TLane.Width;
        }

        // One way out of the loop, without a branch among the sums: the compiler then keeps them in registers.
        float* aside = stackalloc float[LargestTile];
        float* target = epilogue.IsNone ? c : aside;
        int step = epilogue.IsNone ? stride : Columns;
        Store(target, c0, d0);
        Store(target + step, c1, d1);
        Store(target + (2 * step), c2, d2);
        Store(target + (3 * step), c3, d3);
        Store(target + (4 * step), c4, d4);
        Store(target + (5 * step), c5, d5);
        if (!epilogue.IsNone)
        {
            epilogue.Deliver(aside, Rows, Columns, c, stride);
        }
    }

    public static void RunHalf<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder =>
        Run<TOrder>(depth, a, b, c, stride, epilogue, ahead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, TLane left, TLane right)
    {
        TLane.Store(left, target);
        TLane.Store(right, target + TLane.Width);
    }
}
