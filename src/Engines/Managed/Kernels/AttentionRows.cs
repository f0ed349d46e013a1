using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// The pieces of attention for one query. Keys are held transposed, [size, tokens], so that a register holds the scores of 16
/// keys and no score needs a horizontal sum.
/// </summary>
internal static unsafe class AttentionRows
{
    /// <summary>destination[i, token] = rows[token, i].</summary>
    public static void Transpose(float* rows, int rowStride, int tokens, int size, float* destination, int stride)
    {
        for (int token = 0; token < tokens; token++)
        {
            float* row = rows + ((long)token * rowStride);
            for (int i = 0; i < size; i++)
            {
                destination[((long)i * stride) + token] = row[i];
            }
        }
    }

    /// <summary>Σ_i x[i]·transposed[i, s] for 16 tokens s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Products(float* x, float* transposed, int stride, int size)
    {
        V even = V.Zero, odd = V.Zero;
        int i = 0;
        for (; i + 2 <= size; i += 2, transposed += 2 * (long)stride)
        {
            even = Vector512.MultiplyAddEstimate(Vector512.Create(x[i]), Vector512.Load(transposed), even);
            odd = Vector512.MultiplyAddEstimate(Vector512.Create(x[i + 1]), Vector512.Load(transposed + stride), odd);
        }

        if (i < size)
        {
            even = Vector512.MultiplyAddEstimate(Vector512.Create(x[i]), Vector512.Load(transposed), even);
        }

        return even + odd;
    }

    /// <summary>
    /// Attends with one query to the first <paramref name="visible"/> tokens: weights[s] = softmax(scale·q·k)[s], zeros up to
    /// the end of the last register, and output = Σ_s weights[s]·v[s].
    /// </summary>
    /// <returns>The log of the softmax's denominator: log Σ_s exp(scale·q·k_s).</returns>
    public static float Attend(float* query, float* keys, int keyStride, float* values, int valueStride, int visible, int size, float* weights, float* output)
    {
        var scale = Vector512.Create(1 / MathF.Sqrt(size));
        var largest = Vector512.Create(float.NegativeInfinity);
        for (int s = 0; s < visible; s += Simd.Width)
        {
            var scores = Products(query, keys + s, keyStride, size) * scale;
            scores = visible - s >= Simd.Width ? scores : Vector512.ConditionalSelect(Simd.FirstLanes(visible - s), scores, Vector512.Create(float.NegativeInfinity));
            scores.Store(weights + s);
            largest = Vector512.Max(largest, scores);
        }

        float maximum = Largest(largest);
        V shift = Vector512.Create(maximum), total = V.Zero;
        for (int s = 0; s < visible; s += Simd.Width)
        {
            var weight = Simd.Exp(Vector512.Load(weights + s) - shift);
            weight.Store(weights + s);
            total += weight;
        }

        float sum = Vector512.Sum(total);
        Combine(weights, values, valueStride, visible, size, 1 / sum, output, accumulate: false);
        return maximum + MathF.Log(sum);
    }

    /// <summary>output (+)= factor · Σ_s weights[s]·rows[s].</summary>
    public static void Combine(float* weights, float* rows, int stride, int count, int size, float factor, float* output, bool accumulate)
    {
        int i = 0;
        for (; i + (2 * Simd.Width) <= size; i += 2 * Simd.Width)
        {
            CombineTwo(weights, rows + i, stride, count, Vector512.Create(factor), output + i, accumulate);
        }

        for (; i < size; i += Simd.Width)
        {
            int left = size - i;
            V sum = V.Zero;
            float* row = rows + i;
            for (int s = 0; s < count; s++, row += stride)
            {
                sum = Vector512.MultiplyAddEstimate(Vector512.Create(weights[s]), Simd.LoadUpTo(row, left), sum);
            }

            Simd.Deliver(sum * Vector512.Create(factor), output + i, left, accumulate);
        }
    }

    /// <summary>rows[s] += weights[s]·x for the first <paramref name="count"/> rows; x and rows are padded to whole registers.</summary>
    public static void Spread(float* weights, float* x, int count, int size, float* rows)
    {
        int stride = Simd.RoundUp(size);
        for (int i = 0; i < size; i += Simd.Width)
        {
            var value = Simd.LoadUpTo(x + i, size - i);
            float* row = rows + i;
            for (int s = 0; s < count; s++, row += stride)
            {
                Vector512.MultiplyAddEstimate(Vector512.Create(weights[s]), value, Vector512.Load(row)).Store(row);
            }
        }
    }

    private static void CombineTwo(float* weights, float* row, int stride, int count, V factor, float* output, bool accumulate)
    {
        V a0 = V.Zero, a1 = V.Zero, b0 = V.Zero, b1 = V.Zero;
        int s = 0;
        for (; s + 2 <= count; s += 2, row += 2 * (long)stride)
        {
            V first = Vector512.Create(weights[s]), second = Vector512.Create(weights[s + 1]);
            a0 = Vector512.MultiplyAddEstimate(first, Vector512.Load(row), a0);
            a1 = Vector512.MultiplyAddEstimate(first, Vector512.Load(row + Simd.Width), a1);
            b0 = Vector512.MultiplyAddEstimate(second, Vector512.Load(row + stride), b0);
            b1 = Vector512.MultiplyAddEstimate(second, Vector512.Load(row + stride + Simd.Width), b1);
        }

        if (s < count)
        {
            var first = Vector512.Create(weights[s]);
            a0 = Vector512.MultiplyAddEstimate(first, Vector512.Load(row), a0);
            a1 = Vector512.MultiplyAddEstimate(first, Vector512.Load(row + Simd.Width), a1);
        }

        Simd.Deliver((a0 + b0) * factor, output, Simd.Width, accumulate);
        Simd.Deliver((a1 + b1) * factor, output + Simd.Width, Simd.Width, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(V values)
    {
        var eight = Vector256.Max(values.GetLower(), values.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
