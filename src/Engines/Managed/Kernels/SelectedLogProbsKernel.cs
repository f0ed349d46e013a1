using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Log-probs of targets and entropies from hidden states and the head, over tiles of logits that are thrown away: a running
/// maximum, sum and weighted sum for each row (Milakov and Gimelshein 2018). The backward pass makes the tiles again.
/// </summary>
internal static unsafe class SelectedLogProbsKernel
{
    internal const int TileColumns = 4096;
    private const int TileFloats = 1 << 20;
    internal const int FewestTileRows = 256;

    /// <summary>Fills statistics [count, 2] with (log of the sum of exponentials, entropy), and logProbs [count].</summary>
    public static void Forward(
        ManagedEngine engine,
        float* hidden,
        int count,
        Node head,
        int* targets,
        float inverseTemperature,
        float* statistics,
        float* logProbs)
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
        };
        for (int row = 0; row < count; row += tileRows)
        {
            int rows = Math.Min(tileRows, count - row);
            new Span<Running>(job.Running, rows).Fill(Managed.Running.Empty);
            for (int column = 0; column < vocabulary; column += tileColumns)
            {
                job.FirstColumn = column;
                job.Columns = Math.Min(tileColumns, vocabulary - column);
                job.Targets = targets + row;
                Logits(engine, hidden, row, rows, head, &job);
                engine.Pool.For(rows, Grain(job.Columns), &ObservePart, &job);
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

            Observe(&job->Running[row], logits, job->Columns, job->InverseTemperature);
        }
    }

    private static void Observe(Running* running, float* logits, int columns, float inverseTemperature)
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
            var term = weight * distance;
            weighted += columns - i >= Simd.Width ? term : term & Simd.FirstLanes(columns - i);
        }

        running->Add(maximum, Vector512.Sum(sum), Vector512.Sum(weighted));
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
        public Upstream Upstream;
    }
}

/// <summary>A softmax seen so far: maximum m, Σ e^(z−m), Σ e^(z−m)(z−m), and the target's logit.</summary>
internal struct Running
{
    public float Maximum;
    public float Target;
    public double Sum;
    public double Weighted;

    public static Running Empty => new() { Maximum = float.NegativeInfinity };

    /// <summary>Adds a tile whose sums are relative to <paramref name="maximum"/>, which is at least the present one.</summary>
    public void Add(float maximum, double sum, double weighted)
    {
        if (Sum > 0)
        {
            double shift = (double)Maximum - maximum;
            double factor = Math.Exp(shift);
            Weighted = factor * (Weighted + (shift * Sum));
            Sum *= factor;
        }

        Maximum = maximum;
        Sum += sum;
        Weighted += weighted;
    }
}
