using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Which tokens and rows are kept: each rule told again in its own words, its bounds included.</summary>
public sealed class SelectionLaws
{
    [Property]
    public void Rejection_keeps_the_actions_whose_divergence_lies_within_the_bounds(TokenBatch batch)
    {
        foreach (RejectionLevel level in Enum.GetValues<RejectionLevel>())
        {
            foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
            {
                var rule = new RejectionRule(level, estimator, -0.5, 0.75);
                SequenceMask kept = SamplerRejection.Keep(batch.LogProbs, batch.OldLogProbs, batch.Mask, rule);
                Assert.Equal((batch.Rows, batch.Columns), (kept.Rows, kept.Columns));
                ForEachAction(batch, i => Assert.Equal(Divergence(batch, level, estimator, i) is >= -0.5 and <= 0.75, kept.Flags[i]));
                Assert.All(Outside(batch), i => Assert.False(kept.Flags[i]));
            }
        }
    }

    [Theory]
    [InlineData(RejectionLevel.Token)]
    [InlineData(RejectionLevel.SequenceSum)]
    [InlineData(RejectionLevel.SequenceMean)]
    [InlineData(RejectionLevel.SequenceMax)]
    public void A_divergence_on_a_bound_is_kept(RejectionLevel level)
    {
        SequenceMask mask = SequenceMask.Full(4, 1);
        var rule = new RejectionRule(level, KlEstimator.K1, -0.5, 0.25);
        Assert.Equal(
            [true, true, false, false],
            SamplerRejection.Keep([-1, -1, -1, -1], [-1.5, -0.75, -1.50001, -0.74999], mask, rule).Flags.ToArray());
    }

    [Fact]
    public void The_clamp_holds_before_the_divergence_is_taken_and_the_epsilon_joins_the_count()
    {
        SequenceMask one = SequenceMask.Full(1, 1);
        var clamped = new RejectionRule(RejectionLevel.Token, KlEstimator.K1, -1, 0.25, LogRatioClamp: 0.25);
        Assert.Equal(1, SamplerRejection.Keep([-5], [-1], one, clamped).Count);
        var halved = new RejectionRule(RejectionLevel.SequenceMean, KlEstimator.K1, -1, 0.5, CountEpsilon: 1);
        Assert.Equal(1, SamplerRejection.Keep([-2], [-1], one, halved).Count);
        Assert.Equal(0, SamplerRejection.Keep([-2], [-1], one, halved with { CountEpsilon = 0 }).Count);
    }

    [Property]
    public void The_highest_entropies_are_those_at_least_the_quantile(TokenBatch batch)
    {
        double[] entropies = [.. batch.LogProbs.Select(l => -l)];
        foreach (double share in new[] { 0, 0.25, 0.5, 1 })
        {
            SequenceMask kept = TokenSelection.HighestEntropy(entropies, batch.Mask, share);
            double threshold = TokenSelection.Quantile([.. entropies.Where((_, i) => batch.Mask.Flags[i])], 1 - share);
            ForEachAction(batch, i => Assert.Equal(entropies[i] >= threshold, kept.Flags[i]));
            Assert.All(Outside(batch), i => Assert.False(kept.Flags[i]));
        }
    }

    [Property]
    public void A_quantile_runs_through_the_order_statistics_and_straight_between_them(Signal[] data)
    {
        double[] values = [.. data.Select(signal => signal.Value), 1, 0.5];
        double[] sorted = [.. values.Order()];
        int gaps = sorted.Length - 1;
        for (int i = 0; i < gaps; i++)
        {
            AssertClose(sorted[i], TokenSelection.Quantile(values, (double)i / gaps), 1e-12);
            AssertClose((0.75 * sorted[i]) + (0.25 * sorted[i + 1]), TokenSelection.Quantile(values, (i + 0.25) / gaps), 1e-12);
        }

        Assert.Equal(sorted[^1], TokenSelection.Quantile(values, 1));
        Assert.Equal(3, TokenSelection.Quantile([3], 0.5));
    }

    [Property]
    public void Near_the_policy_or_of_no_disadvantage_a_sequence_is_kept(TokenBatch batch, Signal advantage)
    {
        double[] advantages = [.. Enumerable.Range(0, batch.Rows).Select(row => row % 2 == 0 ? advantage : -1.0)];
        bool[] kept = TokenSelection.NearPolicy(batch.LogProbs, batch.OldLogProbs, advantages, batch.Mask, 0.1);
        for (int row = 0; row < batch.Rows; row++)
        {
            double[] steps = [.. Row(batch, row).Select(i => batch.OldLogProbs[i] - batch.LogProbs[i])];
            double mean = steps.Length == 0 ? 0 : steps.Sum() / steps.Length;
            Assert.Equal(advantages[row] >= 0 || mean <= 0.1, kept[row]);
        }
    }

