using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

using V = Vector512<float>;

/// <summary>
/// Causal self-attention, one task for each (sequence, key/value head). The forward pass keeps the log of each softmax's
/// denominator; the backward pass recomputes the weights from it (Dao et al. 2022), so nothing quadratic in time is held.
/// </summary>
internal static unsafe class CausalAttentionKernel
{
    /// <summary>Saved0 is lengths [batch]; Saved1 the logs [batch · heads · time], or none where no gradient is recorded.</summary>
    public static void Forward(ManagedEngine engine, Node qkv, HeadLayout heads, int* lengths, int time, float* logs, Node y)
    {
        var job = new Job { Qkv = qkv.Data, Heads = heads, Lengths = lengths, Time = time, Logs = logs, Output = y.Data };
        Run(engine, &job, qkv.Rows, floatsPerTask: job.Padded * (heads.Size + 1), &ForwardPart);
    }

    public static void Backward(Node node)
    {
        if (!node.A!.Accepts(out var sink))
        {
            return;
        }

        var job = new Job
        {
            Qkv = node.A.Data,
            Heads = node.Heads,
            Lengths = node.Saved0.Integers,
            Time = node.Integer0,
            Logs = node.Saved1.Data,
            Output = node.Data,
            Gradient = node.Arrived,
            Sink = sink,
        };
        int rows = 2 * job.Time * Simd.RoundUp(node.Heads.Size);
        Run(node.Engine, &job, node.Rows, (job.Padded * ((2 * node.Heads.Size) + 2)) + rows, &BackwardPart);
    }

    private static void Run(ManagedEngine engine, Job* job, int rows, int floatsPerTask, delegate*<void*, int, int, void> part)
    {
        if (rows == 0)
        {
            return;
        }

        int tasks = rows / job->Time * job->Heads.KeyValueHeads;
        long workPerTask = 1 + ((long)job->Time * job->Time * job->Heads.Size * job->Heads.Heads / job->Heads.KeyValueHeads);
        int threads = (int)Math.Min(engine.Pool.Threads, Math.Max(1, tasks * workPerTask / 30_000));
        job->Tasks = tasks;
        job->Parts = Math.Min(threads == 1 ? 1 : 4 * threads, tasks);
        job->ScratchFloats = floatsPerTask + Arena.Line;
        var scratch = engine.Arena.Rent((long)job->ScratchFloats * job->Parts);
        job->Scratch = scratch.Data;
        engine.Pool.For(job->Parts, 1, part, job);
        engine.Arena.Return(scratch);
    }

