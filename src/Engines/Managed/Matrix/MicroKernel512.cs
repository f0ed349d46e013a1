using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// 12 × 32 on 512-bit registers: 24 accumulators, two registers of b, one broadcast of a. Unrolled by hand, because
/// accumulators must be locals to stay in registers.
/// </summary>
internal readonly unsafe struct MicroKernel512 : IMicroKernel
{
    public static int Rows => 12;

    public static int Columns => 32;

    public static void Run(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue)
    {
        V c00 = V.Zero, d00 = V.Zero, c01 = V.Zero, d01 = V.Zero;
        V c02 = V.Zero, d02 = V.Zero, c03 = V.Zero, d03 = V.Zero;
        V c04 = V.Zero, d04 = V.Zero, c05 = V.Zero, d05 = V.Zero;
        V c06 = V.Zero, d06 = V.Zero, c07 = V.Zero, d07 = V.Zero;
        V c08 = V.Zero, d08 = V.Zero, c09 = V.Zero, d09 = V.Zero;
        V c10 = V.Zero, d10 = V.Zero, c11 = V.Zero, d11 = V.Zero;
        for (int k = 0; k < depth; k++)
        {
            V left = Vector512.Load(b), right = Vector512.Load(b + 16);
            V x00 = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x00, left, c00);
            d00 = Vector512.FusedMultiplyAdd(x00, right, d00);
            V x01 = Vector512.Create(a[1]);
            c01 = Vector512.FusedMultiplyAdd(x01, left, c01);
            d01 = Vector512.FusedMultiplyAdd(x01, right, d01);
            V x02 = Vector512.Create(a[2]);
            c02 = Vector512.FusedMultiplyAdd(x02, left, c02);
            d02 = Vector512.FusedMultiplyAdd(x02, right, d02);
            V x03 = Vector512.Create(a[3]);
            c03 = Vector512.FusedMultiplyAdd(x03, left, c03);
            d03 = Vector512.FusedMultiplyAdd(x03, right, d03);
            V x04 = Vector512.Create(a[4]);
            c04 = Vector512.FusedMultiplyAdd(x04, left, c04);
            d04 = Vector512.FusedMultiplyAdd(x04, right, d04);
            V x05 = Vector512.Create(a[5]);
            c05 = Vector512.FusedMultiplyAdd(x05, left, c05);
            d05 = Vector512.FusedMultiplyAdd(x05, right, d05);
            V x06 = Vector512.Create(a[6]);
            c06 = Vector512.FusedMultiplyAdd(x06, left, c06);
            d06 = Vector512.FusedMultiplyAdd(x06, right, d06);
            V x07 = Vector512.Create(a[7]);
            c07 = Vector512.FusedMultiplyAdd(x07, left, c07);
            d07 = Vector512.FusedMultiplyAdd(x07, right, d07);
            V x08 = Vector512.Create(a[8]);
            c08 = Vector512.FusedMultiplyAdd(x08, left, c08);
            d08 = Vector512.FusedMultiplyAdd(x08, right, d08);
            V x09 = Vector512.Create(a[9]);
            c09 = Vector512.FusedMultiplyAdd(x09, left, c09);
            d09 = Vector512.FusedMultiplyAdd(x09, right, d09);
            V x10 = Vector512.Create(a[10]);
            c10 = Vector512.FusedMultiplyAdd(x10, left, c10);
            d10 = Vector512.FusedMultiplyAdd(x10, right, d10);
            V x11 = Vector512.Create(a[11]);
            c11 = Vector512.FusedMultiplyAdd(x11, left, c11);
            d11 = Vector512.FusedMultiplyAdd(x11, right, d11);
            a += 12;
            b += 32;
        }

        Store(c, c00, d00, epilogue);
        Store(c + stride, c01, d01, epilogue);
        Store(c + (2 * stride), c02, d02, epilogue);
        Store(c + (3 * stride), c03, d03, epilogue);
        Store(c + (4 * stride), c04, d04, epilogue);
        Store(c + (5 * stride), c05, d05, epilogue);
        Store(c + (6 * stride), c06, d06, epilogue);
        Store(c + (7 * stride), c07, d07, epilogue);
        Store(c + (8 * stride), c08, d08, epilogue);
        Store(c + (9 * stride), c09, d09, epilogue);
        Store(c + (10 * stride), c10, d10, epilogue);
        Store(c + (11 * stride), c11, d11, epilogue);
    }

    public static void RunHalf(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue)
    {
        V c00 = V.Zero, c01 = V.Zero, c02 = V.Zero, c03 = V.Zero;
        V c04 = V.Zero, c05 = V.Zero, c06 = V.Zero, c07 = V.Zero;
        V c08 = V.Zero, c09 = V.Zero, c10 = V.Zero, c11 = V.Zero;
        for (int k = 0; k < depth; k++)
        {
            V left = Vector512.Load(b);
            c00 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), left, c00);
            c01 = Vector512.FusedMultiplyAdd(Vector512.Create(a[1]), left, c01);
            c02 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2]), left, c02);
            c03 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3]), left, c03);
            c04 = Vector512.FusedMultiplyAdd(Vector512.Create(a[4]), left, c04);
            c05 = Vector512.FusedMultiplyAdd(Vector512.Create(a[5]), left, c05);
            c06 = Vector512.FusedMultiplyAdd(Vector512.Create(a[6]), left, c06);
            c07 = Vector512.FusedMultiplyAdd(Vector512.Create(a[7]), left, c07);
            c08 = Vector512.FusedMultiplyAdd(Vector512.Create(a[8]), left, c08);
            c09 = Vector512.FusedMultiplyAdd(Vector512.Create(a[9]), left, c09);
            c10 = Vector512.FusedMultiplyAdd(Vector512.Create(a[10]), left, c10);
            c11 = Vector512.FusedMultiplyAdd(Vector512.Create(a[11]), left, c11);
            a += 12;
            b += 32;
        }

        StoreOne(c, c00, epilogue, 0);
        StoreOne(c + stride, c01, epilogue, 0);
        StoreOne(c + (2 * stride), c02, epilogue, 0);
        StoreOne(c + (3 * stride), c03, epilogue, 0);
        StoreOne(c + (4 * stride), c04, epilogue, 0);
        StoreOne(c + (5 * stride), c05, epilogue, 0);
        StoreOne(c + (6 * stride), c06, epilogue, 0);
        StoreOne(c + (7 * stride), c07, epilogue, 0);
        StoreOne(c + (8 * stride), c08, epilogue, 0);
        StoreOne(c + (9 * stride), c09, epilogue, 0);
        StoreOne(c + (10 * stride), c10, epilogue, 0);
        StoreOne(c + (11 * stride), c11, epilogue, 0);
    }

    private static void Store(float* c, V left, V right, Epilogue epilogue)
    {
        StoreOne(c, left, epilogue, 0);
        StoreOne(c + 16, right, epilogue, 16);
    }

    private static void StoreOne(float* c, V value, Epilogue epilogue, int column)
    {
        if (epilogue.Accumulate)
        {
            value += Vector512.Load(c);
        }
        else if (epilogue.Bias != null)
        {
            value += Vector512.Load(epilogue.Bias + column);
        }

        value.Store(c);
    }
}
