using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Products of few rows with a transposed matrix (decoding): rows of both lie in memory as they are needed, so nothing is packed. Two
/// rows meet two rows of the weight at a time; a last one meets four. Every element sums in the same order, whoever its neighbours are.
/// </summary>
internal static unsafe class DotProducts
{
    private const int Group = 4;

    /// <summary>C (+)= A·B (+ bias) where A has contiguous rows and B contiguous columns.</summary>
    public static void Multiply(ManagedEngine engine, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
    {
        var job = new Job { Rows = a.Rows, Depth = a.Columns, B = b, C = c, Stride = stride, Epilogue = epilogue };
        switch (b.Type)
        {
            case WeightType.BF16:
                Run<BFloat16>(engine, a, &job);
                break;
            case WeightType.Q80:
                Run<Quantized8>(engine, a, &job);
                break;
            default:
                Run<Float32>(engine, a, &job);
                break;
        }
    }

    /// <summary>Σ x·y.</summary>
    public static float Dot(float* x, float* y, int length)
    {
        var sum = V.Zero;
        for (int i = 0; i < length; i += Simd.Width)
        {
            sum = Vector512.MultiplyAddEstimate(Simd.LoadUpTo(x + i, length - i), Simd.LoadUpTo(y + i, length - i), sum);
        }

        return Vector512.Sum(sum);
    }

    private static void Run<TElement>(ManagedEngine engine, MatrixView a, Job* job)
        where TElement : unmanaged, IElement<TElement>
    {
        var crossed = TElement.Crosses ? Crossed(engine.Arena, a) : default;
        job->Left = crossed.IsNone ? a.At(0, 0) : crossed.Data;
        job->LeftStride = crossed.IsNone ? a.RowStride : Simd.RoundUp(a.Columns);
        int perGroup = Math.Max(1, a.Rows * a.Columns * Group);
        engine.Pool.For((job->B.Columns + Group - 1) / Group, 1 + (100_000 / perGroup), &Part<TElement>, job);
        engine.Arena.Return(crossed);
    }

    /// <summary>The rows of A with each register crossed, in whole registers.</summary>
    private static Block Crossed(Arena arena, MatrixView a)
    {
        int stride = Simd.RoundUp(a.Columns);
        var block = arena.Rent((long)a.Rows * stride);
        for (int row = 0; row < a.Rows; row++)
        {
            float* source = a.At(row, 0);
            float* destination = block.Data + ((long)row * stride);
            for (int i = 0; i < a.Columns; i += Simd.Width)
            {
                Simd.Cross(Simd.LoadUpTo(source + i, a.Columns - i)).Store(destination + i);
            }
        }

        return block;
    }

    private static void Part<TElement>(void* state, int from, int to)
        where TElement : unmanaged, IElement<TElement>
    {
        var job = (Job*)state;
        int last = Math.Min(to * Group, job->B.Columns);
        for (int column = from * Group; column < last; column += Group)
        {
            int width = Math.Min(Group, last - column);
            int row = 0;
            for (; row + 2 <= job->Rows && width == Group; row += 2)
            {
                Put(job, row, column, TwoByTwo<TElement>(job, row, column));
                Put(job, row, column + 2, TwoByTwo<TElement>(job, row, column + 2));
            }

            for (; row < job->Rows; row++)
            {
                var sums = width == Group ? Four<TElement>(job, row, column) : Single<TElement>(job, row, column, width);
                for (int i = 0; i < width; i++)
                {
                    Put(job, row, column + i, sums[i]);
                }
            }
        }
    }

    private static void Put(Job* job, int row, int column, Vector128<float> sums)
    {
        Put(job, row, column, sums[0]);
        Put(job, row, column + 1, sums[1]);
        Put(job, row + 1, column, sums[2]);
        Put(job, row + 1, column + 1, sums[3]);
    }

    private static void Put(Job* job, int row, int column, float sum)
    {
        float* target = job->C + ((long)row * job->Stride) + column;
        var epilogue = job->Epilogue;
        *target = sum + (epilogue.Accumulate ? *target : epilogue.Bias != null ? epilogue.Bias[column] : 0);
    }

    /// <summary>Rows row, row + 1 by columns column, column + 1; row-major.</summary>
    private static Vector128<float> TwoByTwo<TElement>(Job* job, int row, int column)
        where TElement : unmanaged, IElement<TElement>
    {
        float* x0 = job->LeftAt(row);
        float* x1 = job->LeftAt(row + 1);
        TElement* w0 = job->RightAt<TElement>(column);
        TElement* w1 = job->RightAt<TElement>(column + 1);
        V s00 = V.Zero, s01 = V.Zero, s10 = V.Zero, s11 = V.Zero;
        int depth = job->Depth;
        int k = 0;
        for (; k + Simd.Width <= depth; k += Simd.Width)
        {
            V first = Vector512.Load(x0 + k), second = Vector512.Load(x1 + k);
            var weight = TElement.LoadCrossed(w0, k);
            s00 = Vector512.MultiplyAddEstimate(first, weight, s00);
            s10 = Vector512.MultiplyAddEstimate(second, weight, s10);
            weight = TElement.LoadCrossed(w1, k);
            s01 = Vector512.MultiplyAddEstimate(first, weight, s01);
            s11 = Vector512.MultiplyAddEstimate(second, weight, s11);
        }

        if (k < depth)
        {
            var lanes = Lanes<TElement>(depth - k);
            V first = Vector512.Load(x0 + k) & lanes, second = Vector512.Load(x1 + k) & lanes;
            V left = TElement.LoadCrossed(w0, k) & lanes, right = TElement.LoadCrossed(w1, k) & lanes;
            s00 = Vector512.MultiplyAddEstimate(first, left, s00);
            s10 = Vector512.MultiplyAddEstimate(second, left, s10);
            s01 = Vector512.MultiplyAddEstimate(first, right, s01);
            s11 = Vector512.MultiplyAddEstimate(second, right, s11);
        }

        return Vector128.Create(Sum<TElement>(s00), Sum<TElement>(s01), Sum<TElement>(s10), Sum<TElement>(s11));
    }

    /// <summary>One row by four columns.</summary>
    private static Vector128<float> Four<TElement>(Job* job, int row, int column)
        where TElement : unmanaged, IElement<TElement>
    {
        float* x = job->LeftAt(row);
        TElement* w0 = job->RightAt<TElement>(column);
        TElement* w1 = job->RightAt<TElement>(column + 1);
        TElement* w2 = job->RightAt<TElement>(column + 2);
        TElement* w3 = job->RightAt<TElement>(column + 3);
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        int depth = job->Depth;

        // The next four columns: each is read once, in runs too short for the machine to see them coming.
        long ahead = Group * (w1 - w0);
        int k = 0;
        for (; k + Simd.Width <= depth; k += Simd.Width)
        {
            var value = Vector512.Load(x + k);
            Fetch(w0 + k + ahead);
            Fetch(w1 + k + ahead);
            Fetch(w2 + k + ahead);
            Fetch(w3 + k + ahead);
            s0 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w0, k), s0);
            s1 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w1, k), s1);
            s2 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w2, k), s2);
            s3 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w3, k), s3);
        }

        if (k < depth)
        {
            var lanes = Lanes<TElement>(depth - k);
            var value = Vector512.Load(x + k) & lanes;
            s0 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w0, k) & lanes, s0);
            s1 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w1, k) & lanes, s1);
            s2 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w2, k) & lanes, s2);
            s3 = Vector512.MultiplyAddEstimate(value, TElement.LoadCrossed(w3, k) & lanes, s3);
        }

        return Vector128.Create(Sum<TElement>(s0), Sum<TElement>(s1), Sum<TElement>(s2), Sum<TElement>(s3));
    }

    /// <summary>Asks for what will be read soon; any address may be given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>One row by the last columns, fewer than four.</summary>
    private static Vector128<float> Single<TElement>(Job* job, int row, int column, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        var sums = Vector128<float>.Zero;
        for (int i = 0; i < width; i++)
        {
            var sum = V.Zero;
            float* x = job->LeftAt(row);
            TElement* weight = job->RightAt<TElement>(column + i);
            for (int k = 0; k < job->Depth; k += Simd.Width)
            {
                var lanes = Lanes<TElement>(job->Depth - k);
                sum = Vector512.MultiplyAddEstimate(Vector512.Load(x + k) & lanes, TElement.LoadCrossed(weight, k) & lanes, sum);
            }

            sums = sums.WithElement(i, Sum<TElement>(sum));
        }

        return sums;
    }

    /// <summary>The lanes of the first elements of a register, as its load orders them.</summary>
    private static V Lanes<TElement>(int count)
        where TElement : unmanaged, IElement<TElement> =>
        TElement.Crosses ? Simd.Cross(Simd.FirstLanes(count)) : Simd.FirstLanes(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sum<TElement>(V lanes)
        where TElement : unmanaged, IElement<TElement> =>
        Vector512.Sum(TElement.Crosses ? Simd.Cross(lanes) : lanes);

    private struct Job
    {
        public float* Left;
        public int LeftStride;
        public int Rows;
        public int Depth;
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;

        public readonly float* LeftAt(int row) => Left + ((long)row * LeftStride);

        public readonly TElement* RightAt<TElement>(int column)
            where TElement : unmanaged =>
            (TElement*)B.Line(column);
    }
}
