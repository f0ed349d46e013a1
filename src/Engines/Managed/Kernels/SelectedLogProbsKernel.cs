using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Log-probs of targets and entropies from hidden states and the head, over tiles of logits that are thrown away: a running
/// maximum, sum and weighted sum for each row (Milakov and Gimelshein 2018). The backward pass makes the tiles again, unless the forward
/// pass has kept each row's expected row of the head, Σ p·W, summed up in the same way: then a gradient to the hidden states alone needs
/// no logits.
/// </summary>
internal static unsafe class SelectedLogProbsKernel
{
    internal const int TileColumns = 4096;
    private const int TileFloats = 1 << 20;
    internal const int FewestTileRows = 256;

    /// <summary>
    /// Fills statistics [count, 2] with (log of the sum of exponentials, entropy), logProbs [count], and expected [count, D] unless it is
    /// null.
    /// </summary>
    public static void Forward(
        ManagedEngine engine,
        float* hidden,
        int count,
        Node head,
        int* targets,
        float inverseTemperature,
        float* statistics,
        float* logProbs,
        float* expected)
    {
        int vocabulary = head.Rows;
        int tileColumns = Math.Min(TileColumns, vocabulary);
        int tileRows = TileRows(count, tileColumns);
        var tile = engine.Arena.Rent((long)tileRows * tileColumns);
        var running = engine.Arena.Rent((long)tileRows * sizeof(Running) / sizeof(float));
        var job = new Job
        {
            Tile = tile.Data,
            Running = (Running*)running.Data,
            InverseTemperature = inverseTemperature,
            Statistics = statistics,
            LogProbs = logProbs,
            Width = head.Columns,
        };
        for (int row = 0; row < count; row += tileRows)
        {
            int rows = Math.Min(tileRows, count - row);
            new Span<Running>(job.Running, rows).Fill(Managed.Running.Empty);
            job.Expected = expected == null ? null : expected + ((long)row * job.Width);
            for (int column = 0; column < vocabulary; column += tileColumns)
            {
                job.FirstColumn = column;
                job.Columns = Math.Min(tileColumns, vocabulary - column);
                job.Targets = targets + row;
                Logits(engine, hidden, row, rows, head, &job);
                engine.Pool.For(rows, Grain(job.Columns), &ObservePart, &job);
                if (expected != null)
                {
                    var weights = MatrixView.RowMajor(tile.Data, rows, job.Columns);
                    var part = MatrixView.RowsOf(head, column, job.Columns);
                    Gemm.Multiply(engine, weights, part, job.Expected, job.Width, column > 0, null);
                }
            }

            job.FirstRow = row;
            Finish(&job, rows);
        }

        engine.Arena.Return(running);
        engine.Arena.Return(tile);
    }

    /// <summary>Adds to the gradients of hidden (row-major [count, D]) and of the head.</summary>
    /// <param name="engine">Engine.</param>
    /// <param name="hidden">[count, D].</param>
    /// <param name="count">Scored rows.</param>
    /// <param name="head">[V, D].</param>
    /// <param name="upstream">Targets, statistics and arrived gradients of the scored rows.</param>
    /// <param name="hiddenSink">[count, D]; null data for none.</param>
    /// <param name="headSink">[V, D]; null data for none.</param>
    public static void Backward(
        ManagedEngine engine, float* hidden, int count, Node head, Upstream upstream, GradientSink hiddenSink, GradientSink headSink)
    {
        var (vocabulary, width) = (head.Rows, head.Columns);
        int tileColumns = Math.Min(TileColumns, vocabulary);
        int tileRows = TileRows(count, tileColumns);
        var tile = engine.Arena.Rent((long)tileRows * tileColumns);
        var job = new Job { Tile = tile.Data, InverseTemperature = upstream.InverseTemperature, Upstream = upstream };
        for (int row = 0; row < count; row += tileRows)
        {
            int rows = Math.Min(tileRows, count - row);
            for (int column = 0; column < vocabulary; column += tileColumns)
            {
                job.FirstRow = row;
                job.FirstColumn = column;
                job.Columns = Math.Min(tileColumns, vocabulary - column);
                Logits(engine, hidden, row, rows, head, &job);
                engine.Pool.For(rows, Grain(job.Columns), &SlopePart, &job);
                var slopes = MatrixView.RowMajor(tile.Data, rows, job.Columns);
                if (hiddenSink.Data != null)
                {
                    var weight = MatrixView.RowsOf(head, column, job.Columns);
                    Gemm.Multiply(
                        engine, slopes, weight, hiddenSink.Data + ((long)row * width), width, hiddenSink.Accumulate || column > 0, null);
                }

                if (headSink.Data != null)
                {
                    var inputs = MatrixView.RowMajor(hidden + ((long)row * width), rows, width);
                    Gemm.Multiply(
                        engine,
                        slopes.Transposed,
                        inputs,
                        headSink.Data + ((long)column * width),
                        width,
                        headSink.Accumulate || row > 0,
                        null);
                }
            }
        }

        engine.Arena.Return(tile);
    }