    [Fact]
    public void A_mean_on_the_threshold_and_an_advantage_of_zero_are_kept()
    {
        double[] logProbs = [-1, -1, -1, -1, -1, -1, -1, -1];
        double[] sampler = [-0.5, -1, -0.5, -0.9, 0, 0, -0.5, -0.9];
        Assert.Equal(
            [true, false, true, false], TokenSelection.NearPolicy(logProbs, sampler, [-1, -1, 0, -1e-9], SequenceMask.Full(4, 2), 0.25));
    }

    [Property]
    public void The_largest_covariances_are_no_smaller_than_the_others(TokenBatch batch)
    {
        foreach (double share in new[] { 0, 0.4, 1 })
        {
            SequenceMask top = TokenSelection.LargestCovariance(batch.LogProbs, batch.Advantages, batch.Mask, share);
            Dictionary<int, double> covariances = Covariances(batch);
            Assert.Equal(covariances.Count == 0 ? 0 : Math.Max(1, (int)(share * covariances.Count)), top.Count);
            Assert.All(Outside(batch), i => Assert.False(top.Flags[i]));
            double least = covariances.Where(pair => top.Flags[pair.Key])
                .Select(pair => pair.Value)
                .DefaultIfEmpty(double.PositiveInfinity)
                .Min();
            double greatest = covariances.Where(pair => !top.Flags[pair.Key])
                .Select(pair => pair.Value)
                .DefaultIfEmpty(double.NegativeInfinity)
                .Max();
            Assert.True(least >= greatest - (1e-9 * Math.Abs(greatest)));
        }
    }

    [Property]
    public void A_band_holds_only_covariances_strictly_between_its_bounds(TokenBatch batch, ulong seed)
    {
        Dictionary<int, double> covariances = Covariances(batch);
        SequenceMask drawn = TokenSelection.CovarianceBand(batch.LogProbs, batch.Advantages, batch.Mask, 0.5, -0.5, 1, seed, 3);
        int inside = covariances.Values.Count(covariance => covariance is > -0.5 and < 1);
        Assert.Equal(Math.Min(inside, Math.Max(1, (int)(0.5 * covariances.Count))), drawn.Count);
        Assert.All(Enumerable.Range(0, batch.Mask.Flags.Length).Where(i => drawn.Flags[i]), i => Assert.InRange(covariances[i], -0.5, 1));
    }

    [Fact]
    public void A_covariance_on_a_bound_lies_outside_of_the_band_and_the_step_chooses_among_those_inside()
    {
        // Means are 0 and 0, so that the covariances are −1, −1, 4, 4.
        double[] logProbs = [1, -1, 2, -2];
        double[] advantages = [-1, 1, 2, -2];
        SequenceMask mask = SequenceMask.Full(1, 4);
        Assert.Equal(0, TokenSelection.CovarianceBand(logProbs, advantages, mask, 1, -1, 4, 0, 0).Count);
        Assert.Equal(
            [true, true, false, false], TokenSelection.CovarianceBand(logProbs, advantages, mask, 1, -1.5, 4, 0, 0).Flags.ToArray());
        Assert.Equal(
            [false, false, true, true], TokenSelection.CovarianceBand(logProbs, advantages, mask, 1, -1, 4.5, 0, 0).Flags.ToArray());
        SequenceMask[] draws = [.. Enumerable.Range(0, 64)
            .Select(step => TokenSelection.CovarianceBand(logProbs, advantages, mask, 0.25, -2, 5, 0, (uint)step))];
        Assert.All(draws, draw => Assert.Equal(1, draw.Count));
        Assert.Equal(4, draws.Distinct().Count());
    }

    [Property]
    public void Clip_fractions_count_the_actions_past_a_bound_by_rows_and_over_all(TokenBatch batch)
    {
        ClipFractions fractions = PolicyDiagnostics.Clipping(batch.LogProbs, batch.Advantages, batch.Mask, -4, -1);
        bool[] low = [.. batch.LogProbs.Select((l, i) => l < -4 && batch.Advantages[i] < 0)];
        bool[] high = [.. batch.LogProbs.Select((l, i) => l > -1 && batch.Advantages[i] > 0)];
        int[][] rows = [.. Enumerable.Range(0, batch.Rows).Select(row => Row(batch, row)).Where(row => row.Length > 0)];
        double count = batch.Mask.Count;
        Assert.Equal(low.Where((_, i) => batch.Mask.Flags[i]).Count(set => set) / count, fractions.Low);
        Assert.Equal(high.Where((_, i) => batch.Mask.Flags[i]).Count(set => set) / count, fractions.High);
        Assert.Equal(fractions.Low + fractions.High, fractions.Region);
        Assert.Equal(rows.Select(row => row.Average(i => low[i] ? 1 : 0.0)).DefaultIfEmpty(double.NaN).Min(), fractions.LowestLow, 1e-12);
        Assert.Equal(
            rows.Select(row => row.Average(i => high[i] ? 1 : 0.0)).DefaultIfEmpty(double.NaN).Max(), fractions.HighestHigh, 1e-12);
    }