    private static void ForwardPart(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int part = from; part < to; part++)
        {
            float* scratch = job->Scratch + ((long)part * job->ScratchFloats);
            var (first, last) = job->TasksOf(part);
            for (int task = first; task < last; task++)
            {
                ForwardTask(job, task / job->Heads.KeyValueHeads, task % job->Heads.KeyValueHeads, scratch);
            }
        }
    }

    private static void ForwardTask(Job* job, int sequence, int group, float* keys)
    {
        var heads = job->Heads;
        int length = job->Lengths[sequence];
        int padded = job->Padded;
        float* weights = keys + (padded * heads.Size);
        float* values = job->Values(sequence, group);
        AttentionRows.Transpose(job->Keys(sequence, group), heads.PackedWidth, length, heads.Size, keys, padded);
        foreach (int head in job->HeadsOf(group))
        {
            for (int t = 0; t < length; t++)
            {
                float log = AttentionRows.Attend(job->Query(sequence, head, t), keys, padded, values, heads.PackedWidth, t + 1, heads.Size, weights, job->At(job->Output, sequence, head, t));
                if (job->Logs != null)
                {
                    job->Logs[job->LogIndex(sequence, head, t)] = log;
                }
            }

            for (int t = length; t < job->Time; t++)
            {
                new Span<float>(job->At(job->Output, sequence, head, t), heads.Size).Clear();
            }
        }
    }

    private static void BackwardPart(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int part = from; part < to; part++)
        {
            float* scratch = job->Scratch + ((long)part * job->ScratchFloats);
            var (first, last) = job->TasksOf(part);
            for (int task = first; task < last; task++)
            {
                BackwardTask(job, task / job->Heads.KeyValueHeads, task % job->Heads.KeyValueHeads, scratch);
            }
        }
    }

    private static void BackwardTask(Job* job, int sequence, int group, float* scratch)
    {
        var heads = job->Heads;
        int length = job->Lengths[sequence];
        int padded = job->Padded;
        int rows = job->Time * Simd.RoundUp(heads.Size);
        float* keyRows = scratch;
        float* valueRows = keyRows + rows;
        float* keys = valueRows + rows;
        float* values = keys + (padded * heads.Size);
        float* weights = values + (padded * heads.Size);
        new Span<float>(keyRows, 2 * rows).Clear();
        AttentionRows.Transpose(job->Keys(sequence, group), heads.PackedWidth, length, heads.Size, keys, padded);
        AttentionRows.Transpose(job->Values(sequence, group), heads.PackedWidth, length, heads.Size, values, padded);
        foreach (int head in job->HeadsOf(group))
        {
            for (int t = 0; t < length; t++)
            {
                float* query = job->Query(sequence, head, t);
                float* gradient = job->At(job->Gradient, sequence, head, t);
                float* slopes = weights + padded;
                Slopes(job, sequence, head, t, keys, values, weights, slopes);
                AttentionRows.Combine(slopes, job->Keys(sequence, group), heads.PackedWidth, t + 1, heads.Size, 1, job->SinkQuery(sequence, head, t), job->Sink.Accumulate);
                AttentionRows.Spread(slopes, query, t + 1, heads.Size, keyRows);
                AttentionRows.Spread(weights, gradient, t + 1, heads.Size, valueRows);
            }
        }

        Deliver(job, sequence, group, length, keyRows, valueRows);
    }

    /// <summary>
    /// Weights p of one query again, and ds = p·(dp − Σ dp·p)/√size, the gradient of its scores before scaling, where
    /// dp_s = gradient·v_s and Σ dp·p = gradient·output.
    /// </summary>
    private static void Slopes(Job* job, int sequence, int head, int t, float* keys, float* values, float* weights, float* slopes)
    {
        int size = job->Heads.Size;
        float* query = job->Query(sequence, head, t);
        float* gradient = job->At(job->Gradient, sequence, head, t);
        V scale = Vector512.Create(1 / MathF.Sqrt(size));
        V log = Vector512.Create(job->Logs[job->LogIndex(sequence, head, t)]);
        V mean = Vector512.Create(DotProducts.Dot(gradient, job->At(job->Output, sequence, head, t), size));
        for (int s = 0; s <= t; s += Simd.Width)
        {
            var weight = Simd.Exp((AttentionRows.Products(query, keys + s, job->Padded, size) * scale) - log);
            var slope = weight * (AttentionRows.Products(gradient, values + s, job->Padded, size) - mean) * scale;
            weight.Store(weights + s);
            slope.Store(slopes + s);
        }
    }

    private static void Deliver(Job* job, int sequence, int group, int length, float* keyRows, float* valueRows)
    {
        var heads = job->Heads;
        int stride = Simd.RoundUp(heads.Size);
        for (int t = 0; t < length; t++)
        {
            float* row = job->Sink.Data + ((((long)sequence * job->Time) + t) * heads.PackedWidth);
            for (int i = 0; i < heads.Size; i += Simd.Width)
            {
                int left = heads.Size - i;
                Simd.Deliver(Vector512.Load(keyRows + (t * stride) + i), row + job->KeyColumn(group) + i, left, job->Sink.Accumulate);
                Simd.Deliver(Vector512.Load(valueRows + (t * stride) + i), row + job->ValueColumn(group) + i, left, job->Sink.Accumulate);
            }
        }

        if (group == 0 && !job->Sink.Accumulate)
        {
            float* padding = job->Sink.Data + ((((long)sequence * job->Time) + length) * heads.PackedWidth);
            new Span<float>(padding, (job->Time - length) * heads.PackedWidth).Clear();
        }
    }

    private struct Job
    {
        public float* Qkv;
        public HeadLayout Heads;
        public int* Lengths;
        public int Time;
        public float* Logs;
        public float* Output;
        public float* Gradient;
        public GradientSink Sink;
        public int Tasks;
        public int Parts;
        public int ScratchFloats;
        public float* Scratch;

        /// <summary>Time rounded up to whole registers: the row stride of transposed keys and values.</summary>
        public readonly int Padded => Simd.RoundUp(Time);

        public readonly int KeyColumn(int group) => (Heads.Heads + group) * Heads.Size;

        public readonly int ValueColumn(int group) => (Heads.Heads + Heads.KeyValueHeads + group) * Heads.Size;

        public readonly float* Keys(int sequence, int group) => Qkv + ((long)sequence * Time * Heads.PackedWidth) + KeyColumn(group);

        public readonly float* Values(int sequence, int group) => Qkv + ((long)sequence * Time * Heads.PackedWidth) + ValueColumn(group);

        public readonly float* Query(int sequence, int head, int t) => Qkv + ((((long)sequence * Time) + t) * Heads.PackedWidth) + (head * Heads.Size);

        public readonly float* SinkQuery(int sequence, int head, int t) => Sink.Data + (Query(sequence, head, t) - Qkv);

        public readonly float* At(float* output, int sequence, int head, int t) => output + ((((long)sequence * Time) + t) * Heads.OutputWidth) + (head * Heads.Size);

        public readonly long LogIndex(int sequence, int head, int t) => ((((long)sequence * Heads.Heads) + head) * Time) + t;

        /// <summary>Query heads that read this key/value head.</summary>
        public readonly HeadRange HeadsOf(int group) => new(group * (Heads.Heads / Heads.KeyValueHeads), (group + 1) * (Heads.Heads / Heads.KeyValueHeads));

        public readonly (int First, int Last) TasksOf(int part) => ((int)((long)Tasks * part / Parts), (int)((long)Tasks * (part + 1) / Parts));
    }
}

/// <summary>Heads first … last − 1, for <c>foreach</c> without an allocation.</summary>
internal struct HeadRange(int first, int last)
{
    private int _current = first - 1;

    public readonly int Current => _current;

    public readonly HeadRange GetEnumerator() => this;

    public bool MoveNext() => ++_current < last;
}
