namespace RlCore.Engines.Managed;

#pragma warning disable CS8500 // The job points at a reference on the caller's stack, which lives until all parts are done.

/// <summary>Logits a tile of rows at a time, then <see cref="TokenSampler"/> on each row.</summary>
internal static unsafe class SamplingKernel
{
    internal const int TileFloats = 1 << 21;

    internal const int FewestTileRows = 32;

    public static void Run(
        ManagedEngine engine,
        Node hidden,
        Node head,
        SamplingOptions options,
        ReadOnlySpan<double> uniforms,
        Span<int> tokens,
        Span<float> logProbs)
    {
        int vocabulary = head.Rows;
        int tileRows = Math.Clamp(TileFloats / Math.Max(vocabulary, 1), FewestTileRows, Math.Max(hidden.Rows, FewestTileRows));
        var tile = engine.Arena.Rent((long)tileRows * vocabulary);
        fixed (double* uniform = uniforms)
        fixed (int* token = tokens)
        fixed (float* logProb = logProbs)
        {
            var job = new Job { Logits = tile.Data, Vocabulary = vocabulary, Options = &options };
            for (int row = 0; row < hidden.Rows; row += tileRows)
            {
                int rows = Math.Min(tileRows, hidden.Rows - row);
                var states = MatrixView.RowsOf(hidden, row, rows);
                Gemm.Multiply(engine, states, MatrixView.Of(head).Transposed, tile.Data, vocabulary, false, null);
                job.Uniforms = uniform + row;
                job.Tokens = token + row;
                job.LogProbs = logProb + row;
                engine.Pool.For(rows, 1 + (2048 / Math.Max(vocabulary, 1)), &Part, &job);
            }
        }

        engine.Arena.Return(tile);
    }

    private static void Part(void* state, int from, int to)
    {
        var job = (Job*)state;
        for (int row = from; row < to; row++)
        {
            var logits = new ReadOnlySpan<float>(job->Logits + ((long)row * job->Vocabulary), job->Vocabulary);
            var drawn = TokenSampler.Draw(logits, *job->Options, job->Uniforms[row]);
            job->Tokens[row] = drawn.Token;
            job->LogProbs[row] = drawn.LogProb;
        }
    }

    private struct Job
    {
        public float* Logits;
        public int Vocabulary;
        public SamplingOptions* Options;
        public double* Uniforms;
        public int* Tokens;
        public float* LogProbs;
    }
}
