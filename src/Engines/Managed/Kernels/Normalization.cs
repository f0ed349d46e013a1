using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Layer norm and RMS norm, one row at a time. Each row's mean (layer norm) and reciprocal deviation are saved; the
/// normalised row is recomputed in the backward pass, which is cheaper than keeping it.
/// </summary>
internal static unsafe class Normalization
{
    internal const int RowBlock = 128;

    /// <summary>Inputs: A x, B gain, C bias (null for RMS norm). Saved0 is [rows, 2]: mean and 1/deviation.</summary>
    public static void Forward(WorkerPool pool, Node x, Node gain, Node? bias, double epsilon, float* statistics, Node y)
    {
        var arguments = new Arguments
        {
            X = x.Data,
            Gain = gain.Data,
            Bias = bias is null ? null : bias.Data,
            Epsilon = epsilon,
            Statistics = statistics,
            Y = y.Data,
            Rows = x.Rows,
            Columns = x.Columns,
        };
        pool.For(x.Rows, 1 + (8192 / Math.Max(x.Columns, 1)), &ForwardPart, &arguments);
    }

    public static void Backward(Node node)
    {
        var pool = node.Engine.Pool;
        var (x, gain, bias) = (node.A!, node.B!, node.C);
        var arguments = new Arguments
        {
            X = x.Data,
            Gain = gain.Data,
            IsCentred = bias is not null,
            Statistics = node.Saved0.Data,
            Gradient = node.Arrived,
            Rows = x.Rows,
            Columns = x.Columns,
        };
        if (bias is not null && bias.Accepts(out var biasSink))
        {
            Reductions.OverRows(pool, node.Arrived, node.Rows, node.Columns, biasSink.Data, biasSink.Accumulate);
        }

        if (gain.Accepts(out var gainSink))
        {
            arguments.Sink = gainSink;
            pool.For(Simd.Registers(x.Columns), Math.Max(2, 65_536 / (Simd.Width * Math.Max(x.Rows, 1))), &GainPart, &arguments);
        }

        if (x.Accepts(out var sink))
        {
            arguments.Sink = sink;
            pool.For(x.Rows, 1 + (8192 / Math.Max(x.Columns, 1)), &BackwardPart, &arguments);
        }
    }