    /// <summary>The gradient of hidden from what the forward pass has kept; of log-probs alone.</summary>
    /// <param name="engine">Engine.</param>
    /// <param name="count">Scored rows.</param>
    /// <param name="head">[V, D].</param>
    /// <param name="upstream">Targets and arrived gradients of the scored rows.</param>
    /// <param name="expected">[count, D] of <see cref="Forward"/>.</param>
    /// <param name="sink">[count, D].</param>
    public static void BackwardFromExpected(
        ManagedEngine engine, int count, Node head, Upstream upstream, float* expected, GradientSink sink)
    {
        int width = head.Columns;
        var rows = engine.Arena.Rent((long)count * width);
        Gathering.Forward(engine.Pool, head, upstream.Targets, count, rows.Data);
        var job = new Job
        {
            Upstream = upstream,
            InverseTemperature = upstream.InverseTemperature,
            Width = width,
            Expected = expected,
            Tile = rows.Data,
            Sink = sink,
        };
        engine.Pool.For(count, Grain(width), &DifferencePart, &job);
        engine.Arena.Return(rows);
    }

    private static int TileRows(int count, int tileColumns) =>
        Math.Clamp(TileFloats / tileColumns, FewestTileRows, Math.Max(count, FewestTileRows));

    private static int Grain(int columns) => 1 + (4096 / columns);

    private static void Logits(ManagedEngine engine, float* hidden, int row, int rows, Node head, Job* job)
    {
        int width = head.Columns;
        var inputs = MatrixView.RowMajor(hidden + ((long)row * width), rows, width);
        var weight = MatrixView.RowsOf(head, job->FirstColumn, job->Columns);
        Gemm.Multiply(engine, inputs, weight.Transposed, job->Tile, job->Columns, false, null);
    }

