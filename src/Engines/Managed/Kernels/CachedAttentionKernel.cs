namespace RlCore.Engines.Managed;

/// <summary>Attention of new tokens over a cache, one task for each (row, key/value head).</summary>
internal static unsafe class CachedAttentionKernel
{
    /// <summary>Appends the new keys and values, then attends.</summary>
    public static void Forward(KeyValueCache cache, int layer, Node qkv, int* lengths, int time, Node y)
    {
        var heads = cache.Heads;
        var engine = cache.Engine;
        int rows = cache.Lengths.Length;
        var table = engine.Arena.Rent((long)rows * sizeof(Row) / sizeof(float));
        var job = new Job
        {
            Qkv = qkv.Data,
            Output = y.Data,
            Heads = heads,
            Time = time,
            Rows = (Row*)table.Data,
            KeyTokens = cache.KeyTokens,
            Capacity = cache.Capacity,
        };
        for (int row = 0; row < rows; row++)
        {
            job.Rows[row] = new Row
            {
                Keys = cache.Keys(layer, row, 0),
                Values = cache.Values(layer, row, 0),
                Held = cache.Lengths[row],
                New = lengths[row],
            };
        }

        job.Tasks = rows * heads.KeyValueHeads;
        job.Parts = Math.Clamp(job.Tasks / 32, 1, engine.Pool.Threads * 4);
        job.ScratchFloats = AttentionTiles.Group * cache.KeyTokens;
        var scratch = engine.Arena.Rent((long)job.ScratchFloats * job.Parts);
        job.Scratch = scratch.Data;
        engine.Pool.For(job.Parts, 1, &Part, &job);
        engine.Arena.Return(scratch);
        engine.Arena.Return(table);
    }

    private static void Part(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int part = from; part < to; part++)
        {
            int last = (int)((long)job->Tasks * (part + 1) / job->Parts);
            for (int task = (int)((long)job->Tasks * part / job->Parts); task < last; task++)
            {
                Attend(
                    job,
                    task / job->Heads.KeyValueHeads,
                    task % job->Heads.KeyValueHeads,
                    job->Scratch + ((long)part * job->ScratchFloats));
            }
        }
    }

    private static void Attend(Job* job, int index, int group, float* weights)
    {
        var heads = job->Heads;
        var row = job->Rows[index];
        int size = heads.Size;
        float* keys = row.Keys + ((long)group * size * job->KeyTokens);
        float* values = row.Values + ((long)group * size * job->Capacity);
        float* packed = job->Qkv + ((long)index * job->Time * heads.PackedWidth);
        for (int t = 0; t < row.New; t++)
        {
            Append(job, row.Held + t, packed + ((long)t * heads.PackedWidth), group, keys, values);
        }

        int shared = heads.Heads / heads.KeyValueHeads;
        int first = group * shared;
        float* output = job->Output + ((long)index * job->Time * heads.OutputWidth);
        if (row.New == 1)
        {
            OfOneToken(job, packed + (first * size), row.Held + 1, shared, keys, values, weights, output + (first * size));
        }
        else
        {
            for (int head = first; head < first + shared; head++)
            {
                OfTokens(job, packed + (head * size), row, keys, values, weights, output + (head * size));
            }
        }

        for (int t = row.New; t < job->Time; t++)
        {
            new Span<float>(output + ((long)t * heads.OutputWidth) + (first * size), shared * size).Clear();
        }
    }

    /// <summary>The heads of a group see the same tokens, so they meet its keys and values together.</summary>
    private static void OfOneToken(
        Job* job, float* query, int visible, int shared, float* keys, float* values, float* weights, float* output)
    {
        int size = job->Heads.Size;
        for (int head = 0; head < shared; head += AttentionTiles.Group, query += AttentionTiles.Group * size)
        {
            int count = Math.Min(AttentionTiles.Group, shared - head);
            var results = new TileOutput(output + (head * size), size, count, accumulate: false);
            AttentionRows.Attend(query, size, count, keys, job->KeyTokens, values, size, visible, 0, size, weights, results, null);
        }
    }

    /// <summary>The new tokens of one head, each of which sees one more.</summary>
    private static void OfTokens(Job* job, float* query, Row row, float* keys, float* values, float* weights, float* output)
    {
        var heads = job->Heads;
        int size = heads.Size;
        for (int t = 0; t < row.New; t += AttentionTiles.Group)
        {
            int count = Math.Min(AttentionTiles.Group, row.New - t);
            int visible = row.Held + t + 1;
            var results = new TileOutput(output + ((long)t * heads.OutputWidth), heads.OutputWidth, count, accumulate: false);
            float* queries = query + ((long)t * heads.PackedWidth);
            AttentionRows.Attend(
                queries, heads.PackedWidth, count, keys, job->KeyTokens, values, size, visible, 1, size, weights, results, null);
        }
    }

    /// <summary>One token's key, as a column of its block, and value, as a row.</summary>
    private static void Append(Job* job, int position, float* packed, int group, float* keys, float* values)
    {
        var heads = job->Heads;
        float* key = packed + ((heads.Heads + group) * heads.Size);
        float* value = key + (heads.KeyValueHeads * heads.Size);
        float* column = keys + ((long)(position / Simd.Width) * Simd.Width * heads.Size) + (position % Simd.Width);
        for (int i = 0; i < heads.Size; i++, column += Simd.Width)
        {
            *column = key[i];
        }

        new ReadOnlySpan<float>(value, heads.Size).CopyTo(new Span<float>(values + ((long)position * heads.Size), heads.Size));
    }

    private struct Row
    {
        public float* Keys;
        public float* Values;
        public int Held;
        public int New;
    }

    private struct Job
    {
        public float* Qkv;
        public float* Output;
        public HeadLayout Heads;
        public int Time;
        public Row* Rows;
        public int KeyTokens;
        public int Capacity;
        public int Tasks;
        public int Parts;
        public int ScratchFloats;
        public float* Scratch;
    }
}
