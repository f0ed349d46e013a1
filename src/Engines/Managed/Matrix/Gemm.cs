namespace RlCore.Engines.Managed;

/// <summary>
/// C = A·B, C += A·B or C = A·B + bias, blocked and packed (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", 2008). Threads split C into rectangles and pack for themselves: one dispatch per product; where the rows of each are
/// few, they pack blocks of B together (<see cref="SharedBlocks"/>). Each element's sum has one order whatever the split.
/// </summary>
internal static unsafe class Gemm
{
    internal const int DepthBlock = 256;
    internal const int RowBlock = 240;
    internal const int ColumnBlock = 1024;

    // Below this many multiply-adds a dispatch costs more than it saves.
    private const long SerialWork = 200_000;

    // Row tiles for each thread from which on chunks of rows are dealt out evenly; and rows of each thread from which on it packs all of
    // B for itself in less time than the threads take to wait for each other.
    private const int FewestChunks = 4;
    private const int MostSharedRows = 192;

    /// <summary>C (+)= A·B (+ bias).</summary>
    /// <param name="engine">Threads, memory and path.</param>
    /// <param name="a">[M, K], float32.</param>
    /// <param name="b">[K, N], of any type: the bits are those that the same numbers in float32 give.</param>
    /// <param name="c">[M, N], row-major, <paramref name="stride"/> floats from row to row.</param>
    /// <param name="stride">Row stride of C.</param>
    /// <param name="accumulate">Add to C.</param>
    /// <param name="bias">N floats added to each row, or null; not with <paramref name="accumulate"/>.</param>
    public static void Multiply(ManagedEngine engine, MatrixView a, MatrixView b, float* c, int stride, bool accumulate, float* bias)
    {
        if (a.Rows == 0 || b.Columns == 0)
        {
            return;
        }

        var job = new Job { A = a, B = b, C = c, Stride = stride, Epilogue = new Epilogue(accumulate, bias) };
        switch (engine.MatrixPath)
        {
            case MatrixPath.Vector512:
                Multiply<MicroKernel512>(engine, &job);
                break;
            case MatrixPath.Vector256:
                Multiply<MicroKernelNarrow<Lane256>>(engine, &job);
                break;
            default:
                Multiply<MicroKernelNarrow<Lane128>>(engine, &job);
                break;
        }
    }

    private static void Multiply<TKernel>(ManagedEngine engine, Job* job)
        where TKernel : struct, IMicroKernel
    {
        if (job->A.Rows <= RowProducts.MostRows && job->A.ColumnStride == 1 && job->B.RowStride == 1)
        {
            RowProducts.Multiply<TKernel>(engine, job->A, job->B, job->C, job->Stride, job->Epilogue);
        }
        else if (job->A.Rows <= ThinProducts.MostRows && job->B.RowStride == 1)
        {
            ThinProducts.Multiply<TKernel>(engine, job->A, job->B, job->C, job->Stride, job->Epilogue);
        }
        else
        {
            Dispatch<TKernel>(engine, job);
        }
    }

    private static void Dispatch<TKernel>(ManagedEngine engine, Job* job)
        where TKernel : struct, IMicroKernel
    {
        int rowTiles = (job->A.Rows + TKernel.Rows - 1) / TKernel.Rows;
        int columnTiles = (job->B.Columns + TKernel.Columns - 1) / TKernel.Columns;
        long work = (long)job->A.Rows * job->B.Columns * job->A.Columns;
        int threads = work < SerialWork ? 1 : engine.Pool.Threads;
        if (threads > 1 && rowTiles >= FewestChunks * threads && job->A.Rows < MostSharedRows * threads)
        {
            SharedBlocks.Multiply<TKernel>(engine, job->A, job->B, job->C, job->Stride, job->Epilogue);
            return;
        }

        job->SplitsRows = rowTiles >= 2 * threads || rowTiles >= columnTiles;
        job->Tiles = job->SplitsRows ? rowTiles : columnTiles;
        job->Parts = Math.Min(threads, job->Tiles);

        int depth = Math.Min(DepthBlock, job->A.Columns);
        int packedRows = Math.Min(RowBlock, rowTiles * TKernel.Rows);
        int packedColumns = Math.Min(ColumnBlock, columnTiles * TKernel.Columns);
        job->PackedA = Simd.RoundUp(packedRows * depth);
        job->PackedFloats = job->PackedA + Simd.RoundUp(packedColumns * depth);
        var packed = engine.Arena.Rent((long)job->PackedFloats * job->Parts);
        job->Packed = packed.Data;
        engine.Pool.For(job->Parts, 1, &Part<TKernel>, job);
        engine.Arena.Return(packed);
    }

