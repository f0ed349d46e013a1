using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Products of few rows with a transposed matrix (decoding): rows of both lie in memory as they are needed, so nothing is
/// packed. Two rows meet four rows of the weight at a time.
/// </summary>
internal static unsafe class DotProducts
{
    private const int Group = 4;

    /// <summary>C (+)= A·B (+ bias) where A has contiguous rows and B contiguous columns.</summary>
    public static void Multiply(WorkerPool pool, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
    {
        var job = new Job { A = a, B = b, C = c, Stride = stride, Epilogue = epilogue };
        int perGroup = Math.Max(1, a.Rows * a.Columns * Group);
        pool.For((b.Columns + Group - 1) / Group, 1 + (100_000 / perGroup), &Part, &job);
    }

    private static void Part(void* state, int from, int to)
    {
        var job = (Job*)state;
        int last = Math.Min(to * Group, job->B.Columns);
        for (int column = from * Group; column < last; column += Group)
        {
            int width = Math.Min(Group, last - column);
            for (int row = 0; row < job->A.Rows; row++)
            {
                var sums = width == Group ? Four(job, row, column) : Single(job, row, column, width);
                for (int i = 0; i < width; i++)
                {
                    float* target = job->C + ((long)row * job->Stride) + column + i;
                    var epilogue = job->Epilogue;
                    *target = sums[i] + (epilogue.Accumulate ? *target : epilogue.Bias != null ? epilogue.Bias[column + i] : 0);
                }
            }
        }
    }

    private static Vector128<float> Four(Job* job, int row, int column)
    {
        float* x = job->A.At(row, 0);
        float* w0 = job->B.At(0, column);
        int stride = job->B.ColumnStride;
        float* w1 = w0 + stride;
        float* w2 = w1 + stride;
        float* w3 = w2 + stride;
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        int depth = job->A.Columns;
        int k = 0;
        for (; k + Simd.Width <= depth; k += Simd.Width)
        {
            var value = Vector512.Load(x + k);
            s0 = Vector512.MultiplyAddEstimate(value, Vector512.Load(w0 + k), s0);
            s1 = Vector512.MultiplyAddEstimate(value, Vector512.Load(w1 + k), s1);
            s2 = Vector512.MultiplyAddEstimate(value, Vector512.Load(w2 + k), s2);
            s3 = Vector512.MultiplyAddEstimate(value, Vector512.Load(w3 + k), s3);
        }

        if (k < depth)
        {
            int left = depth - k;
            var value = Simd.LoadTail(x + k, left);
            s0 = Vector512.MultiplyAddEstimate(value, Simd.LoadTail(w0 + k, left), s0);
            s1 = Vector512.MultiplyAddEstimate(value, Simd.LoadTail(w1 + k, left), s1);
            s2 = Vector512.MultiplyAddEstimate(value, Simd.LoadTail(w2 + k, left), s2);
            s3 = Vector512.MultiplyAddEstimate(value, Simd.LoadTail(w3 + k, left), s3);
        }

        return Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3));
    }

    private static Vector128<float> Single(Job* job, int row, int column, int width)
    {
        var sums = Vector128<float>.Zero;
        for (int i = 0; i < width; i++)
        {
            sums = sums.WithElement(i, Dot(job->A.At(row, 0), job->B.At(0, column + i), job->A.Columns));
        }

        return sums;
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

    private struct Job
    {
        public MatrixView A;
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
    }
}
