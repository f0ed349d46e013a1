using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

/// <summary>The kernels that work block by block, at the sizes around their blocks.</summary>
public sealed class BlockLaws : EngineSuite<ManagedTensor>
{
    private const int Registers = 2 * Simd.Width;

    public static TheoryData<int, int> Heads => new()
    {
        { CausalAttentionKernel.QueryBlock - 1, Registers + 1 },
        { CausalAttentionKernel.QueryBlock, Registers - 1 },
        { CausalAttentionKernel.QueryBlock + 1, (2 * Registers) + 1 },
        { 2 * CausalAttentionKernel.QueryBlock, Registers },
        { (2 * CausalAttentionKernel.QueryBlock) + 1, 2 * Registers },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void Attention_is_the_formulas_past_a_block_of_queries_and_a_register_of_features(int time, int size)
    {
        var heads = new HeadLayout(2, 1, size);
        var random = new Random(time);
        int[] lengths = [time, random.Next(time)];
        AgreesAlongDirections(
            random,
            [Matrix.Random(random, lengths.Length * time, heads.PackedWidth)],
            x => ManagedTensor.CausalAttention(x[0], heads, lengths, time),
            x => References.CausalAttention(x[0], heads, lengths, time));
    }

    [Fact]
    public void Attention_over_a_cache_of_many_rows_is_that_of_each_row()
    {
        // More tasks than one part takes, and not a multiple of the parts.
        const int Rows = 71;
        var heads = new HeadLayout(2, 2, 3);
        var tokens = Matrix.Random(new Random(1), Rows, heads.PackedWidth);
        using var scope = Engine.Scope();
        using var cache = Engine.CreateCache(1, heads, Rows, 1);
        int[] ones = [.. Enumerable.Repeat(1, Rows)];
        Close.To(
            References.CausalAttention(tokens, heads, ones, 1),
            Read(ManagedTensor.CachedAttention(Constant(tokens), cache, 0, ones, 1)),
            1e-6,
            "attention");
    }

    [Theory]
    [InlineData(1, 1, 2 * Registers)]
    [InlineData(2, 2, (4 * Registers) + 3)]
    [InlineData(2, 1, 2 * Registers)]
    [InlineData(2 * (AttentionTiles.Group + 1), 2, Registers + 3)]
    public void Tokens_one_by_one_attend_as_in_one_piece(int count, int keyValueHeads, int size)
    {
        const int Time = (2 * Simd.Width) + 1;
        var heads = new HeadLayout(count, keyValueHeads, size);
        var whole = Matrix.Random(new Random(size), 2 * Time, heads.PackedWidth);
        var expected = References.CausalAttention(whole, heads, [Time, Time], Time);
        using var cache = Engine.CreateCache(1, heads, 2, Time);
        for (int t = 0; t < Time; t++)
        {
            using var scope = Engine.Scope();
            var tokens = Matrix.Of(2, heads.PackedWidth, (row, j) => whole[(row * Time) + t, j]);
            var result = Read(ManagedTensor.CachedAttention(Constant(tokens), cache, 0, [1, 1], 1));
            cache.Advance([1, 1]);
            Close.To(Matrix.Of(2, heads.OutputWidth, (row, j) => expected[(row * Time) + t, j]), result, 1e-4, $"token {t}");
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Normalization.RowBlock + 1)]
    public void The_gradients_of_norms_count_the_rows_of_all_blocks(int beyond)
    {
        var random = new Random(beyond);
        int rows = Normalization.RowBlock + beyond;
        Matrix[] inputs = [Matrix.Random(random, rows, 19), Matrix.Random(random, 1, 19), Matrix.Random(random, 1, 19)];
        AgreesAlongDirections(
            random, inputs, x => ManagedTensor.LayerNorm(x[0], x[1], x[2], 0.1), x => References.LayerNorm(x[0], x[1], x[2], 0.1));
        AgreesAlongDirections(random, inputs[..2], x => ManagedTensor.RmsNorm(x[0], x[1], 0.1), x => References.RmsNorm(x[0], x[1], 0.1));
        var heads = new HeadLayout(2, 1, 19);
        int headRows = HeadNormalization.RowBlock + Math.Min(beyond, HeadNormalization.RowBlock + 1);
        AgreesAlongDirections(
            random,
            [Matrix.Random(random, headRows, heads.PackedWidth), inputs[1], inputs[2]],
            x => ManagedTensor.NormHeads(x[0], heads, x[1], x[2], 0.1),
            x => References.NormHeads(x[0], heads, x[1], x[2], 0.1));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(-1, Reductions.Stripe + 1)]
    [InlineData(Reductions.RowBlock + 1, -1)]
    public void The_gradient_of_a_bias_counts_all_blocks_of_rows_and_stripes_of_columns(int moreRows, int moreColumns)
    {
        var random = new Random(moreRows);
        int rows = Reductions.RowBlock + moreRows;
        int columns = Reductions.Stripe + moreColumns;
        AgreesAlongDirections(
            random,
            [Matrix.Random(random, rows, 2), Matrix.Random(random, columns, 2), Matrix.Random(random, 1, columns)],
            x => ManagedTensor.Linear(x[0], x[1], x[2]),
            x => References.Linear(x[0], x[1], x[2]));
    }

    [Theory]
    [InlineData(Registers - 1)]
    [InlineData(Registers)]
    [InlineData(Registers + 1)]
    public void Heads_of_several_registers_are_turned_by_their_own_angles(int half)
    {
        var random = new Random(half);
        var heads = new HeadLayout(1, 1, 2 * half);
        double[] frequencies = [.. Enumerable.Range(0, half).Select(i => 1.0 / (i + 1))];
        AgreesAlongDirections(
            random,
            [Matrix.Random(random, 3, heads.PackedWidth)],
            x => ManagedTensor.Rotary(x[0], heads, [0, 5, 2], new RotaryFrequencies(frequencies)),
            x => References.Rotary(x[0], heads, [0, 5, 2], frequencies, 1));
    }

    [Fact]
    public void A_table_of_rotations_grows_with_the_sequence()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(1, 1, 2);
        var frequencies = new RotaryFrequencies([0.3]);
        var x = Matrix.Random(new Random(2), 1, heads.PackedWidth);
        foreach (int position in (int[])[3, 63, 64, 65, 700])
        {
            Close.To(
                References.Rotary(x, heads, [position], [0.3], 1),
                Read(ManagedTensor.Rotary(Constant(x), heads, [position], frequencies)),
                1e-4,
                $"position {position}");
        }
    }