    private static void Part<TKernel>(void* state, int from, int to)
        where TKernel : struct, IMicroKernel
    {
        var job = (Job*)state;
        for (int part = from; part < to; part++)
        {
            int first = (int)((long)job->Tiles * part / job->Parts);
            int last = (int)((long)job->Tiles * (part + 1) / job->Parts);
            float* packedA = job->Packed + ((long)part * job->PackedFloats);
            if (job->SplitsRows)
            {
                Rectangle<TKernel>(job, packedA, first * TKernel.Rows, Math.Min(last * TKernel.Rows, job->A.Rows), 0, job->B.Columns);
            }
            else
            {
                Rectangle<TKernel>(job, packedA, 0, job->A.Rows, first * TKernel.Columns, Math.Min(last * TKernel.Columns, job->B.Columns));
            }
        }
    }

    private static void Rectangle<TKernel>(Job* job, float* packedA, int row0, int row1, int column0, int column1)
        where TKernel : struct, IMicroKernel
    {
        float* packedB = packedA + job->PackedA;
        int depthTotal = job->A.Columns;
        for (int column = column0; column < column1; column += ColumnBlock)
        {
            int columns = Math.Min(ColumnBlock, column1 - column);
            int k = 0;
            do
            {
                int depth = Math.Min(DepthBlock, depthTotal - k);
                PackRight(job->B, k, column, depth, columns, TKernel.Columns, packedB);
                var epilogue = k == 0 ? job->Epilogue.At(column) : new Epilogue(true, null);
                for (int row = row0; row < row1; row += RowBlock)
                {
                    int rows = Math.Min(RowBlock, row1 - row);
                    Packing.Pack(job->A.At(row, k), job->A.RowStride, job->A.ColumnStride, rows, depth, TKernel.Rows, packedA);
                    Tiles<TKernel>(
                        packedA, packedB, rows, columns, depth, job->C + ((long)row * job->Stride) + column, job->Stride, epilogue);
                }

                k += depth;
            }
            while (k < depthTotal);
        }
    }

    /// <summary>Packs a piece of B.</summary>
    internal static void PackRight(MatrixView b, int k, int column, int depth, int columns, int width, float* packed)
    {
        switch (b.Type)
        {
            case WeightType.BF16:
                Packing.Pack(b.HalfAt(k, column), b.ColumnStride, b.RowStride, columns, depth, width, packed);
                break;
            case WeightType.Q80:
                Packing.PackQuantized(b, k, column, depth, columns, width, packed);
                break;
            default:
                Packing.Pack(b.At(k, column), b.ColumnStride, b.RowStride, columns, depth, width, packed);
                break;
        }
    }

    /// <summary>A rectangle of C from packed pieces of A and B.</summary>
    internal static void Tiles<TKernel>(
        float* packedA, float* packedB, int rows, int columns, int depth, float* c, int stride, Epilogue epilogue)
        where TKernel : struct, IMicroKernel
    {
        for (int column = 0; column < columns; column += TKernel.Columns, packedB += TKernel.Columns * depth)
        {
            int width = Math.Min(TKernel.Columns, columns - column);
            float* a = packedA;
            for (int row = 0; row < rows; row += TKernel.Rows, a += TKernel.Rows * depth)
            {
                int height = Math.Min(TKernel.Rows, rows - row);
                float* tile = c + ((long)row * stride) + column;
                if (height < TKernel.Rows || width < TKernel.Columns)
                {
                    Edge<TKernel>(a, packedB, height, width, depth, tile, stride, epilogue.At(column));
                }
                else
                {
                    TKernel.Run<PanelOrder>(depth, a, packedB, tile, stride, epilogue.At(column), default);
                }
            }
        }
    }

    /// <summary>A tile that C does not have whole: computed aside, and what exists is copied.</summary>
    private static void Edge<TKernel>(float* a, float* b, int height, int width, int depth, float* c, int stride, Epilogue epilogue)
        where TKernel : struct, IMicroKernel
    {
        const int Largest = 12 * 32;
        float* aside = stackalloc float[Largest];
        if (width <= TKernel.Columns / 2)
        {
            TKernel.RunHalf<PanelOrder>(depth, a, b, aside, TKernel.Columns, default, default);
        }
        else
        {
            TKernel.Run<PanelOrder>(depth, a, b, aside, TKernel.Columns, default, default);
        }

        for (int row = 0; row < height; row++, c += stride, aside += TKernel.Columns)
        {
            for (int column = 0; column < width; column++)
            {
                c[column] = aside[column] + (epilogue.Accumulate ? c[column] : epilogue.Bias != null ? epilogue.Bias[column] : 0);
            }
        }
    }

    private struct Job
    {
        public MatrixView A;
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
        public bool SplitsRows;
        public int Tiles;
        public int Parts;
        public int PackedA;
        public int PackedFloats;
        public float* Packed;
    }
}
