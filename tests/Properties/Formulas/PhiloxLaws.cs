using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>The generator is Philox4x32-10, its numbers are uniform, and an address is all that a draw depends on.</summary>
public sealed class PhiloxLaws
{
    // Published known answers: Random123 1.14, tests/kat_vectors.
    [Theory]
    [InlineData(0UL, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [
        InlineData(
            0xffffffffffffffffUL, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
    ]
    [
        InlineData(
            0x299f31d0a4093822UL, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
    ]
    public void The_published_known_answers_are_reproduced(
        ulong key, uint c0, uint c1, uint c2, uint c3, uint r0, uint r1, uint r2, uint r3) =>
        Assert.Equal((r0, r1, r2, r3), Philox.Block(key, c0, c1, c2, c3));

    [Property]
    public void Uniforms_lie_in_the_half_open_unit_interval(ulong seed, uint step, uint row, uint position)
    {
        double uniform = Philox.Uniform(seed, RandomPurpose.Rollout, step, row, position);
        Assert.True(uniform is >= 0 and < 1);
        Assert.Equal(uniform, Philox.Uniform(seed, RandomPurpose.Rollout, step, row, position));
    }

    [Property]
    public void Every_part_of_the_address_matters(ulong seed, uint step, uint row, uint position)
    {
        double[] draws =
        [
            Philox.Uniform(seed, RandomPurpose.Rollout, step, row, position),
            Philox.Uniform(seed + 1, RandomPurpose.Rollout, step, row, position),
            Philox.Uniform(seed, RandomPurpose.Evaluation, step, row, position),
            Philox.Uniform(seed, RandomPurpose.Rollout, step + 1, row, position),
            Philox.Uniform(seed, RandomPurpose.Rollout, step, row + 1, position),
            Philox.Uniform(seed, RandomPurpose.Rollout, step, row, position + 1),
        ];
        Assert.Equal(draws.Length, draws.Distinct().Count());
    }

    [Fact]
    public void Uniforms_fill_the_interval_evenly()
    {
        // χ² with 63 degrees of freedom: 120 is past the 99.99th percentile. The seed is fixed, so this cannot flicker.
        const int Cells = 64;
        const int Draws = 64_000;
        var counts = new int[Cells];
        for (uint i = 0; i < Draws; i++)
        {
            counts[(int)(Philox.Uniform(7, RandomPurpose.Rollout, 0, i, 0) * Cells)]++;
        }

        double expected = (double)Draws / Cells;
        Assert.InRange(counts.Sum(count => (count - expected) * (count - expected) / expected), 20, 120);
    }

    [Fact]
    public void Normals_have_mean_zero_variance_one_and_no_skew()
    {
        double[] draws = [.. Enumerable.Range(0, 40_000).Select(i => Philox.Normal(3, RandomPurpose.Initialization, 0, 0, (uint)i))];
        Assert.InRange(draws.Average(), -0.02, 0.02);
        Assert.InRange(draws.Average(x => x * x), 0.97, 1.03);
        Assert.InRange(draws.Average(x => x * x * x), -0.08, 0.08);
        Assert.InRange(draws.Average(x => x * x * x * x), 2.85, 3.15);
    }

    [Property]
    public void A_permutation_holds_every_index_once(ulong seed, byte count)
    {
        int[] order = Philox.Permutation(seed, RandomPurpose.Shuffle, 0, count);
        Assert.Equal(Enumerable.Range(0, count), order.Order());
    }

    [Fact]
    public void All_orders_of_three_are_equally_likely()
    {
        const int Draws = 12_000;
        var counts = Enumerable.Range(0, Draws)
            .Select(i => string.Concat(Philox.Permutation((ulong)i, RandomPurpose.Shuffle, 1, 3)))
            .CountBy(order => order)
            .ToList();
        Assert.Equal(6, counts.Count);
        Assert.All(counts, pair => Assert.InRange(pair.Value, 1840, 2160));
    }
}
