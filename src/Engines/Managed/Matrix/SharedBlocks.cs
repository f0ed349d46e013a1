namespace RlCore.Engines.Managed;

/// <summary>
/// Packed products of many rows on several threads: a block of B is packed once, by all threads, and then chunks of rows of A are claimed
/// by whoever is free. The sums are in the order of <see cref="Gemm"/>'s other products.
/// </summary>
internal static unsafe class SharedBlocks
{
    // Enough chunks that a thread that is late holds up little, and of enough rows that a block of B is read for each of them seldom.
    private const int ChunksPerThread = 4;
    private const int FewestRows = 48;

    /// <summary>C (+)= A·B (+ bias).</summary>
    public static void Multiply<TKernel>(ManagedEngine engine, MatrixView a, MatrixView b, float* c, int stride, Epilogue epilogue)
        where TKernel : struct, IMicroKernel
    {
        int wanted = engine.Pool.Threads * ChunksPerThread;
        int perChunk = Math.Max(FewestRows, (a.Rows + wanted - 1) / wanted);
        perChunk = Math.Min(Gemm.RowBlock, (perChunk + TKernel.Rows - 1) / TKernel.Rows * TKernel.Rows);
        var job = new Job { A = a, B = b, C = c, Stride = stride, RowsOfChunk = perChunk };
        int chunks = (a.Rows + perChunk - 1) / perChunk;
        int widest = Math.Min(Gemm.ColumnBlock, (b.Columns + TKernel.Columns - 1) / TKernel.Columns * TKernel.Columns);
        int deepest = Math.Min(Gemm.DepthBlock, a.Columns);
        var packed = engine.Arena.Rent((long)widest * deepest);
        var left = engine.Arena.Rent((long)chunks * perChunk * deepest);
        job.PackedB = packed.Data;
        job.PackedA = left.Data;
        for (job.Column = 0; job.Column < b.Columns; job.Column += Gemm.ColumnBlock)
        {
            job.Columns = Math.Min(Gemm.ColumnBlock, b.Columns - job.Column);
            job.K = 0;
            do
            {
                job.Depth = Math.Min(Gemm.DepthBlock, a.Columns - job.K);
                job.Epilogue = job.K == 0 ? epilogue.At(job.Column) : new Epilogue(true, null);
                engine.Pool.For((job.Columns + TKernel.Columns - 1) / TKernel.Columns, 1, &PackPart<TKernel>, &job);
                engine.Pool.For(chunks, 1, &RowsPart<TKernel>, &job);
                job.K += job.Depth;
            }
            while (job.K < a.Columns);
        }

        engine.Arena.Return(left);
        engine.Arena.Return(packed);
    }

    private static void PackPart<TKernel>(void* state, int from, int to)
        where TKernel : struct, IMicroKernel
    {
        var job = (Job*)state;
        int first = from * TKernel.Columns;
        int columns = Math.Min(to * TKernel.Columns, job->Columns) - first;
        float* target = job->PackedB + ((long)first * job->Depth);
        Gemm.PackRight(job->B, job->K, job->Column + first, job->Depth, columns, TKernel.Columns, target);
    }

    private static void RowsPart<TKernel>(void* state, int from, int to)
        where TKernel : struct, IMicroKernel
    {
        var job = (Job*)state;
        for (int chunk = from; chunk < to; chunk++)
        {
            int row = chunk * job->RowsOfChunk;
            int rows = Math.Min(job->RowsOfChunk, job->A.Rows - row);
            float* packed = job->PackedA + ((long)row * job->Depth);
            Packing.Pack(job->A.At(row, job->K), job->A.RowStride, job->A.ColumnStride, rows, job->Depth, TKernel.Rows, packed);
            Gemm.Tiles<TKernel>(
                packed,
                job->PackedB,
                rows,
                job->Columns,
                job->Depth,
                job->C + ((long)row * job->Stride) + job->Column,
                job->Stride,
                job->Epilogue);
        }
    }

    private struct Job
    {
        public MatrixView A;
        public MatrixView B;
        public float* C;
        public int Stride;
        public Epilogue Epilogue;
        public int RowsOfChunk;
        public int Column;
        public int Columns;
        public int K;
        public int Depth;
        public float* PackedA;
        public float* PackedB;
    }
}
