using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using RlCore.Algebra;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Softmax rows of attention. Keys are held transposed, in blocks of 16 tokens, so that a register holds the scores of 16 keys, no
/// score needs a horizontal sum, and what is read lies in one piece.
/// </summary>
internal static unsafe class AttentionRows
{
    /// <summary>
    /// Attends with up to four queries, of which the first sees <paramref name="visible"/> tokens.
    /// </summary>
    /// <param name="queries">First query.</param>
    /// <param name="queryStride">Floats from query to query.</param>
    /// <param name="count">Number of queries, 1 … 4.</param>
    /// <param name="keys">Blocks of a register of tokens, [size, 16] each.</param>
    /// <param name="padded">Row stride of the weights.</param>
    /// <param name="values">First value.</param>
    /// <param name="valueStride">Floats from value to value.</param>
    /// <param name="visible">Tokens that the first query sees.</param>
    /// <param name="more">Tokens that each later query sees more than the one before it: 1 for queries of consecutive tokens, 0 for those
    /// of heads that share their keys.</param>
    /// <param name="size">Head size.</param>
    /// <param name="weights">[4, padded], overwritten.</param>
    /// <param name="output">Where the averages go.</param>
    /// <param name="logs">Receives log Σ_s exp(q·k_s/√size) of each query; null if not wanted.</param>
    public static void Attend(
        float* queries,
        long queryStride,
        int count,
        float* keys,
        int padded,
        float* values,
        long valueStride,
        int visible,
        int more,
        int size,
        float* weights,
        TileOutput output,
        float* logs)
    {
        int last = visible + ((count - 1) * more);
        AttentionTiles.Scores(queries, queryStride, count, keys, padded, size, last, weights);
        float scale = 1 / MathF.Sqrt(size);
        float* totals = stackalloc float[2 * Simd.Width];
        float* maxima = totals + Simd.Width;
        for (int i = 0; i < count; i++)
        {
            float* row = weights + (i * padded);
            int seen = visible + (i * more);
            (maxima[i], totals[i]) = last <= Simd.Width ? SoftmaxOfOne(row, seen, scale) : Softmax(row, seen, last, scale);
        }

        if (logs != null)
        {
            var log = Lanes<float>.Log(new(Vector512.Load(totals))).Vector + Vector512.Load(maxima);
            Simd.StoreTail(log, logs, count);
        }

        AttentionTiles.Combine(new TileWeights(weights, stride: 1, step: padded), values, valueStride, last, size, output);
    }

    /// <summary>
    /// Scores become weights and, with the gradients of the weights, the gradients of the scores: p = exp(score·scale − log) and
    /// p·(slope − mean)·scale on the first <paramref name="visible"/> tokens, zeros on the rest of <paramref name="count"/>.
    /// </summary>
    public static void Slopes(float* weights, float* slopes, int visible, int count, float scale, float log, float mean)
    {
        V factor = Vector512.Create(scale), shift = Vector512.Create(log), centre = Vector512.Create(mean);
        for (int s = 0; s < count; s += Simd.Width)
        {
            var weight = Simd.Exp((Vector512.Load(weights + s) * factor) - shift);
            var slope = weight * (Vector512.Load(slopes + s) - centre) * factor;
            if (visible - s < Simd.Width)
            {
                var seen = Simd.FirstLanes(visible - s);
                (weight, slope) = (weight & seen, slope & seen);
            }

            weight.Store(weights + s);
            slope.Store(slopes + s);
        }
    }

    /// <summary>Scores become softmax(scale·score) on the visible tokens, and zeros on the rest of <paramref name="count"/>.</summary>
    /// <returns>The largest scaled score m, and Σ exp(scale·score − m).</returns>
    private static (float Maximum, float Total) Softmax(float* weights, int visible, int count, float scale)
    {
        V factor = Vector512.Create(scale), largest = Vector512.Create(float.NegativeInfinity);
        for (int s = 0; s < count; s += Simd.Width)
        {
            var score = Vector512.Load(weights + s) * factor;
            score.Store(weights + s);
            largest = Vector512.MaxNative(largest, Visible(score, visible - s));
        }

        float maximum = Largest(largest);
        V shift = Vector512.Create(maximum), total = V.Zero;
        for (int s = 0; s < count; s += Simd.Width)
        {
            var weight = Weight(Vector512.Load(weights + s) - shift, visible - s);
            weight.Store(weights + s);
            total += weight;
        }

        float sum = Vector512.Sum(total);
        var inverse = Vector512.Create(1 / sum);
        for (int s = 0; s < count; s += Simd.Width)
        {
            (Vector512.Load(weights + s) * inverse).Store(weights + s);
        }

        return (maximum, sum);
    }

    /// <summary><see cref="Softmax"/> where all scores lie in one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Maximum, float Total) SoftmaxOfOne(float* weights, int visible, float scale)
    {
        var score = Vector512.Load(weights) * Vector512.Create(scale);
        float maximum = Largest(Visible(score, visible));
        var weight = Weight(score - Vector512.Create(maximum), visible);
        float sum = Vector512.Sum(weight);
        (weight * Vector512.Create(1 / sum)).Store(weights);
        return (maximum, sum);
    }

    /// <summary>−∞ past the visible lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Visible(V scores, int visible) =>
        visible >= Simd.Width
            ? scores
            : Vector512.ConditionalSelect(Simd.FirstLanes(visible), scores, Vector512.Create(float.NegativeInfinity));

    // Zeros by selection rather than by e to the −∞: underflow is slow on some processors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Weight(V distance, int visible) =>
        visible >= Simd.Width ? Simd.Exp(distance) : Simd.Exp(distance & Simd.FirstLanes(visible)) & Simd.FirstLanes(visible);

    // The native maximum may drop a NaN, but its weight is NaN all the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(V values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