    [Property]
    public void The_approximate_KL_is_the_exact_one_in_expectation_and_never_negative(Signal a, Signal b)
    {
        // Two tokens drawn as often as the old policy draws them: the mean over draws is the expectation.
        (double[] old, double[] now) = (Logs(0.25), Logs(1 / (1 + Math.Exp(a - b))));
        var mask = SequenceMask.FromFlags(1, 5, [true, true, true, true, false]);
        double kl = PolicyDiagnostics.ApproximateKl(
            [now[0], now[1], now[1], now[1], double.NaN], [old[0], old[1], old[1], old[1], 0], mask);
        AssertClose(Categorical.Kl<Real>([old[0], old[1]], [now[0], now[1]]).Value, kl, 1e-9);
        Assert.True(PolicyDiagnostics.ApproximateKl([a, b], [b, a], SequenceMask.Full(1, 2)) >= 0);

        static double[] Logs(double p) => [Math.Log(p), Math.Log(1 - p)];
    }

    [Fact]
    public void The_mean_log_ratio_is_clamped_and_counted_as_asked()
    {
        SequenceMask mask = SequenceMask.FromFlags(1, 3, [true, true, false]);
        Assert.Equal(-0.5, PolicyDiagnostics.MeanLogRatio([-1, -2, 0], [-3, -1, 9], mask));
        Assert.Equal(0.25, PolicyDiagnostics.MeanLogRatio([-1, -2, 0], [-1.5, -1, 9], mask));
        Assert.Equal(-0.25, PolicyDiagnostics.MeanLogRatio([-1, -2, 0], [-3, -1.5, 9], mask, clamp: 1));
        Assert.Equal(0.25, PolicyDiagnostics.MeanLogRatio([-1, -2, 0], [-1.5, -0.5, 9], mask, clamp: 1));
        Assert.Equal(0.25, PolicyDiagnostics.MeanLogRatio([-1, -2, 0], [-1, -1, 9], mask, countEpsilon: 2));
        Assert.Equal(0.9, PolicyDiagnostics.EffectiveSampleShare([1, 2, 9], mask), 1e-12);
    }

    [Property]
    public void Weights_are_exponentials_of_clamped_log_ratios(TokenBatch batch)
    {
        double[] tokens = ImportanceWeights.Token(batch.LogProbs, batch.OldLogProbs, batch.Mask, 1);
        double[] rows = ImportanceWeights.Sequence(batch.LogProbs, batch.OldLogProbs, batch.Mask, 1);
        double[] means = ImportanceWeights.GeometricMean(batch.LogProbs, batch.OldLogProbs, batch.Mask);
        for (int row = 0; row < batch.Rows; row++)
        {
            double[] steps = [.. Row(batch, row).Select(i => batch.LogProbs[i] - batch.OldLogProbs[i])];
            AssertClose(Math.Exp(Math.Clamp(steps.Sum(), -1, 1)), rows[row], 1e-12);
            AssertClose(steps.Length == 0 ? double.NaN : Math.Exp(steps.Average()), means[row], 1e-10);
        }

        ForEachAction(batch, i => AssertClose(Math.Exp(Math.Clamp(batch.LogProbs[i] - batch.OldLogProbs[i], -1, 1)), tokens[i], 1e-12));
        Assert.All(Outside(batch), i => Assert.Equal(1, tokens[i]));
    }

    private static double Divergence(TokenBatch batch, RejectionLevel level, KlEstimator estimator, int i)
    {
        double At(int j) => KlEstimators.Estimate<Real>(estimator, batch.OldLogProbs[j] - batch.LogProbs[j], 0);
        double[] row = [.. Row(batch, i / batch.Columns).Select(At)];
        double sum = row.Aggregate(0.0, (total, k) => total + k);
        return level switch
        {
            RejectionLevel.Token => At(i),
            RejectionLevel.SequenceSum => sum,
            RejectionLevel.SequenceMean => sum / row.Length,
            _ => row.Max(),
        };
    }

    private static Dictionary<int, double> Covariances(TokenBatch batch)
    {
        int[] actions = [.. Enumerable.Range(0, batch.Rows).SelectMany(row => Row(batch, row))];
        double meanLogProb = actions.Sum(i => batch.LogProbs[i]) / actions.Length;
        double meanAdvantage = actions.Sum(i => batch.Advantages[i]) / actions.Length;
        return actions.ToDictionary(i => i, i => (batch.Advantages[i] - meanAdvantage) * (batch.LogProbs[i] - meanLogProb));
    }

    private static int[] Row(TokenBatch batch, int row) =>
        [.. Enumerable.Range(row * batch.Columns, batch.Columns).Where(i => batch.Mask.Flags[i])];

    private static IEnumerable<int> Outside(TokenBatch batch) =>
        Enumerable.Range(0, batch.Mask.Flags.Length).Where(i => !batch.Mask.Flags[i]);

    private static void ForEachAction(TokenBatch batch, Action<int> check)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            Array.ForEach(Row(batch, row), check);
        }
    }
}
