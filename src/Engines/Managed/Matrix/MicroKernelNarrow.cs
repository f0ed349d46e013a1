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
    public static int Rows => 6;

    public static int Columns => 2 * TLane.Width;

    public static void Run(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue)
    {
        TLane c0 = TLane.Zero, d0 = TLane.Zero;
        TLane c1 = TLane.Zero, d1 = TLane.Zero;
        TLane c2 = TLane.Zero, d2 = TLane.Zero;
        TLane c3 = TLane.Zero, d3 = TLane.Zero;
        TLane c4 = TLane.Zero, d4 = TLane.Zero;
        TLane c5 = TLane.Zero, d5 = TLane.Zero;
        for (int k = 0; k < depth; k++)
        {
            TLane left = TLane.Load(b), right = TLane.Load(b + TLane.Width);
            TLane x0 = TLane.Broadcast(a[0]);
            c0 = TLane.MultiplyAdd(x0, left, c0);
            d0 = TLane.MultiplyAdd(x0, right, d0);
            TLane x1 = TLane.Broadcast(a[1]);
            c1 = TLane.MultiplyAdd(x1, left, c1);
            d1 = TLane.MultiplyAdd(x1, right, d1);
            TLane x2 = TLane.Broadcast(a[2]);
            c2 = TLane.MultiplyAdd(x2, left, c2);
            d2 = TLane.MultiplyAdd(x2, right, d2);
            TLane x3 = TLane.Broadcast(a[3]);
            c3 = TLane.MultiplyAdd(x3, left, c3);
            d3 = TLane.MultiplyAdd(x3, right, d3);
            TLane x4 = TLane.Broadcast(a[4]);
            c4 = TLane.MultiplyAdd(x4, left, c4);
            d4 = TLane.MultiplyAdd(x4, right, d4);
            TLane x5 = TLane.Broadcast(a[5]);
            c5 = TLane.MultiplyAdd(x5, left, c5);
            d5 = TLane.MultiplyAdd(x5, right, d5);
            a += 6;
            b += 2 * TLane.Width;
        }

        Store(c, c0, d0, epilogue);
        Store(c + stride, c1, d1, epilogue);
        Store(c + (2 * stride), c2, d2, epilogue);
        Store(c + (3 * stride), c3, d3, epilogue);
        Store(c + (4 * stride), c4, d4, epilogue);
        Store(c + (5 * stride), c5, d5, epilogue);
    }

    public static void RunHalf(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue) =>
        Run(depth, a, b, c, stride, epilogue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TLane left, TLane right, Epilogue epilogue)
    {
        if (epilogue.Accumulate)
        {
            left = TLane.Add(left, TLane.Load(c));
            right = TLane.Add(right, TLane.Load(c + TLane.Width));
        }
        else if (epilogue.Bias != null)
        {
            left = TLane.Add(left, TLane.Load(epilogue.Bias));
            right = TLane.Add(right, TLane.Load(epilogue.Bias + TLane.Width));
        }

        TLane.Store(left, c);
        TLane.Store(right, c + TLane.Width);
    }
}