    private static void ForwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        int columns = a->Columns;
        for (int row = from; row < to; row++)
        {
            long offset = (long)row * columns;
            var (mean, scale) = ForwardRow(a->X + offset, a->Gain, a->Bias, a->Epsilon, a->Y + offset, columns);
            if (a->Statistics != null)
            {
                a->Statistics[2 * row] = mean;
                a->Statistics[(2 * row) + 1] = scale;
            }
        }
    }

    /// <summary>One row; bias null for RMS norm.</summary>
    /// <returns>The mean, 0 for RMS norm, and 1/deviation.</returns>
    public static (float Mean, float Scale) ForwardRow(float* x, float* gain, float* bias, double epsilon, float* y, int columns)
    {
        float mean = bias == null ? 0 : Sum(x, columns) / columns;
        float scale = (float)(1 / Math.Sqrt((SquaredDistance(x, mean, columns) / columns) + epsilon));
        V centre = Vector512.Create(mean), factor = Vector512.Create(scale);
        for (int i = 0; i < columns; i += Simd.Width)
        {
            int left = columns - i;
            var value = (Simd.LoadUpTo(x + i, left) - centre) * factor * Simd.LoadUpTo(gain + i, left);
            value += bias == null ? V.Zero : Simd.LoadUpTo(bias + i, left);
            Simd.StoreUpTo(value, y + i, left);
        }

        return (mean, scale);
    }

    private static float Sum(float* x, int columns)
    {
        var sum = V.Zero;
        for (int i = 0; i < columns; i += Simd.Width)
        {
            sum += Simd.LoadUpTo(x + i, columns - i);
        }

        return Vector512.Sum(sum);
    }

    private static float SquaredDistance(float* x, float mean, int columns)
    {
        V sum = V.Zero, centre = Vector512.Create(mean);
        for (int i = 0; i < columns; i += Simd.Width)
        {
            int left = columns - i;
            var distance = Simd.LoadUpTo(x + i, left) - centre;
            distance = left >= Simd.Width ? distance : distance & Simd.FirstLanes(left);
            sum += distance * distance;
        }

        return Vector512.Sum(sum);
    }

    private static void BackwardPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int row = from; row < to; row++)
        {
            long offset = (long)row * a->Columns;
            var (mean, scale) = (a->Statistics[2 * row], a->Statistics[(2 * row) + 1]);
            var sink = new GradientSink(a->Sink.Data + offset, a->Sink.Accumulate);
            BackwardRow(a->X + offset, a->Gradient + offset, a->Gain, mean, scale, a->IsCentred, sink, a->Columns);
        }
    }

    /// <summary>
    /// With n the normalised row and h = gradient · gain: dx = (h − mean(h) − n·mean(h·n)) / deviation; RMS norm has no mean(h).
    /// </summary>
    public static void BackwardRow(
        float* x, float* gradient, float* gain, float rowMean, float scale, bool isCentred, GradientSink sink, int columns)
    {
        V centre = Vector512.Create(rowMean), factor = Vector512.Create(scale);
        V sum = V.Zero, correlation = V.Zero;
        for (int i = 0; i < columns; i += Simd.Width)
        {
            int left = columns - i;
            var h = Simd.LoadUpTo(gradient + i, left) * Simd.LoadUpTo(gain + i, left);
            sum += h;
            correlation += h * (Simd.LoadUpTo(x + i, left) - centre) * factor;
        }

        V mean = Vector512.Create(isCentred ? Vector512.Sum(sum) / columns : 0);
        V slope = Vector512.Create(Vector512.Sum(correlation) / columns);
        for (int i = 0; i < columns; i += Simd.Width)
        {
            int left = columns - i;
            var h = Simd.LoadUpTo(gradient + i, left) * Simd.LoadUpTo(gain + i, left);
            var normalised = (Simd.LoadUpTo(x + i, left) - centre) * factor;
            Simd.Deliver((h - mean - (normalised * slope)) * factor, sink.Data + i, left, sink.Accumulate);
        }
    }

    /// <summary>Gain gradient of whole columns: Σ over rows of gradient · normalised.</summary>
    private static void GainPart(void* state, int from, int to)
    {
        var a = (Arguments*)state;
        for (int column = from * Simd.Width; column < to * Simd.Width; column += Simd.Width)
        {
            int left = a->Columns - column;
            Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
            for (int row = 0; row < a->Rows; row += RowBlock)
            {
                var (first, second) = Vector512.Widen(GainBlock(a, column, left, row, Math.Min(a->Rows, row + RowBlock)));
                low += first;
                high += second;
            }

            Simd.Deliver(Vector512.Narrow(low, high), a->Sink.Data + column, left, a->Sink.Accumulate);
        }
    }

    private static V GainBlock(Arguments* a, int column, int left, int from, int to)
    {
        var sum = V.Zero;
        for (int row = from; row < to; row++)
        {
            long offset = ((long)row * a->Columns) + column;
            V centre = Vector512.Create(a->Statistics[2 * row]), factor = Vector512.Create(a->Statistics[(2 * row) + 1]);
            sum += Simd.LoadUpTo(a->Gradient + offset, left) * (Simd.LoadUpTo(a->X + offset, left) - centre) * factor;
        }

        return sum;
    }

    private struct Arguments
    {
        public float* X;
        public float* Gain;
        public float* Bias;
        public double Epsilon;
        public float* Statistics;
        public float* Y;
        public float* Gradient;
        public GradientSink Sink;
        public bool IsCentred;
        public int Rows;
        public int Columns;
    }
}
