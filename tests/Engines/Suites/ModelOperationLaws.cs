namespace RlCore.Engines.Tests;

/// <summary>Linear maps, norms, activations, gathers: value and gradient against double references.</summary>
public abstract class ModelOperationLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Linear_is_x_times_the_transposed_weight() =>
        Laws.Hold(30, [24, 24, 40], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1]), Matrix.Random(random, size[2], size[1])],
            x => T.Linear(x[0], x[1]),
            x => x[0].Times(x[1].Transposed)));

    [Fact]
    public void Linear_adds_the_bias_to_each_row() =>
        Laws.Hold(30, [20, 20, 40], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1]), Matrix.Random(random, size[2], size[1]), Matrix.Random(random, 1, size[2])],
            x => T.Linear(x[0], x[1], x[2]),
            x => References.Linear(x[0], x[1], x[2])));

    [Fact]
    public void Layer_norm_centres_and_scales_rows() =>
        Laws.Hold(40, [20, 50], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1] + 2), Matrix.Random(random, 1, size[1] + 2), Matrix.Random(random, 1, size[1] + 2)],
            x => T.LayerNorm(x[0], x[1], x[2], 0.1),
            x => References.LayerNorm(x[0], x[1], x[2], 0.1)));

    [Fact]
    public void Rms_norm_scales_rows() =>
        Laws.Hold(40, [20, 50], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1]), Matrix.Random(random, 1, size[1])],
            x => T.RmsNorm(x[0], x[1], 0.1),
            x => References.RmsNorm(x[0], x[1], 0.1)));

    [Fact]
    public void Gelu_is_its_tanh_form() =>
        Laws.Hold(40, [12, 50], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1], -8, 8)],
            x => T.Gelu(x[0]),
            x => x[0].Map(References.Gelu)));

    [Fact]
    public void Gated_silu_multiplies_the_gate_into_the_other_half() =>
        Laws.Hold(40, [12, 40], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], 2 * size[1], -5, 5)],
            x => T.GatedSilu(x[0]),
            x => References.GatedSilu(x[0])));

    [Fact]
    public void Gathered_rows_add_up_in_the_gradient() =>
        Laws.Hold(40, [10, 40, 30], (random, size) =>
        {
            int[] ids = [.. Enumerable.Range(0, size[2]).Select(_ => random.Next(size[0]))];
            AgreesWithReference(
                random,
                [Matrix.Random(random, size[0], size[1])],
                x => T.GatherRows(x[0], ids),
                x => Matrix.Of(ids.Length, size[1], (i, j) => x[0][ids[i], j]));
        });

    [Fact]
    public void Reshape_keeps_the_elements_and_their_gradients() =>
        Laws.Hold(40, [6, 6, 6], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0] * size[1], size[2])],
            x => T.Reshape(x[0], size[0], size[1] * size[2]),
            x => x[0] with { Rows = size[0], Columns = size[1] * size[2] }));

    [Fact]
    public void A_reshaped_sum_flows_through_both_shapes() =>
        Laws.Hold(20, [6, 6], (random, size) => AgreesWithReference(
            random,
            [Matrix.Random(random, size[0], size[1]), Matrix.Random(random, size[1], size[0])],
            x => T.Reshape(x[0], size[1], size[0]) + x[1] + x[1],
            x => Matrix.Of(size[1], size[0], (i, j) => x[0].Values[(i * size[0]) + j] + (2 * x[1][i, j]))));

    [Fact]
    public void Rotary_turns_queries_and_keys_by_position() =>
        Laws.Hold(40, [8, 3, 2, 12], (random, size) =>
        {
            var heads = new HeadLayout(size[1] * size[2], size[2], 2 * size[3]);
            int[] positions = [.. Enumerable.Range(0, size[0]).Select(_ => random.Next(200))];
            double[] frequencies = [.. Enumerable.Range(0, size[3]).Select(_ => Math.Pow(10_000, -random.NextDouble()))];
            double scale = 0.5 + random.NextDouble();
            AgreesWithReference(
                random,
                [Matrix.Random(random, size[0], heads.PackedWidth)],
                x => T.Rotary(x[0], heads, positions, new RotaryFrequencies(frequencies, scale)),
                x => References.Rotary(x[0], heads, positions, frequencies, scale),
                tolerance: 5e-5);
        });

    [Fact]
    public void Tables_of_several_frequencies_do_not_mix()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(1, 1, 4);
        var qkv = Matrix.Random(new Random(3), 2, heads.PackedWidth);
        var x = Constant(qkv);
        RotaryFrequencies[] kinds =
            [RotaryFrequencies.Of(4, 100), RotaryFrequencies.Of(4, 50), new([1, 0.1]), new([1, 0.1], 2), new([1, 0.2])];
        foreach (var kind in kinds.Concat(kinds))
        {
            var expected = References.Rotary(qkv, heads, [3, 7], kind.PerPosition.ToArray(), kind.Scale);
            Close.To(expected, Read(T.Rotary(x, heads, [3, 7], kind)), 1e-6, $"scale {kind.Scale}");
        }
    }

    [Fact]
    public void Head_norms_scale_query_and_key_heads_alone() =>
        Laws.Hold(40, [10, 3, 2, 40], (random, size) =>
        {
            var heads = new HeadLayout(size[1] * size[2], size[2], size[3]);
            AgreesWithReference(
                random,
                [
                    Matrix.Random(random, size[0], heads.PackedWidth),
                    Matrix.Random(random, 1, heads.Size),
                    Matrix.Random(random, 1, heads.Size),
                ],
                x => T.NormHeads(x[0], heads, x[1], x[2], 0.1),
                x => References.NormHeads(x[0], heads, x[1], x[2], 0.1),
                tolerance: 5e-5);
        });

    [Fact]
    public void A_low_rank_change_adds_to_its_columns_alone() =>
        Laws.Hold(40, [20, 30, 6, 30, 10, 10], (random, size) =>
        {
            int first = size[4] - 1;
            AgreesWithReference(
                random,
                [
                    Matrix.Random(random, size[0], first + size[3] + size[5] - 1),
                    Matrix.Random(random, size[0], size[1]),
                    Matrix.Random(random, size[2], size[1]),
                    Matrix.Random(random, size[3], size[2]),
                ],
                x => T.LowRank(x[0], x[1], x[2], x[3], first, 0.7),
                x => References.LowRank(x[0], x[1], x[2], x[3], first, 0.7));
        });

    [Fact]
    public void A_low_rank_change_of_its_own_input_adds_both_gradients() =>
        Laws.Hold(20, [20, 20, 4], (random, size) => AgreesWithReference(
            random,
            [
                Matrix.Random(random, size[0], size[1]),
                Matrix.Random(random, size[2], size[1]),
                Matrix.Random(random, size[1], size[2]),
            ],
            x => T.LowRank(x[0], x[0], x[1], x[2], 0, -1.5),
            x => References.LowRank(x[0], x[0], x[1], x[2], 0, -1.5)));

    [Fact]
    public void Head_norms_low_rank_changes_and_rotations_refuse_what_does_not_fit()
    {
        using var scope = Engine.Scope();
        var heads = new HeadLayout(2, 1, 4);
        T Zeros(int rows, int columns) => Constant(Matrix.Zeros(rows, columns));
        var (qkv, gain) = (Zeros(3, heads.PackedWidth), Zeros(1, 4));
        var (y, x, down, up) = (Zeros(3, 5), Zeros(3, 4), Zeros(2, 4), Zeros(3, 2));
        _ = T.NormHeads(qkv, heads, gain, gain, 0.1);
        _ = T.LowRank(y, x, down, up, 2, 1);
        foreach (var operation in new Func<T>[]
                 {
                     () => T.NormHeads(qkv, heads, Zeros(1, 5), gain, 0.1),
                     () => T.NormHeads(qkv, heads, gain, Zeros(2, 4), 0.1),
                     () => T.NormHeads(Zeros(3, 15), heads, gain, gain, 0.1),
                     () => T.NormHeads(qkv, new HeadLayout(3, 2, 4), gain, gain, 0.1),
                     () => T.LowRank(y, x, down, up, 3, 1),
                     () => T.LowRank(y, x, down, up, -1, 1),
                     () => T.LowRank(y, Zeros(2, 4), down, up, 0, 1),
                     () => T.LowRank(y, x, Zeros(2, 3), up, 0, 1),
                     () => T.LowRank(y, x, down, Zeros(3, 3), 0, 1),
                     () => T.Rotary(qkv, heads, [0, 1, 2], RotaryFrequencies.Of(6, 100)),
                     () => T.Rotary(qkv, heads, [0, 1], RotaryFrequencies.Of(4, 100)),
                 })
        {
            Assert.Throws<ArgumentException>(() => operation());
        }
    }

    [Fact]
    public void Mismatched_shapes_are_refused_with_both_named()
    {
        using var scope = Engine.Scope();
        var x = Constant(Matrix.Zeros(2, 3));
        var other = Constant(Matrix.Zeros(4, 5));
        foreach (var operation in new Func<T>[] { () => x + other, () => T.Linear(x, other), () => T.Reshape(x, 4, 5) })
        {
            string message = Assert.Throws<ArgumentException>(() => operation()).Message;
            Assert.Contains("[2, 3]", message, StringComparison.Ordinal);
            Assert.Contains("5]", message, StringComparison.Ordinal);
        }
    }
}
