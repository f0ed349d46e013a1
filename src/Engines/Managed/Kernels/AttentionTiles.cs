using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// The two products of attention, four results at a time, so that what is loaded once serves four. Callers give room for four
/// rows even where fewer are meant.
/// </summary>
internal static unsafe class AttentionTiles
{
    /// <summary>Results at a time.</summary>
    public const int Group = 4;

    /// <summary>
    /// scores[j, s] = x[j]·transposed[·, s] for up to four x and for <paramref name="count"/> tokens s, in whole registers.
    /// </summary>
    /// <param name="x">Up to four vectors.</param>
    /// <param name="stride">Floats from vector to vector.</param>
    /// <param name="vectors">How many there are; the last stands in for the missing.</param>
    /// <param name="transposed">Blocks of a register of tokens, [size, 16] each.</param>
    /// <param name="padded">Row stride of the scores.</param>
    /// <param name="size">Length of a vector.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="scores">[4, padded].</param>
    public static void Scores(float* x, long stride, int vectors, float* transposed, int padded, int size, int count, float* scores)
    {
        if (vectors == 1)
        {
            ScoresOfOne(x, transposed, size, count, scores);
            return;
        }

        float* x1 = x + (Math.Min(1, vectors - 1) * stride);
        float* x2 = x + (Math.Min(2, vectors - 1) * stride);
        float* x3 = x + (Math.Min(3, vectors - 1) * stride);
        for (int s = 0; s < count; s += Simd.Width)
        {
            V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero, b0 = V.Zero, b1 = V.Zero, b2 = V.Zero, b3 = V.Zero;
            float* column = transposed + ((long)s * size);
            int i = 0;
            for (; i + 2 <= size; i += 2, column += 2 * Simd.Width)
            {
                V even = Vector512.Load(column), odd = Vector512.Load(column + Simd.Width);
                a0 = MultiplyAdd(x[i], even, a0);
                a1 = MultiplyAdd(x1[i], even, a1);
                a2 = MultiplyAdd(x2[i], even, a2);
                a3 = MultiplyAdd(x3[i], even, a3);
                b0 = MultiplyAdd(x[i + 1], odd, b0);
                b1 = MultiplyAdd(x1[i + 1], odd, b1);
                b2 = MultiplyAdd(x2[i + 1], odd, b2);
                b3 = MultiplyAdd(x3[i + 1], odd, b3);
            }

            if (i < size)
            {
                var last = Vector512.Load(column);
                a0 = MultiplyAdd(x[i], last, a0);
                a1 = MultiplyAdd(x1[i], last, a1);
                a2 = MultiplyAdd(x2[i], last, a2);
                a3 = MultiplyAdd(x3[i], last, a3);
            }

            (a0 + b0).Store(scores + s);
            (a1 + b1).Store(scores + padded + s);
            (a2 + b2).Store(scores + (2 * padded) + s);
            (a3 + b3).Store(scores + (3 * padded) + s);
        }
    }

    /// <summary>output[j] (+)= Σ_n weight(n, j)·row(n) for up to four j.</summary>
    /// <param name="weights">Weights and where they lie.</param>
    /// <param name="rows">First row.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="count">Rows to sum.</param>
    /// <param name="size">Width of a row.</param>
    /// <param name="output">Where the sums go.</param>
    public static void Combine(TileWeights weights, float* rows, long stride, int count, int size, TileOutput output)
    {
        if (output.Count == 1)
        {
            CombineForOne(weights, rows, stride, count, size, output);
            return;
        }

        int i = 0;
        for (; i + (2 * Simd.Width) <= size; i += 2 * Simd.Width)
        {
            CombineWide(weights, rows + i, stride, count, output.At(i));
        }

        for (; i < size; i += Simd.Width)
        {
            CombineNarrow(weights, rows + i, stride, count, Math.Min(size - i, Simd.Width), output.At(i));
        }
    }

    /// <summary><see cref="Scores"/> of one vector, in the same order.</summary>
    private static void ScoresOfOne(float* x, float* transposed, int size, int count, float* scores)
    {
        for (int s = 0; s < count; s += Simd.Width)
        {
            V a = V.Zero, b = V.Zero;
            int i = 0;
            for (; i + 2 <= size; i += 2, transposed += 2 * Simd.Width)
            {
                a = MultiplyAdd(x[i], Vector512.Load(transposed), a);
                b = MultiplyAdd(x[i + 1], Vector512.Load(transposed + Simd.Width), b);
            }

            if (i < size)
            {
                a = MultiplyAdd(x[i], Vector512.Load(transposed), a);
                transposed += Simd.Width;
            }

            (a + b).Store(scores + s);
        }
    }