    private static void ObservePart(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int row = from; row < to; row++)
        {
            float* logits = job->Tile + ((long)row * job->Columns);
            int target = job->Targets[row] - job->FirstColumn;
            if (target >= 0 && target < job->Columns)
            {
                job->Running[row].Target = logits[target] * job->InverseTemperature;
            }

            float factor = Observe(&job->Running[row], logits, job->Columns, job->InverseTemperature, job->Expected != null);
            if (job->Expected != null && job->FirstColumn > 0 && factor != 1)
            {
                var sums = new Span<float>(job->Expected + ((long)row * job->Width), job->Width);
                TensorPrimitives.Multiply(sums, factor, sums);
            }
        }
    }

    // g·T⁻¹·(W[target] − Σ p·W).
    private static void DifferencePart(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int row = from; row < to; row++)
        {
            long offset = (long)row * job->Width;
            V arrived = Vector512.Create(job->Upstream.LogProbGradients[row] * job->InverseTemperature);
            for (int i = 0; i < job->Width; i += Simd.Width)
            {
                int left = job->Width - i;
                var difference = Simd.LoadUpTo(job->Tile + offset + i, left) - Simd.LoadUpTo(job->Expected + offset + i, left);
                Simd.Deliver(arrived * difference, job->Sink.Data + offset + i, left, job->Sink.Accumulate);
            }
        }
    }

    // Adds a tile to what is running of a row, and returns what that has been multiplied by. Where they are kept, logits become the
    // exponentials that are summed up.
    private static float Observe(Running* running, float* logits, int columns, float inverseTemperature, bool keeps)
    {
        V scale = Vector512.Create(inverseTemperature), largest = Vector512.Create(float.NegativeInfinity);
        for (int i = 0; i < columns; i += Simd.Width)
        {
            largest = Vector512.Max(largest, Padded(logits + i, columns - i) * scale);
        }

        float maximum = running->Maximum;
        for (int lane = 0; lane < Simd.Width; lane++)
        {
            maximum = MathF.Max(maximum, largest[lane]);
        }

        V shift = Vector512.Create(maximum), sum = V.Zero, weighted = V.Zero;
        for (int i = 0; i < columns; i += Simd.Width)
        {
            var distance = (Padded(logits + i, columns - i) * scale) - shift;
            var weight = Simd.Exp(distance);
            sum += weight;
            if (keeps)
            {
                Simd.StoreUpTo(weight, logits + i, columns - i);
            }

            var term = weight * distance;
            weighted += columns - i >= Simd.Width ? term : term & Simd.FirstLanes(columns - i);
        }

        return (float)running->Add(maximum, Vector512.Sum(sum), Vector512.Sum(weighted));
    }

    /// <summary>A register of logits, −∞ past the end.</summary>
    private static V Padded(float* logits, int left)
    {
        var value = Vector512.Load(logits);
        return left >= Simd.Width
            ? value
            : Vector512.ConditionalSelect(Simd.FirstLanes(left), value, Vector512.Create(float.NegativeInfinity));
    }

    private static void Finish(Job* job, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            var running = job->Running[row];
            double log = Math.Log(running.Sum);
            job->Statistics[2 * (job->FirstRow + row)] = (float)(running.Maximum + log);
            job->Statistics[(2 * (job->FirstRow + row)) + 1] = (float)(log - (running.Weighted / running.Sum));
            job->LogProbs[job->FirstRow + row] = (float)(running.Target - (double)running.Maximum - log);
            if (job->Expected != null)
            {
                var sums = new Span<float>(job->Expected + ((long)row * job->Width), job->Width);
                TensorPrimitives.Multiply(sums, (float)(1 / running.Sum), sums);
            }
        }
    }

    /// <summary>
    /// Logits z become ∂/∂z: with p = softmax(z/T), T⁻¹·(g·(1[target] − p) − e·p·(log p + entropy)), g and e the arrived gradients.
    /// </summary>
    private static void SlopePart(void* state, int from, int to)
    {
        var job = (Job*)state;
        V scale = Vector512.Create(job->InverseTemperature);
        for (int row = from; row < to; row++)
        {
            int index = job->FirstRow + row;
            float* logits = job->Tile + ((long)row * job->Columns);
            float arrived = job->Upstream.LogProbGradients[index] * job->InverseTemperature;
            V g = Vector512.Create(arrived), e = Vector512.Create(job->Upstream.EntropyGradients[index] * job->InverseTemperature);
            V log = Vector512.Create(job->Upstream.Statistics[2 * index]), entropy = Vector512.Create(
                job->Upstream.Statistics[(2 * index) + 1]);
            for (int i = 0; i < job->Columns; i += Simd.Width)
            {
                int left = job->Columns - i;
                var logProb = (Simd.LoadUpTo(logits + i, left) * scale) - log;
                var slope = -Simd.Exp(logProb) * (g + (e * (logProb + entropy)));
                Simd.StoreUpTo(slope, logits + i, left);
            }

            int target = job->Upstream.Targets[index] - job->FirstColumn;
            if (target >= 0 && target < job->Columns)
            {
                logits[target] += arrived;
            }
        }
    }

    /// <summary>What the backward pass is given for each scored row.</summary>
    internal struct Upstream
    {
        public int* Targets;
        public float* Statistics;
        public float* LogProbGradients;
        public float* EntropyGradients;
        public float InverseTemperature;
    }

    private struct Job
    {
        public float* Tile;
        public Running* Running;
        public int* Targets;
        public int FirstRow;
        public int FirstColumn;
        public int Columns;
        public float InverseTemperature;
        public float* Statistics;
        public float* LogProbs;
        public int Width;
        public float* Expected;
        public GradientSink Sink;
        public Upstream Upstream;
    }
}
