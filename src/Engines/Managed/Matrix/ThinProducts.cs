using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>
/// Products of a few dozen rows with a transposed matrix (decoding a batch): the few rows are packed, the weight is read once, as it
/// lies. A tile is twelve rows of the weight by all rows of A, and is turned as it goes to C. Each element sums in the order of
/// <see cref="Gemm"/>'s packed products, so the bits are theirs.
/// </summary>
internal static unsafe class ThinProducts
{
    /// <summary>Rows of A up to which packing the weight would cost more than it gives.</summary>
    public const int MostRows = 96;

    // Columns of C in a tile: a multiple of every kernel's rows, and of the four that are turned at once.
    private const int Width = 12;

    // Multiply-adds that are worth a part of their own.
    private const int PartWork = 100_000;

    /// <summary>C (+)= A·B (+ bias) where B has contiguous columns.</summary>
    public static void Multiply<TKernel>(ManagedEngine engine, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
        where TKernel : struct, IMicroKernel
    {
        int panels = (a.Rows + TKernel.Columns - 1) / TKernel.Columns;
        var job = new Job
        {
            B = b,
            C = c,
            Stride = stride,
            Epilogue = epilogue,
            Rows = a.Rows,
            Padded = panels * TKernel.Columns,
        };
        var packed = engine.Arena.Rent((long)job.Padded * a.Columns);
        job.Packed = packed.Data;
        for (int k = 0; k < a.Columns; k += Gemm.DepthBlock)
        {
            int depth = Math.Min(Gemm.DepthBlock, a.Columns - k);
            float* block = packed.Data + ((long)k * job.Padded);
            Packing.Pack(a.At(0, k), a.RowStride, a.ColumnStride, a.Rows, depth, TKernel.Columns, block);
        }

        int tiles = (b.Columns + Width - 1) / Width;
        int grain = 1 + (PartWork / Math.Max(Width * a.Rows * a.Columns, 1));
        switch (b.Type)
        {
            case WeightType.BF16:
                engine.Pool.For(tiles, grain, &Part<TKernel, BFloat16>, &job);
                break;
            case WeightType.Q80:
                engine.Pool.For(tiles, grain, &Part<TKernel, Quantized8>, &job);
                break;
            default:
                engine.Pool.For(tiles, grain, &Part<TKernel, Float32>, &job);
                break;
        }

        engine.Arena.Return(packed);
    }

    private static void Part<TKernel, TElement>(void* state, int from, int to)
        where TKernel : struct, IMicroKernel
        where TElement : unmanaged, IElement<TElement>
    {
        var job = (Job*)state;
        float* weight = stackalloc float[Width * RowOrder.Stride];
        float* tile = stackalloc float[Width * job->Padded];
        for (int index = from; index < to; index++)
        {
            int column = index * Width;
            int width = Math.Min(Width, job->B.Columns - column);
            bool started = Begin(job, column, width, tile);
            for (int k = 0; k < job->B.Rows; k += Gemm.DepthBlock)
            {
                int depth = Math.Min(Gemm.DepthBlock, job->B.Rows - k);
                for (int i = 0; i < width; i++)
                {
                    TElement.Copy((TElement*)job->B.Line(column + i), k, weight + (i * RowOrder.Stride), depth);
                }

                // The block that the next tile begins with, while this one's is used for the first time.
                var ahead = AheadOf<TElement>(job, column + Width, k);
                float* panel = job->Packed + ((long)k * job->Padded);
                for (int row = 0; row < job->Padded; row += TKernel.Columns, panel += TKernel.Columns * depth)
                {
                    bool isHalf = job->Rows - row <= TKernel.Columns / 2;
                    for (int i = 0; i < width; i += TKernel.Rows)
                    {
                        float* left = weight + RowOrder.Row(i);
                        float* sums = tile + (i * job->Padded) + row;
                        var epilogue = new Epilogue(started, null);
                        if (isHalf)
                        {
                            TKernel.RunHalf<RowOrder>(depth, left, panel, sums, job->Padded, epilogue, ahead);
                        }
                        else
                        {
                            TKernel.Run<RowOrder>(depth, left, panel, sums, job->Padded, epilogue, ahead);
                        }

                        ahead = default;
                    }
                }

                started = true;
            }

            Deliver(job, column, width, tile);
        }
    }

    private static Ahead AheadOf<TElement>(Job* job, int column, int k)
        where TElement : unmanaged, IElement<TElement>
    {
        int rows = Math.Clamp(job->B.Columns - column, 0, Width);
        var line = (TElement*)job->B.Line(column);
        return new Ahead(line + k, rows, (byte*)job->B.Line(column + 1) - (byte*)line, Simd.CacheLine / sizeof(TElement));
    }

    /// <summary>What the sums are added to, turned; false if that is nothing.</summary>
    private static bool Begin(Job* job, int column, int width, float* tile)
    {
        if (job->Epilogue.Accumulate)
        {
            for (int row = 0; row < job->Rows; row++)
            {
                float* source = job->C + ((long)row * job->Stride) + column;
                for (int i = 0; i < width; i++)
                {
                    tile[(i * job->Padded) + row] = source[i];
                }
            }
        }
        else if (job->Epilogue.Bias != null)
        {
            for (int i = 0; i < width; i++)
            {
                new Span<float>(tile + (i * job->Padded), job->Padded).Fill(job->Epilogue.Bias[column + i]);
            }
        }
        else if (job->B.Rows == 0)
        {
            new Span<float>(tile, Width * job->Padded).Clear();
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void Deliver(Job* job, int column, int width, float* tile)
    {
        int padded = job->Padded;
        float* target = job->C + column;
        int row = 0;
        if (width == Width)
        {
            for (; row + 4 <= job->Rows; row += 4, target += 4L * job->Stride)
            {
                for (int i = 0; i < Width; i += 4)
                {
                    float* source = tile + (i * padded) + row;
                    Packing.TurnFour(
                        Vector128.Load(source),
                        Vector128.Load(source + padded),
                        Vector128.Load(source + (2 * padded)),
                        Vector128.Load(source + (3 * padded)),
                        target + i,
                        job->Stride);
                }
            }
        }

        for (; row < job->Rows; row++, target += job->Stride)
        {
            for (int i = 0; i < width; i++)
            {
                target[i] = tile[(i * padded) + row];
            }
        }
    }

    private struct Job
    {
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
        public int Rows;
        public int Padded;
        public float* Packed;
    }
}
