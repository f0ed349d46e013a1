using System.Runtime.Intrinsics.X86;

namespace RlCore.Engines.Managed;

/// <summary>
/// Causal self-attention, one task for each (sequence, key/value head). The forward pass keeps the log of each softmax's
/// denominator; the backward pass recomputes the weights from it (Dao et al. 2022), so nothing quadratic in time is held.
/// </summary>
internal static unsafe class CausalAttentionKernel
{
    // Queries whose weights are held at once in the backward pass; a multiple of the tile's group.
    internal const int QueryBlock = 64;

    // Beyond this time the next sequence does not fit into the cache beside this one.
    private const int LongestPrefetch = 32;

    /// <summary>Saved0 is lengths [batch]; Saved1 the logs [batch · heads · time], or none where no gradient is recorded.</summary>
    public static void Forward(ManagedEngine engine, Node qkv, HeadLayout heads, int* lengths, int time, float* logs, Node y)
    {
        var job = new Job { Qkv = qkv.Data, Heads = heads, Lengths = lengths, Time = time, Logs = logs, Output = y.Data };
        Run(engine, &job, qkv.Rows, floatsPerTask: job.Padded * (heads.Size + AttentionTiles.Group), &ForwardPart);
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
        Run(node.Engine, &job, node.Rows, (2 * job.Padded * node.Heads.Size) + (2 * job.BlockFloats), &BackwardPart);
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

    /// <summary>
    /// Asks for what the same head of the next sequence will read: short sequences touch many rows for few bytes of each,
    /// which the hardware does not foresee.
    /// </summary>
    private static void PrefetchNext(Job* job, int sequence, int group)
    {
        int next = sequence + 1;
        if (!Sse.IsSupported || job->Time > LongestPrefetch || (next * job->Heads.KeyValueHeads) >= job->Tasks)
        {
            return;
        }

        int shared = job->Heads.Heads / job->Heads.KeyValueHeads;
        int width = job->Heads.Size;
        for (int t = 0; t < job->Lengths[next]; t++)
        {
            long row = ((long)next * job->Time) + t;
            float* packed = job->Qkv + (row * job->Heads.PackedWidth);
            Prefetch(packed + (group * shared * width), shared * width);
            Prefetch(packed + job->KeyColumn(group), width);
            Prefetch(packed + job->ValueColumn(group), width);
            if (job->Gradient != null)
            {
                Prefetch(job->At(job->Gradient, next, group * shared, t), shared * width);
                Prefetch(job->At(job->Output, next, group * shared, t), shared * width);
            }
        }
    }

    private static void Prefetch(float* data, int count)
    {
        for (int i = 0; i < count; i += Arena.Line)
        {
            Sse.Prefetch0(data + i);
        }
    }

    private static void ForwardTask(Job* job, int sequence, int group, float* keys)
    {
        PrefetchNext(job, sequence, group);
        var heads = job->Heads;
        int length = job->Lengths[sequence];
        int padded = job->Padded;
        float* weights = keys + (padded * heads.Size);
        Packing.Pack(job->Keys(sequence, group), heads.PackedWidth, 1, length, heads.Size, Simd.Width, keys);
        foreach (int head in job->HeadsOf(group))
        {
            for (int t = 0; t < length; t += AttentionTiles.Group)
            {
                int count = Math.Min(AttentionTiles.Group, length - t);
                var output = new TileOutput(job->At(job->Output, sequence, head, t), heads.OutputWidth, count, accumulate: false);
                float* logs = job->Logs == null ? null : job->Logs + job->LogIndex(sequence, head, t);
                AttentionRows.Attend(
                    job->Query(sequence, head, t),
                    heads.PackedWidth,
                    count,
                    keys,
                    padded,
                    job->Values(sequence, group),
                    heads.PackedWidth,
                    t + 1,
                    1,
                    heads.Size,
                    weights,
                    output,
                    logs);
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

    private static void BackwardTask(Job* job, int sequence, int group, float* keys)
    {
        PrefetchNext(job, sequence, group);
        var heads = job->Heads;
        int length = job->Lengths[sequence];
        int padded = job->Padded;
        float* values = keys + (padded * heads.Size);
        float* weights = values + (padded * heads.Size);
        Packing.Pack(job->Keys(sequence, group), heads.PackedWidth, 1, length, heads.Size, Simd.Width, keys);
        Packing.Pack(job->Values(sequence, group), heads.PackedWidth, 1, length, heads.Size, Simd.Width, values);
        foreach (int head in job->HeadsOf(group))
        {
            bool isFirst = head == group * (heads.Heads / heads.KeyValueHeads);
            for (int first = 0; first < length; first += QueryBlock)
            {
                int last = Math.Min(first + QueryBlock, length);
                QueryGradients(job, sequence, head, first, last, keys, values, weights);
                KeyValueGradients(job, sequence, head, first, last, weights, isFirst);
            }
        }

        if (group == 0 && !job->Sink.Accumulate)
        {
            float* padding = job->Sink.Data + ((((long)sequence * job->Time) + length) * heads.PackedWidth);
            new Span<float>(padding, (job->Time - length) * heads.PackedWidth).Clear();
        }
    }

    /// <summary>
    /// For the queries first … last − 1: their weights p again, ds = p·(dp − Σ dp·p)/√size where dp_s = gradient·v_s and
    /// Σ dp·p = gradient·output, and dq = Σ_s ds_s·k_s.
    /// </summary>
    private static void QueryGradients(Job* job, int sequence, int head, int first, int last, float* keys, float* values, float* weights)
    {
        var heads = job->Heads;
        int padded = job->Padded;
        float* slopes = weights + job->BlockFloats;
        float scale = 1 / MathF.Sqrt(heads.Size);
        for (
            int t = first; t < last; t += AttentionTiles.Group,
            weights += AttentionTiles.Group * padded,
            slopes += AttentionTiles.Group * padded)
        {
            int count = Math.Min(AttentionTiles.Group, last - t);
            int visible = t + count;
            float* gradient = job->At(job->Gradient, sequence, head, t);
            float* output = job->At(job->Output, sequence, head, t);
            AttentionTiles.Scores(job->Query(sequence, head, t), heads.PackedWidth, count, keys, padded, heads.Size, visible, weights);
            AttentionTiles.Scores(gradient, heads.OutputWidth, count, values, padded, heads.Size, visible, slopes);
            for (int i = 0; i < count; i++)
            {
                float mean = Simd.Dot(gradient + (i * heads.OutputWidth), output + (i * heads.OutputWidth), heads.Size);
                AttentionRows.Slopes(
                    weights + (i * padded),
                    slopes + (i * padded),
                    t + i + 1,
                    visible,
                    scale,
                    job->Logs[job->LogIndex(sequence, head, t + i)],
                    mean);
            }

            var sink = new TileOutput(job->SinkQuery(sequence, head, t), heads.PackedWidth, count, job->Sink.Accumulate);
            AttentionTiles.Combine(
                new TileWeights(slopes, stride: 1, step: padded),
                job->Keys(sequence, head * heads.KeyValueHeads / heads.Heads),
                heads.PackedWidth,
                visible,
                heads.Size,
                sink);
        }
    }

    /// <summary>
    /// What a block of queries adds to the keys and values before it: dk_s = Σ_t ds[t, s]·q_t and dv_s = Σ_t p[t, s]·gradient_t.
    /// </summary>
    private static void KeyValueGradients(Job* job, int sequence, int head, int first, int last, float* weights, bool isFirstHead)
    {
        var heads = job->Heads;
        int padded = job->Padded;
        int group = head * heads.KeyValueHeads / heads.Heads;
        float* slopes = weights + job->BlockFloats;
        for (int s = 0; s < last; s += AttentionTiles.Group)
        {
            // Queries see only keys up to themselves. The first to reach a key overwrites what its gradient held.
            int t = Math.Max(first, s);
            int offset = ((t - first) * padded) + s;
            bool accumulate = job->Sink.Accumulate || !isFirstHead || s < first;
            int count = Math.Min(AttentionTiles.Group, last - s);
            float* row = job->Sink.Data + ((((long)sequence * job->Time) + s) * heads.PackedWidth);
            AttentionTiles.Combine(
                new TileWeights(slopes + offset, padded, 1),
                job->Query(sequence, head, t),
                heads.PackedWidth,
                last - t,
                heads.Size,
                new TileOutput(row + job->KeyColumn(group), heads.PackedWidth, count, accumulate));
            AttentionTiles.Combine(
                new TileWeights(weights + offset, padded, 1),
                job->At(job->Gradient, sequence, head, t),
                heads.OutputWidth,
                last - t,
                heads.Size,
                new TileOutput(row + job->ValueColumn(group), heads.PackedWidth, count, accumulate));
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

        /// <summary>Weights of a block of queries, in whole groups.</summary>
        public readonly int BlockFloats => (Math.Min(QueryBlock, Time) + AttentionTiles.Group) * Padded;

        public readonly int KeyColumn(int group) => (Heads.Heads + group) * Heads.Size;

        public readonly int ValueColumn(int group) => (Heads.Heads + Heads.KeyValueHeads + group) * Heads.Size;

        public readonly float* Keys(int sequence, int group) => Qkv + ((long)sequence * Time * Heads.PackedWidth) + KeyColumn(group);

        public readonly float* Values(int sequence, int group) => Qkv + ((long)sequence * Time * Heads.PackedWidth) + ValueColumn(group);

        public readonly float* Query(int sequence, int head, int t) =>
            Qkv + ((((long)sequence * Time) + t) * Heads.PackedWidth) + (head * Heads.Size);

        public readonly float* SinkQuery(int sequence, int head, int t) => Sink.Data + (Query(sequence, head, t) - Qkv);

        public readonly float* At(float* output, int sequence, int head, int t) =>
            output + ((((long)sequence * Time) + t) * Heads.OutputWidth) + (head * Heads.Size);

        public readonly long LogIndex(int sequence, int head, int t) => ((((long)sequence * Heads.Heads) + head) * Time) + t;

        /// <summary>Query heads that read this key/value head.</summary>
        public readonly HeadRange HeadsOf(int group) =>
            new(group * (Heads.Heads / Heads.KeyValueHeads), (group + 1) * (Heads.Heads / Heads.KeyValueHeads));

        public readonly (int First, int Last) TasksOf(int part) =>
            ((int)((long)Tasks * part / Parts), (int)((long)Tasks * (part + 1) / Parts));
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
