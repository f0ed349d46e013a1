using RlCore.Algebra;

namespace RlCore.Engines.Tests;

/// <summary>Weights that are not trained, and weights that come piece by piece.</summary>
public abstract class FrozenLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    /// <summary>How far a result may be from that of the weight's float32 copy: not at all.</summary>
    protected virtual double Tolerance => 0;

    /// <summary>How the weights are stored that are compared with their float32 copies.</summary>
    protected virtual WeightType Stored => WeightType.BF16;

    /// <summary>The numbers that are left of a matrix when it is stored.</summary>
    protected virtual Matrix Representable(Matrix matrix) => MatrixSource.Halved(matrix);

    /// <summary>A number of columns that can be stored, at least as many.</summary>
    protected virtual int Storable(int columns) => columns;

    [Fact]
    public void A_linear_map_by_a_narrow_weight_is_that_of_its_float32_copy()
    {
        Laws.Hold(80, [30, 70, 70], (random, size) => LinearAgrees(random, size[0], size[1], size[2]));
        LinearAgrees(new Random(1), 300, 530, 1100);
        LinearAgrees(new Random(2), 5, 1030, 530);
    }

    [Fact]
    public void Rows_of_a_narrow_table_are_those_of_its_float32_copy() =>
        Laws.Hold(40, [30, 70, 70], (random, size) =>
        {
            int[] ids = [.. Enumerable.Range(0, size[1]).Select(_ => random.Next(size[0] + 1))];
            Compare(random, size[0] + 1, Storable(size[2]), table => [Read(T.GatherRows(table, ids))]);
        });

    [Fact]
    public void Log_probs_by_a_narrow_head_are_those_of_its_float32_copy()
    {
        Laws.Hold(40, [40, 30, 70], (random, size) => LogProbsAgree(random, size[0], size[1], size[2] + 1));
        LogProbsAgree(new Random(3), 300, 5, 9001);
    }

    [Fact]
    public void A_frozen_head_gives_the_gradients_that_a_trained_one_gives()
    {
        Laws.Hold(40, [40, 30, 70], (random, size) => HeadsAgree(random, size[0], size[1], size[2] + 1, 1));
        HeadsAgree(new Random(5), 300, 5, 9001, 1);

        // The greatest logit of a row comes in a later tile than others, far above them.
        HeadsAgree(new Random(6), 20, 8, 9001, 40);
    }

    [Fact]
    public void Tokens_drawn_by_a_narrow_head_are_those_of_its_float32_copy() =>
        Laws.Hold(40, [40, 30, 70], (random, size) =>
        {
            var hidden = Matrix.Random(random, size[0], Storable(size[1]));
            double[] uniforms = [.. Enumerable.Range(0, size[0]).Select(_ => random.NextDouble())];
            Compare(random, size[2] + 1, hidden.Columns, head =>
            {
                var (tokens, logProbs) = (new int[size[0]], new float[size[0]]);
                Engine.Sample(Constant(hidden), head, new SamplingOptions { TopP = 0.9 }, uniforms, tokens, logProbs);
                return [Vector(tokens.Select(token => (double)token)), Vector(logProbs.Select(logProb => (double)logProb))];
            });
        });

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    public void A_frozen_weight_is_read_back_and_cannot_be_trained(WeightType type)
    {
        using var scope = Engine.Scope();
        var values = MatrixSource.Halved(Matrix.Random(new Random(4), 3, 20));
        var weight = Engine.Frozen(new MatrixSource(values, type));
        Assert.Equal(values.Values, Read(weight).Values);
        var x = Parameter(Matrix.Random(new Random(5), 4, 20));
        Engine.Backward(SumAll(T.Linear(x, weight)));
        Engine.Backward(SumAll(T.Linear(Constant(Matrix.Zeros(2, 20)), weight)));
        Assert.Throws<ArgumentException>(() => Engine.ReadGradient(weight, new float[60]));
        Assert.Throws<ArgumentException>(() => Engine.Write(weight, new float[60]));
        Assert.Throws<ArgumentException>(() => Engine.AddRows(weight, 0, x));
        string refusal = Assert.Throws<ArgumentException>(() =>
            Engine.CreateAdamW([new("x", x, true), new("base.weight", weight, true)], new AdamWOptions())).Message;
        Assert.Contains("base.weight", refusal, StringComparison.Ordinal);
        Assert.Contains("frozen", refusal, StringComparison.Ordinal);
        Assert.Equal(values.Values, Read(weight).Values);
    }

    [Fact]
    public void A_frozen_weight_outlives_scopes_and_ends_when_it_is_released()
    {
        T weight;
        using (Engine.Scope())
        {
            weight = Engine.Frozen(new MatrixSource(Matrix.Of(2, 2, (i, j) => i + (2 * j)), WeightType.BF16));
        }

        Assert.Equal([0, 2, 1, 3], Read(weight).Values);
        Engine.Release(weight);
        Assert.Throws<InvalidOperationException>(() => Read(weight));
        Assert.Throws<ArgumentException>(() => Engine.Release(Constant(Matrix.Zeros(1, 1))));
    }

    [Fact]
    public void Vectors_in_bfloat16_are_operands_of_every_operation()
    {
        using var scope = Engine.Scope();
        var random = new Random(6);
        var (x, gain) = (Matrix.Random(random, 5, 8), MatrixSource.Halved(Matrix.Random(random, 1, 8)));
        var frozen = Engine.Frozen(new MatrixSource(gain, WeightType.BF16));
        Close.To(References.RmsNorm(x, gain, 0.1), Read(T.RmsNorm(Constant(x), frozen, 0.1)), 1e-5, "gain");
        Assert.Equal([.. gain.Values.Select(value => value + value)], Read(frozen + frozen).Values);
    }

    [Fact]
    public void Other_operations_refuse_a_bfloat16_weight()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(2, 1, 2);
        var half = Engine.Frozen(new MatrixSource(Matrix.Zeros(8, 8), WeightType.BF16));
        var (x, row, gain) = (Parameter(Matrix.Zeros(8, 8)), Parameter(Matrix.Zeros(1, 8)), Parameter(Matrix.Zeros(1, 2)));
        foreach (var operation in new Func<T>[]
                 {
                     () => half + x, () => x + half, () => x * half, () => half / x, () => -half, () => T.Exp(half), () => T.Gelu(half),
                     () => T.Scale(half, 2), () => T.Max(x, half), () => T.StopGradient(half), () => T.Reshape(half, 4, 16),
                     () => T.Linear(half, x), () => T.RmsNorm(half, row, 0.1), () => T.LayerNorm(half, row, row, 0.1),
                     () => T.GatedSilu(half), () => T.Rotary(half, heads, new int[8], RotaryFrequencies.Of(2, 100)),
                     () => T.NormHeads(half, heads, gain, gain, 0.1), () => T.CausalAttention(half, heads, [4, 4], 4),
                     () => T.LowRank(half, x, x, x, 0, 1), () => T.LowRank(x, x, half, x, 0, 1), () => T.LowRank(x, x, x, half, 0, 1),
                     () => T.SumOverBatch(half), () => T.SumOverTime(half, SequenceMask.Full(8, 8)),
                     () => T.SelectedLogProbs(half, x, new int[8], 8, 1, 1).LogProbs,
                 })
        {
            Assert.Contains("bfloat16", Assert.Throws<ArgumentException>(() => operation()).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    public void Weights_come_in_pieces_and_parameters_of_them_are_trained(WeightType type)
    {
        using var scope = Engine.Scope();
        var values = MatrixSource.Halved(Matrix.Random(new Random(8), 1100, 1000));
        var (forParameter, forFrozen) = (new MatrixSource(values, type), new MatrixSource(values, type));
        var (parameter, frozen) = (Engine.Parameter(forParameter), Engine.Frozen(forFrozen));
        Assert.Equal((values.Values.Length, values.Values.Length), (forParameter.Done, forFrozen.Done));
        Close.To(values, Read(parameter), 0, "parameter");
        Close.To(values, Read(frozen), 0, "frozen weight");
        Engine.Backward(SumAll(T.GatherRows(parameter, [1099])));
        Assert.Equal(1000, ReadGradient(parameter).Values.Sum());
    }

    [Fact]
    public void A_source_that_fails_leaves_the_engine_as_it_was()
    {
        using var scope = Engine.Scope();
        Assert.Throws<FileNotFoundException>(() => Engine.Frozen(new MissingSource()));
        Assert.Throws<FileNotFoundException>(() => Engine.Parameter(new MissingSource()));
        var weight = Engine.Frozen(new MatrixSource(new Matrix(2, 1, [2, 3]), WeightType.BF16));
        Assert.Equal([8, 12], Read(T.Linear(Constant(new Matrix(1, 1, [4])), weight)).Values);
    }

    private static Matrix Vector(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return new Matrix(1, all.Length, all);
    }

    private void LinearAgrees(Random random, int rows, int depth, int columns)
    {
        var (input, offset) = (Matrix.Random(random, rows, Storable(depth)), Matrix.Random(random, 1, columns));
        var slopes = Matrix.Random(random, rows, columns);
        Compare(random, columns, input.Columns, weight =>
        {
            var (x, bias) = (Parameter(input), Parameter(offset));
            var (plain, biased) = (T.Linear(x, weight), T.Linear(x, weight, bias));
            Engine.Backward(Weighted(plain, slopes) + Weighted(biased, slopes));
            return [Read(plain), Read(biased), ReadGradient(x), ReadGradient(bias)];
        });
    }

    private void LogProbsAgree(Random random, int rows, int width, int vocabulary)
    {
        var (states, slopes) = (Matrix.Random(random, rows, Storable(width)), Matrix.Random(random, rows, 1));
        int[] targets = [.. Enumerable.Range(0, rows).Select(_ => random.Next(-1, vocabulary))];
        Compare(random, vocabulary, states.Columns, head =>
        {
            var (hidden, alone) = (Parameter(states), Parameter(states));
            var (logProbs, entropy) = T.SelectedLogProbs(hidden, head, targets, rows, 1, 0.7);
            Engine.Backward(Weighted(logProbs, slopes) + SumAll(entropy));
            Engine.Backward(Weighted(T.SelectedLogProbs(alone, head, targets, rows, 1, 0.7).LogProbs, slopes));
            return [Read(logProbs), Read(entropy), ReadGradient(hidden), ReadGradient(alone)];
        });
    }

    private void HeadsAgree(Random random, int rows, int width, int vocabulary, double size)
    {
        using var scope = Engine.Scope();
        Matrix values = Matrix.Random(random, vocabulary, width).Map(value => size * value);
        var (states, slopes) = (Matrix.Random(random, rows, width), Matrix.Random(random, rows, 1));
        int[] targets = [.. Enumerable.Range(0, rows).Select(_ => random.Next(-1, vocabulary))];
        var (trained, frozen) = (Parameter(values), Engine.Frozen(new MatrixSource(values, WeightType.F32)));
        Matrix Gradient(T head, bool isUsedBefore, bool hasEntropy)
        {
            var hidden = Parameter(states);
            var input = T.Scale(hidden, 1);
            var (logProbs, entropy) = T.SelectedLogProbs(input, head, targets, rows, 1, 0.7);
            var loss = Weighted(logProbs, slopes);
            loss = hasEntropy ? loss + SumAll(entropy) : loss;
            Engine.Backward(isUsedBefore ? loss + SumAll(input * input) : loss);
            return ReadGradient(hidden);
        }

        foreach (var (isUsedBefore, hasEntropy) in new[] { (false, false), (true, false), (false, true) })
        {
            Close.To(
                Gradient(trained, isUsedBefore, hasEntropy),
                Gradient(frozen, isUsedBefore, hasEntropy),
                2e-5 * size,
                $"hidden by [{vocabulary}, {width}]");
        }

        Engine.Release(trained);
        Engine.Release(frozen);
    }

    /// <summary>What is computed from a narrow weight equals what is computed from its numbers in float32.</summary>
    private void Compare(Random random, int rows, int columns, Func<T, Matrix[]> compute)
    {
        var values = Representable(Matrix.Random(random, rows, columns));
        using var scope = Engine.Scope();
        var half = Engine.Frozen(new MatrixSource(values, Stored));
        var whole = Engine.Frozen(new MatrixSource(values, WeightType.F32));
        foreach (var (i, (expected, actual)) in compute(whole).Zip(compute(half)).Index())
        {
            Close.To(expected, actual, Tolerance, $"result {i} by a weight of [{rows}, {columns}]");
        }

        Engine.Release(half);
        Engine.Release(whole);
    }

    private sealed class MissingSource() : WeightSource(2000, 1000, WeightType.BF16)
    {
        public override void Read(long first, Span<float> destination) => Fail(first);

        public override void ReadBFloat16(long first, Span<ushort> destination) => Fail(first);

        // The second piece is where a file ends early.
        private static void Fail(long first)
        {
            if (first > 0)
            {
                throw new FileNotFoundException();
            }
        }
    }
}