    [Fact]
    public void A_product_is_the_sum_of_products_around_each_of_its_blocks()
    {
        foreach (int beyond in (int[])[-1, 1])
        {
            AssertProduct(Gemm.RowBlock + beyond, 3, 40);
            AssertProduct(9, Gemm.DepthBlock + beyond, 5);
            AssertProduct(9, (2 * Gemm.DepthBlock) + beyond, 3);
            AssertProduct(9, 3, Gemm.ColumnBlock + beyond);
        }
    }

    [Fact]
    public void Rows_past_a_tile_of_logits_are_drawn_as_rows_of_their_own()
    {
        const int Rows = SamplingKernel.FewestTileRows + 5;
        const int Vocabulary = (SamplingKernel.TileFloats / SamplingKernel.FewestTileRows) + 1;
        var random = new Random(4);
        using var scope = Engine.Scope();
        var head = Constant(Matrix.Random(random, Vocabulary, 1));
        var hidden = Matrix.Random(random, Rows, 1);
        double[] uniforms = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        var (tokens, logProbs) = (new int[Rows], new float[Rows]);
        Engine.Sample(Constant(hidden), head, new SamplingOptions(), uniforms, tokens, logProbs);
        foreach (int row in (int[])[0, SamplingKernel.FewestTileRows - 1, SamplingKernel.FewestTileRows, Rows - 1])
        {
            var (token, logProb) = (new int[1], new float[1]);
            var alone = Constant(new Matrix(1, 1, [hidden[row, 0]]));
            Engine.Sample(alone, head, new SamplingOptions(), uniforms.AsSpan(row, 1), token, logProb);
            Assert.Equal((token[0], logProb[0]), (tokens[row], logProbs[row]));
        }
    }

    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();

    private void AssertProduct(int rows, int depth, int columns)
    {
        var random = new Random(rows + columns);
        Matrix[] inputs =
            [Matrix.Random(random, rows, depth), Matrix.Random(random, columns, depth), Matrix.Random(random, 1, columns)];
        AgreesAlongDirections(
            random, inputs, x => ManagedTensor.Linear(x[0], x[1], x[2]), x => References.Linear(x[0], x[1], x[2]));
    }
}
