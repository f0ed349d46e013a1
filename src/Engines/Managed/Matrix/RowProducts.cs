using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Products of one to four rows with a transposed matrix (decoding): the weight is read once, as it lies, and sixteen of its rows are
/// turned sixteen elements at a time, so that a register holds one step of depth of sixteen columns. Each element sums in the order of
/// <see cref="Gemm"/>'s packed products, so the bits are theirs.
/// </summary>
internal static unsafe class RowProducts
{
    /// <summary>Rows of A up to which turning the weight in registers costs less than meeting it as packed rows.</summary>
    public const int MostRows = 4;

    // Columns of C in a tile, and steps of depth that are turned together.
    private const int Width = Simd.Width;

    // Lines of each row of the weight that are asked for before they are needed.
    private const int LinesAhead = 24;

    // Multiply-adds that are worth a part of their own.
    private const int PartWork = 100_000;

    /// <summary>C (+)= A·B (+ bias) where A has contiguous rows and B contiguous columns.</summary>
    public static void Multiply<TKernel>(ManagedEngine engine, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
        where TKernel : struct, IMicroKernel
    {
        var job = new Job
        {
            Rows = a.Rows,
            Left = a.At(0, 0),
            LeftStride = a.RowStride,
            B = b,
            C = c,
            Stride = stride,
            Epilogue = epilogue,
        };
        bool turns = TKernel.Columns == 2 * Width && Avx512F.IsSupported;
        delegate*<void*, int, int, void> part = !turns ? &PackedPart : b.Type switch
        {
            WeightType.BF16 => Turned<BFloat16>(a.Rows),
            WeightType.Q80 => Turned<Quantized8>(a.Rows),
            _ => Turned<Float32>(a.Rows),
        };
        int tiles = (b.Columns + Width - 1) / Width;
        engine.Pool.For(tiles, 1 + (PartWork / Math.Max(Width * a.Rows * a.Columns, 1)), part, &job);
    }

    private static delegate*<void*, int, int, void> Turned<TElement>(int rows)
        where TElement : unmanaged, IElement<TElement> => rows switch
        {
            1 => &TurnedPart<TElement, One>,
            2 => &TurnedPart<TElement, Two>,
            3 => &TurnedPart<TElement, Three>,
            _ => &TurnedPart<TElement, Four>,
        };

    private static void TurnedPart<TElement, TRows>(void* state, int from, int to)
        where TElement : unmanaged, IElement<TElement>
        where TRows : struct, IRowCount
    {
        var job = (Job*)state;
        int whole = Math.Min(to, job->B.Columns / Width);
        for (int tile = from; tile < whole; tile++)
        {
            TurnedTile<TElement, TRows>(job, tile * Width);
        }

        if (whole < to)
        {
            PackedPart(state, Math.Max(from, whole), to);
        }
    }

    private static void TurnedTile<TElement, TRows>(Job* job, int column)
        where TElement : unmanaged, IElement<TElement>
        where TRows : struct, IRowCount
    {
        float* rest = stackalloc float[Width * Width];
        var line = (TElement*)job->B.Line(column);
        long pitch = (byte*)job->B.Line(column + 1) - (byte*)line;
        int depth = job->B.Rows;
        float* x0 = job->Left;
        float* x1 = TRows.Count > 1 ? x0 + job->LeftStride : x0;
        float* x2 = TRows.Count > 2 ? x1 + job->LeftStride : x0;
        float* x3 = TRows.Count > 3 ? x2 + job->LeftStride : x0;
        int k = 0;
        do
        {
            bool isFirst = k == 0;
            int end = Math.Min(k + Gemm.DepthBlock, depth);
            V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
            for (; k + Width <= end; k += Width)
            {
                // What comes next of each row, and then of the next tile's: runs too short for the machine to see them coming.
                if ((k & ((Simd.CacheLine / sizeof(TElement)) - 1)) == 0)
                {
                    int ahead = k + (LinesAhead * Simd.CacheLine / sizeof(TElement));
                    Fetch(ahead < depth ? (byte*)(line + ahead) : (byte*)(line + (ahead - depth)) + (Width * pitch), pitch);
                }

                // Four rows of the weight by four steps: within each quarter of a register, then the quarters.
                V r0 = Load(line, pitch, 0, k), r1 = Load(line, pitch, 1, k);
                V r2 = Load(line, pitch, 2, k), r3 = Load(line, pitch, 3, k);
                V aL = Avx512F.UnpackLow(r0, r1), aH = Avx512F.UnpackHigh(r0, r1);
                V aM = Avx512F.UnpackLow(r2, r3), aN = Avx512F.UnpackHigh(r2, r3);
                V a0 = Low(aL, aM), a1 = High(aL, aM), a2 = Low(aH, aN), a3 = High(aH, aN);
                V r4 = Load(line, pitch, 4, k), r5 = Load(line, pitch, 5, k);
                V r6 = Load(line, pitch, 6, k), r7 = Load(line, pitch, 7, k);
                V bL = Avx512F.UnpackLow(r4, r5), bH = Avx512F.UnpackHigh(r4, r5);
                V bM = Avx512F.UnpackLow(r6, r7), bN = Avx512F.UnpackHigh(r6, r7);
                V b0 = Low(bL, bM), b1 = High(bL, bM), b2 = Low(bH, bN), b3 = High(bH, bN);
                V r8 = Load(line, pitch, 8, k), r9 = Load(line, pitch, 9, k);
                V r10 = Load(line, pitch, 10, k), r11 = Load(line, pitch, 11, k);
                V cL = Avx512F.UnpackLow(r8, r9), cH = Avx512F.UnpackHigh(r8, r9);
                V cM = Avx512F.UnpackLow(r10, r11), cN = Avx512F.UnpackHigh(r10, r11);
                V c0 = Low(cL, cM), c1 = High(cL, cM), c2 = Low(cH, cN), c3 = High(cH, cN);
                V r12 = Load(line, pitch, 12, k), r13 = Load(line, pitch, 13, k);
                V r14 = Load(line, pitch, 14, k), r15 = Load(line, pitch, 15, k);
                V dL = Avx512F.UnpackLow(r12, r13), dH = Avx512F.UnpackHigh(r12, r13);
                V dM = Avx512F.UnpackLow(r14, r15), dN = Avx512F.UnpackHigh(r14, r15);
                V d0 = Low(dL, dM), d1 = High(dL, dM), d2 = Low(dH, dN), d3 = High(dH, dN);
                V e0 = Lower(a0, b0), f0 = Upper(a0, b0), g0 = Lower(c0, d0), h0 = Upper(c0, d0);
                V e1 = Lower(a1, b1), f1 = Upper(a1, b1), g1 = Lower(c1, d1), h1 = Upper(c1, d1);
                V e2 = Lower(a2, b2), f2 = Upper(a2, b2), g2 = Lower(c2, d2), h2 = Upper(c2, d2);
                V e3 = Lower(a3, b3), f3 = Upper(a3, b3), g3 = Lower(c3, d3), h3 = Upper(c3, d3);
                V t0 = Even(e0, g0), t4 = Odd(e0, g0), t8 = Even(f0, h0), t12 = Odd(f0, h0);
                V t1 = Even(e1, g1), t5 = Odd(e1, g1), t9 = Even(f1, h1), t13 = Odd(f1, h1);
                V t2 = Even(e2, g2), t6 = Odd(e2, g2), t10 = Even(f2, h2), t14 = Odd(f2, h2);
                V t3 = Even(e3, g3), t7 = Odd(e3, g3), t11 = Even(f3, h3), t15 = Odd(f3, h3);
                s0 = Add(x0 + k, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, s0);
                if (TRows.Count > 1)
                {
                    s1 = Add(x1 + k, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, s1);
                }

                if (TRows.Count > 2)
                {
                    s2 = Add(x2 + k, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, s2);
                }

                if (TRows.Count > 3)
                {
                    s3 = Add(x3 + k, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, s3);
                }
            }

            if (k < end)
            {
                Gemm.PackRight(job->B, k, column, end - k, Width, Width, rest);
                s0 = Add(x0 + k, rest, end - k, s0);
                s1 = TRows.Count > 1 ? Add(x1 + k, rest, end - k, s1) : s1;
                s2 = TRows.Count > 2 ? Add(x2 + k, rest, end - k, s2) : s2;
                s3 = TRows.Count > 3 ? Add(x3 + k, rest, end - k, s3) : s3;
                k = end;
            }

            Deliver(job, 0, column, s0, isFirst);
            if (TRows.Count > 1)
            {
                Deliver(job, 1, column, s1, isFirst);
            }

            if (TRows.Count > 2)
            {
                Deliver(job, 2, column, s2, isFirst);
            }

            if (TRows.Count > 3)
            {
                Deliver(job, 3, column, s3, isFirst);
            }
        }
        while (k < depth);
    }

    /// <summary>The same by way of memory, for narrower registers and for the last columns.</summary>
    private static void PackedPart(void* state, int from, int to)
    {
        var job = (Job*)state;
        float* packed = stackalloc float[Gemm.DepthBlock * Width];
        for (int tile = from; tile < to; tile++)
        {
            int column = tile * Width;
            int columns = Math.Min(Width, job->B.Columns - column);
            int k = 0;
            do
            {
                int depth = Math.Min(Gemm.DepthBlock, job->B.Rows - k);
                Gemm.PackRight(job->B, k, column, depth, columns, Width, packed);
                for (int row = 0; row < job->Rows; row++)
                {
                    float* x = job->Left + ((long)row * job->LeftStride) + k;
                    Deliver(job, row, column, Add(x, packed, depth, V.Zero), k == 0);
                }

                k += depth;
            }
            while (k < job->B.Rows);
        }
    }

    /// <summary>Sums of a block of depth, to C.</summary>
    private static void Deliver(Job* job, int row, int column, V sums, bool isFirst)
    {
        int left = job->B.Columns - column;
        float* target = job->C + ((long)row * job->Stride) + column;
        float* addend = !isFirst || job->Epilogue.Accumulate ? target : job->Epilogue.Bias == null ? null : job->Epilogue.Bias + column;
        Simd.StoreUpTo(addend == null ? sums : sums + Simd.LoadUpTo(addend, left), target, left);
    }

    /// <summary>sums + Σ x[i]·panel[i], in the order of i.</summary>
    private static V Add(float* x, float* panel, int depth, V sums)
    {
        for (int i = 0; i < depth; i++, panel += Width)
        {
            sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[i]), Vector512.Load(panel), sums);
        }

        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Add(
        float* x,
        V t0, V t1, V t2, V t3, V t4, V t5, V t6, V t7,
        V t8, V t9, V t10, V t11, V t12, V t13, V t14, V t15,
        V sums)
    {
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[0]), t0, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[1]), t1, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[2]), t2, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[3]), t3, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[4]), t4, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[5]), t5, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[6]), t6, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[7]), t7, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[8]), t8, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[9]), t9, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[10]), t10, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[11]), t11, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[12]), t12, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[13]), t13, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[14]), t14, sums);
        sums = Vector512.MultiplyAddEstimate(Vector512.Create(x[15]), t15, sums);
        return sums;
    }

    /// <summary>A register of a row of the weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<TElement>(TElement* line, long pitch, int row, int k)
        where TElement : unmanaged, IElement<TElement> =>
        TElement.LoadRegister((TElement*)((byte*)line + (row * pitch)), k);

    /// <summary>Asks for a line of each row of a tile; any address may be given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* line, long pitch)
    {
        for (int row = 0; row < Width; row++, line += pitch)
        {
            Sse.Prefetch0(line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Low(V x, V y) => Avx512F.UnpackLow(x.AsDouble(), y.AsDouble()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V High(V x, V y) => Avx512F.UnpackHigh(x.AsDouble(), y.AsDouble()).AsSingle();

    /// <summary>Two quarters of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Lower(V x, V y) => Avx512F.Shuffle4x128(x, y, 0x44);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Upper(V x, V y) => Avx512F.Shuffle4x128(x, y, 0xEE);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Even(V x, V y) => Avx512F.Shuffle4x128(x, y, 0x88);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Odd(V x, V y) => Avx512F.Shuffle4x128(x, y, 0xDD);

    /// <summary>A number of rows, a constant to the compiler.</summary>
    private interface IRowCount
    {
        static abstract int Count { get; }
    }

    private readonly struct One : IRowCount
    {
        public static int Count => 1;
    }

    private readonly struct Two : IRowCount
    {
        public static int Count => 2;
    }

    private readonly struct Three : IRowCount
    {
        public static int Count => 3;
    }

    private readonly struct Four : IRowCount
    {
        public static int Count => 4;
    }

    private struct Job
    {
        public float* Left;
        public int LeftStride;
        public int Rows;
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
    }
}
