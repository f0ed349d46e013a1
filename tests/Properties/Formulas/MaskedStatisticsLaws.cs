using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Masked means, variances and whitening are those of the elements that the mask keeps.</summary>
public sealed class MaskedStatisticsLaws
{
    [Property]
    public void Masked_moments_are_those_of_the_filtered_elements(TokenBatch batch)
    {
        double[] kept = [.. batch.LogProbs.Where((_, i) => batch.Mask.Flags[i])];
        Moments moments = Moments.Of(kept);
        AssertClose(kept.Sum(), MaskedStatistics.Sum(batch.LogProbs, batch.Mask), 1e-12);
        AssertClose(moments.Mean, MaskedStatistics.Mean(batch.LogProbs, batch.Mask), 1e-12);
        AssertClose(moments.Variance(0), MaskedStatistics.Variance(batch.LogProbs, batch.Mask, new(Ddof: 0)), 1e-10);
        AssertClose(moments.Variance(1), MaskedStatistics.Variance(batch.LogProbs, batch.Mask, new(Ddof: 1)), 1e-10);
    }

    [Property]
    public void Row_moments_add_up_to_the_whole(TokenBatch batch)
    {
        double[] sums = MaskedStatistics.RowSums(batch.LogProbs, batch.Mask);
        double[] means = MaskedStatistics.RowMeans(batch.LogProbs, batch.Mask, 1e-8);
        AssertClose(MaskedStatistics.Sum(batch.LogProbs, batch.Mask), sums.Sum(), 1e-12);
        for (int row = 0; row < sums.Length; row++)
        {
            AssertClose(sums[row], means[row] * (batch.Mask.CountInRow(row) + 1e-8), 1e-12);
        }
    }

    [Property]
    public void Whitening_is_blind_to_shift_and_scale(TokenBatch batch, Signal shift)
    {
        double spread = MaskedStatistics.Variance(batch.Advantages, batch.Mask, new(Ddof: 0));
        if (spread > 1e-4)
        {
            var exact = new MomentOptions(Ddof: 1, VarianceEpsilon: 0);
            double[] plain = TokenAdvantages.Whitened(batch.Advantages, batch.Mask, exact);
            double[] moved = TokenAdvantages.Whitened([.. batch.Advantages.Select(a => (3 * a) + shift)], batch.Mask, exact);
            double[] keptMean = MaskedStatistics.ZeroOutside(
                MaskedStatistics.Whiten(batch.Advantages, batch.Mask, exact, keepMean: true), batch.Mask);
            double mean = MaskedStatistics.Mean(batch.Advantages, batch.Mask);
            for (int i = 0; i < plain.Length; i++)
            {
                AssertClose(plain[i], moved[i], 1e-8);
                AssertClose(batch.Mask.Flags[i] ? plain[i] + mean : 0, keptMean[i], 1e-10);
            }
        }
    }

    [Property]
    public void A_row_is_whitened_by_its_own_moments(TokenBatch batch)
    {
        var options = new MomentOptions(Ddof: 0, VarianceEpsilon: 0, VarianceFloor: 1e-8);
        double[] rows = MaskedStatistics.WhitenRows(batch.Advantages, batch.Mask, options);
        for (int row = 0; row < batch.Rows; row++)
        {
            TokenBatch one = batch.SelectRows(row);
            double[] alone = TokenAdvantages.Whitened(one.Advantages, one.Mask, options);
            Assert.Equal(
                batch.Mask.CountInRow(row) == 0 ? new double[batch.Columns] : alone,
                rows[(row * batch.Columns)..((row + 1) * batch.Columns)]);
        }
    }

    [Property]
    public void Centring_takes_the_mean_away(TokenBatch batch)
    {
        double[] centred = MaskedStatistics.Center(batch.Advantages, batch.Mask);
        if (batch.Mask.Count > 0)
        {
            AssertClose(0, MaskedStatistics.Mean(centred, batch.Mask), 1e-11);
        }
    }

    [Fact]
    public void The_variance_of_numbers_far_from_zero_is_not_lost()
    {
        Assert.InRange(Moments.Of([1e15, 1e15 + 1, 1e15 + 3]).Variance(1), 2.2, 2.5);
        Assert.Equal((0, 0, 2), (Moments.Of([]).SampleDeviation, Moments.Of([7]).SampleDeviation, Moments.Of([1, 3, 5]).SampleDeviation));
        Assert.Equal((0, 0.0), (Moments.Of([]).Count, Moments.Of([]).SquaredDeviations));
    }

    [Fact]
    public void What_is_undefined_is_not_a_number()
    {
        SequenceMask none = SequenceMask.FromFlags(1, 2, [false, false]);
        SequenceMask one = SequenceMask.FromFlags(1, 2, [false, true]);
        Assert.True(double.IsNaN(MaskedStatistics.Mean([1, 2], none)));
        Assert.Equal(0, MaskedStatistics.Mean([1, 2], none, 1e-8));
        Assert.True(double.IsNaN(MaskedStatistics.Variance([1, 2], one, new(Ddof: 1))));
        Assert.True(double.IsNaN(MaskedStatistics.Variance([1, 2], one, new(Ddof: 1, CountEpsilon: 1e-8))));
        Assert.Equal(0, MaskedStatistics.Variance([1, 2], one, new(Ddof: 0)));
        Assert.Throws<ArgumentException>(() => MaskedStatistics.Sum([1], none));
    }
}
