using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// 12 × 32 on 512-bit registers: 24 accumulators, two registers of b, one broadcast of a. Unrolled by hand, because
/// accumulators must be locals to stay in registers.
/// </summary>
internal readonly unsafe struct MicroKernel512 : IMicroKernel
{
    private const int Tile = 12 * 32;

    public static int Rows => 12;

    public static int Columns => 32;

    [SkipLocalsInit]
    public static void Run<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder
    {
        epilogue.Fetch(c, Rows, stride);
        V c00 = V.Zero, d00 = V.Zero, c01 = V.Zero, d01 = V.Zero;
        V c02 = V.Zero, d02 = V.Zero, c03 = V.Zero, d03 = V.Zero;
        V c04 = V.Zero, d04 = V.Zero, c05 = V.Zero, d05 = V.Zero;
        V c06 = V.Zero, d06 = V.Zero, c07 = V.Zero, d07 = V.Zero;
        V c08 = V.Zero, d08 = V.Zero, c09 = V.Zero, d09 = V.Zero;
        V c10 = V.Zero, d10 = V.Zero, c11 = V.Zero, d11 = V.Zero;
        for (int k = 0; k < depth; k++)
        {
            if (TOrder.LooksAhead)
            {
                ahead.Fetch(k);
            }

            V left = Vector512.Load(b), right = Vector512.Load(b + 16);
            V x00 = Vector512.Create(a[TOrder.Row(0)]);
            c00 = Vector512.FusedMultiplyAdd(x00, left, c00);
            d00 = Vector512.FusedMultiplyAdd(x00, right, d00);
            V x01 = Vector512.Create(a[TOrder.Row(1)]);
            c01 = Vector512.FusedMultiplyAdd(x01, left, c01);
            d01 = Vector512.FusedMultiplyAdd(x01, right, d01);
            V x02 = Vector512.Create(a[TOrder.Row(2)]);
            c02 = Vector512.FusedMultiplyAdd(x02, left, c02);
            d02 = Vector512.FusedMultiplyAdd(x02, right, d02);
            V x03 = Vector512.Create(a[TOrder.Row(3)]);
            c03 = Vector512.FusedMultiplyAdd(x03, left, c03);
            d03 = Vector512.FusedMultiplyAdd(x03, right, d03);
            V x04 = Vector512.Create(a[TOrder.Row(4)]);
            c04 = Vector512.FusedMultiplyAdd(x04, left, c04);
            d04 = Vector512.FusedMultiplyAdd(x04, right, d04);
            V x05 = Vector512.Create(a[TOrder.Row(5)]);
            c05 = Vector512.FusedMultiplyAdd(x05, left, c05);
            d05 = Vector512.FusedMultiplyAdd(x05, right, d05);
            V x06 = Vector512.Create(a[TOrder.Row(6)]);
            c06 = Vector512.FusedMultiplyAdd(x06, left, c06);
            d06 = Vector512.FusedMultiplyAdd(x06, right, d06);
            V x07 = Vector512.Create(a[TOrder.Row(7)]);
            c07 = Vector512.FusedMultiplyAdd(x07, left, c07);
            d07 = Vector512.FusedMultiplyAdd(x07, right, d07);
            V x08 = Vector512.Create(a[TOrder.Row(8)]);
            c08 = Vector512.FusedMultiplyAdd(x08, left, c08);
            d08 = Vector512.FusedMultiplyAdd(x08, right, d08);
            V x09 = Vector512.Create(a[TOrder.Row(9)]);
            c09 = Vector512.FusedMultiplyAdd(x09, left, c09);
            d09 = Vector512.FusedMultiplyAdd(x09, right, d09);
            V x10 = Vector512.Create(a[TOrder.Row(10)]);
            c10 = Vector512.FusedMultiplyAdd(x10, left, c10);
            d10 = Vector512.FusedMultiplyAdd(x10, right, d10);
            V x11 = Vector512.Create(a[TOrder.Row(11)]);
            c11 = Vector512.FusedMultiplyAdd(x11, left, c11);
            d11 = Vector512.FusedMultiplyAdd(x11, right, d11);
            a += TOrder.Step(Rows);
            b += 32;
        }

        // One way out of the loop, without a branch among the sums: the compiler then keeps them in registers.
        float* aside = stackalloc float[Tile];
        float* target = epilogue.IsNone ? c : aside;
        int step = epilogue.IsNone ? stride : 32;
        Store(target, c00, d00);
        Store(target + step, c01, d01);
        Store(target + (2 * step), c02, d02);
        Store(target + (3 * step), c03, d03);
        Store(target + (4 * step), c04, d04);
        Store(target + (5 * step), c05, d05);
        Store(target + (6 * step), c06, d06);
        Store(target + (7 * step), c07, d07);
        Store(target + (8 * step), c08, d08);
        Store(target + (9 * step), c09, d09);
        Store(target + (10 * step), c10, d10);
        Store(target + (11 * step), c11, d11);
        if (!epilogue.IsNone)
        {
            epilogue.Deliver(aside, Rows, Columns, c, stride);
        }
    }

    [SkipLocalsInit]
    public static void RunHalf<TOrder>(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue, Ahead ahead)
        where TOrder : struct, ILeftOrder
    {
        epilogue.Fetch(c, Rows, stride);
        V c00 = V.Zero, c01 = V.Zero, c02 = V.Zero, c03 = V.Zero;
        V c04 = V.Zero, c05 = V.Zero, c06 = V.Zero, c07 = V.Zero;
        V c08 = V.Zero, c09 = V.Zero, c10 = V.Zero, c11 = V.Zero;
        for (int k = 0; k < depth; k++)
        {
            if (TOrder.LooksAhead)
            {
                ahead.Fetch(k);
            }

            V left = Vector512.Load(b);
            c00 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(0)]), left, c00);
            c01 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(1)]), left, c01);
            c02 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(2)]), left, c02);
            c03 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(3)]), left, c03);
            c04 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(4)]), left, c04);
            c05 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(5)]), left, c05);
            c06 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(6)]), left, c06);
            c07 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(7)]), left, c07);
            c08 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(8)]), left, c08);
            c09 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(9)]), left, c09);
            c10 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(10)]), left, c10);
            c11 = Vector512.FusedMultiplyAdd(Vector512.Create(a[TOrder.Row(11)]), left, c11);
            a += TOrder.Step(Rows);
            b += 32;
        }

        // One way out of the loop, without a branch among the sums: the compiler then keeps them in registers.
        float* aside = stackalloc float[Tile];
        float* target = epilogue.IsNone ? c : aside;
        int step = epilogue.IsNone ? stride : Columns / 2;
        c00.Store(target);
        c01.Store(target + step);
        c02.Store(target + (2 * step));
        c03.Store(target + (3 * step));
        c04.Store(target + (4 * step));
        c05.Store(target + (5 * step));
        c06.Store(target + (6 * step));
        c07.Store(target + (7 * step));
        c08.Store(target + (8 * step));
        c09.Store(target + (9 * step));
        c10.Store(target + (10 * step));
        c11.Store(target + (11 * step));
        if (!epilogue.IsNone)
        {
            epilogue.Deliver(aside, Rows, Columns / 2, c, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, V left, V right)
    {
        left.Store(target);
        right.Store(target + 16);
    }
}
