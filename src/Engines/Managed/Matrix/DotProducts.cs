using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Products of few rows with a transposed matrix (decoding): rows of both lie in memory as they are needed, so nothing is
/// packed. Each row meets four rows of the weight at a time.
/// </summary>
internal static unsafe class DotProducts
{
    private const int Group = 4;

    /// <summary>C (+)= A·B (+ bias) where A has contiguous rows and B contiguous columns.</summary>
    public static void Multiply(WorkerPool pool, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
    {
        var job = new Job { A = a, B = b, C = c, Stride = stride, Epilogue = epilogue };
        int groups = (b.Columns + Group - 1) / Group;
        int grain = 1 + (100_000 / Math.Max(1, a.Rows * a.Columns * Group));
        if (b.Type == WeightType.BF16)
        {
            job.Right = b.HalfAt(0, 0);
            pool.For(groups, grain, &Part<BFloat16>, &job);
        }
        else
        {
            job.Right = b.At(0, 0);
            pool.For(groups, grain, &Part<Float32>, &job);
        }
    }

    /// <summary>Σ x·y.</summary>
    public static float Dot(float* x, float* y, int length) => Dot(x, (Float32*)y, length);

    private static void Part<TElement>(void* state, int from, int to)
        where TElement : unmanaged, IElement<TElement>
    {
        var job = (Job*)state;
        int last = Math.Min(to * Group, job->B.Columns);
        for (int column = from * Group; column < last; column += Group)
        {
            int width = Math.Min(Group, last - column);
            var weight = (TElement*)job->Right + ((long)column * job->B.ColumnStride);
            for (int row = 0; row < job->A.Rows; row++)
            {
                var sums = width == Group ? Four(job, row, weight) : Single(job, row, weight, width);
                for (int i = 0; i < width; i++)
                {
                    float* target = job->C + ((long)row * job->Stride) + column + i;
                    var epilogue = job->Epilogue;
                    *target = sums[i] + (epilogue.Accumulate ? *target : epilogue.Bias != null ? epilogue.Bias[column + i] : 0);
                }
            }
        }
    }

    private static Vector128<float> Four<TElement>(Job* job, int row, TElement* w0)
        where TElement : unmanaged, IElement<TElement>
    {
        float* x = job->A.At(row, 0);
        int stride = job->B.ColumnStride;
        TElement* w1 = w0 + stride;
        TElement* w2 = w1 + stride;
        TElement* w3 = w2 + stride;
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        int depth = job->A.Columns;
        int k = 0;
        for (; k + Simd.Width <= depth; k += Simd.Width)
        {
            var value = Vector512.Load(x + k);
            s0 = Vector512.MultiplyAddEstimate(value, TElement.LoadRegister(w0 + k), s0);
            s1 = Vector512.MultiplyAddEstimate(value, TElement.LoadRegister(w1 + k), s1);
            s2 = Vector512.MultiplyAddEstimate(value, TElement.LoadRegister(w2 + k), s2);
            s3 = Vector512.MultiplyAddEstimate(value, TElement.LoadRegister(w3 + k), s3);
        }

        if (k < depth)
        {
            int left = depth - k;
            var value = Simd.LoadTail(x + k, left);
            s0 = Vector512.MultiplyAddEstimate(value, LoadTail(w0 + k, left), s0);
            s1 = Vector512.MultiplyAddEstimate(value, LoadTail(w1 + k, left), s1);
            s2 = Vector512.MultiplyAddEstimate(value, LoadTail(w2 + k, left), s2);
            s3 = Vector512.MultiplyAddEstimate(value, LoadTail(w3 + k, left), s3);
        }

        return Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3));
    }

    private static Vector128<float> Single<TElement>(Job* job, int row, TElement* weight, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        var sums = Vector128<float>.Zero;
        for (int i = 0; i < width; i++)
        {
            sums = sums.WithElement(i, Dot(job->A.At(row, 0), weight + ((long)i * job->B.ColumnStride), job->A.Columns));
        }

        return sums;
    }

    private static float Dot<TElement>(float* x, TElement* y, int length)
        where TElement : unmanaged, IElement<TElement>
    {
        var sum = V.Zero;
        for (int i = 0; i < length; i += Simd.Width)
        {
            int left = length - i;
            var value = left >= Simd.Width ? TElement.LoadRegister(y + i) : LoadTail(y + i, left);
            sum = Vector512.MultiplyAddEstimate(Simd.LoadUpTo(x + i, left), value, sum);
        }

        return Vector512.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadTail<TElement>(TElement* source, int count)
        where TElement : unmanaged, IElement<TElement> =>
        TElement.LoadRegister(source) & Simd.FirstLanes(count);

    private struct Job
    {
        public MatrixView A;
        public MatrixView B;
        public void* Right;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
    }
}