    /// <summary><see cref="Combine"/> for one result, in the same order: each row is read once, in one piece.</summary>
    private static void CombineForOne(TileWeights weights, float* rows, long stride, int count, int size, TileOutput output)
    {
        int i = 0;
        for (; i + (4 * Simd.Width) <= size; i += 4 * Simd.Width)
        {
            V a = V.Zero, b = V.Zero, c = V.Zero, d = V.Zero;
            float* row = rows + i;
            float* w = weights.Data;
            for (int n = 0; n < count; n++, row += stride, w += weights.Stride)
            {
                a = MultiplyAdd(*w, Vector512.Load(row), a);
                b = MultiplyAdd(*w, Vector512.Load(row + Simd.Width), b);
                c = MultiplyAdd(*w, Vector512.Load(row + (2 * Simd.Width)), c);
                d = MultiplyAdd(*w, Vector512.Load(row + (3 * Simd.Width)), d);
            }

            output.At(i).DeliverOne(a, Simd.Width);
            output.At(i + Simd.Width).DeliverOne(b, Simd.Width);
            output.At(i + (2 * Simd.Width)).DeliverOne(c, Simd.Width);
            output.At(i + (3 * Simd.Width)).DeliverOne(d, Simd.Width);
        }

        for (; i < size; i += Simd.Width)
        {
            var sum = V.Zero;
            int left = Math.Min(size - i, Simd.Width);
            float* row = rows + i;
            float* w = weights.Data;
            for (int n = 0; n < count; n++, row += stride, w += weights.Stride)
            {
                sum = MultiplyAdd(*w, Simd.LoadUpTo(row, left), sum);
            }

            output.At(i).DeliverOne(sum, left);
        }
    }

    private static void CombineWide(TileWeights weights, float* row, long stride, int count, TileOutput output)
    {
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero, b0 = V.Zero, b1 = V.Zero, b2 = V.Zero, b3 = V.Zero;
        float* w = weights.Data;
        long step = weights.Step;
        for (int n = 0; n < count; n++, row += stride, w += weights.Stride)
        {
            V left = Vector512.Load(row), right = Vector512.Load(row + Simd.Width);
            a0 = MultiplyAdd(w[0], left, a0);
            b0 = MultiplyAdd(w[0], right, b0);
            a1 = MultiplyAdd(w[step], left, a1);
            b1 = MultiplyAdd(w[step], right, b1);
            a2 = MultiplyAdd(w[2 * step], left, a2);
            b2 = MultiplyAdd(w[2 * step], right, b2);
            a3 = MultiplyAdd(w[3 * step], left, a3);
            b3 = MultiplyAdd(w[3 * step], right, b3);
        }

        output.Deliver(a0, a1, a2, a3, Simd.Width);
        output.At(Simd.Width).Deliver(b0, b1, b2, b3, Simd.Width);
    }

    private static void CombineNarrow(TileWeights weights, float* row, long stride, int count, int left, TileOutput output)
    {
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero;
        float* w = weights.Data;
        long step = weights.Step;
        for (int n = 0; n < count; n++, row += stride, w += weights.Stride)
        {
            var value = Simd.LoadUpTo(row, left);
            a0 = MultiplyAdd(w[0], value, a0);
            a1 = MultiplyAdd(w[step], value, a1);
            a2 = MultiplyAdd(w[2 * step], value, a2);
            a3 = MultiplyAdd(w[3 * step], value, a3);
        }

        output.Deliver(a0, a1, a2, a3, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V MultiplyAdd(float x, V y, V z) => Vector512.MultiplyAddEstimate(Vector512.Create(x), y, z);
}

/// <summary>weight(n, j) = data[n·stride + j·step].</summary>
/// <param name="data">weight(0, 0).</param>
/// <param name="stride">Floats from summand to summand.</param>
/// <param name="step">Floats from result to result.</param>
internal readonly unsafe struct TileWeights(float* data, long stride, long step)
{
    public float* Data => data;

    public long Stride => stride;

    public long Step => step;
}

/// <summary>Where up to four results go.</summary>
/// <param name="data">The first.</param>
/// <param name="stride">Floats from result to result.</param>
/// <param name="count">How many are wanted.</param>
/// <param name="accumulate">Add to what is there.</param>
internal readonly unsafe struct TileOutput(float* data, long stride, int count, bool accumulate)
{
    /// <summary>How many are wanted.</summary>
    public int Count => count;

    /// <summary>The same results from a later column on.</summary>
    public TileOutput At(int column) => new(data + column, stride, count, accumulate);

    /// <summary>The only result that is wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DeliverOne(V only, int left) => Simd.Deliver(only, data, left, accumulate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Deliver(V first, V second, V third, V fourth, int left)
    {
        Simd.Deliver(first, data, left, accumulate);
        if (count > 1)
        {
            Simd.Deliver(second, data + stride, left, accumulate);
        }

        if (count > 2)
        {
            Simd.Deliver(third, data + (2 * stride), left, accumulate);
        }

        if (count > 3)
        {
            Simd.Deliver(fourth, data + (3 * stride), left, accumulate);
        }
    }
}
