using RlCore.Algebra;
using static RlCore.Properties.Derivative;
using TokenGrid = RlCore.Algebra.Grid<RlCore.Algebra.Dual<RlCore.Algebra.Real>>;

namespace RlCore.Properties;

/// <summary>The policy losses beside the clip: what they are on policy, where they are flat, how they reduce.</summary>
public sealed class PolicyFamilyLaws
{
    [Property]
    public void On_policy_every_surrogate_has_the_gradient_of_reinforce(LogProb logProb, Signal advantage)
    {
        Dual<Real> l = Dual<Real>.Variable((double)logProb);
        Dual<Real> a = Dual<Real>.Constant((double)advantage);
        Dual<Real> ratio = LogRatios.Ratio(l, Dual<Real>.Constant((double)logProb));
        Dual<Real>[] losses =
        [
            PolicyLosses.Reinforce(l, a),
            PolicyLosses.ImportanceWeighted(l, Dual<Real>.Constant((double)logProb), a),
            PolicyLosses.TwoSidedClip(ratio, a, 0.2, 0.2, 4),
            PolicyLosses.DualClip(PolicyLosses.ClippedSurrogate(ratio, a, 0.2, 0.2), a, 3),
            PolicyLosses.Cispo(l, ratio, a, 0.8, 1.28),
            PolicyLosses.Sapo(ratio, a, 1, 1.05),
        ];
        Assert.All(losses, loss => AssertClose(-advantage, loss.Tangent, 1e-13));
    }

    [Property]
    public void Dual_clip_tends_to_the_clip_and_never_exceeds_its_cap(Signal step, Signal advantage)
    {
        Real ratio = Math.Exp(step);
        Real clipped = PolicyLosses.ClippedSurrogate<Real>(ratio, (double)advantage, 0.2, 0.2);
        Assert.Equal(clipped, PolicyLosses.DualClip<Real>(clipped, (double)advantage, 1e12));
        double capped = PolicyLosses.DualClip<Real>(clipped, (double)advantage, 3);
        Assert.True(advantage >= 0 ? capped == clipped : capped <= -3 * advantage);
    }

    [Property]
    public void A_wide_two_sided_clip_is_the_clip(Signal step, Signal advantage) => Assert.Equal(
        PolicyLosses.ClippedSurrogate<Real>(Math.Exp(step), (double)advantage, 0.2, 0.28),
        PolicyLosses.TwoSidedClip<Real>(Math.Exp(step), (double)advantage, 0.2, 0.28, double.PositiveInfinity));

    [Property]
    public void Cispo_never_stops_the_gradient_of_the_log_prob(Signal step, Signal advantage)
    {
        Dual<Real> l = Dual<Real>.Variable((double)step);
        Dual<Real> loss = PolicyLosses.Cispo(l, Dual<Real>.Exp(l), Dual<Real>.Constant((double)advantage), 0, 2);
        AssertClose(-Math.Min(2, Math.Exp(step)) * advantage, loss.Tangent, 1e-13);
    }

    [Property]
    public void Sapo_is_bounded(Signal step, Signal advantage) =>
        Assert.True(Math.Abs(PolicyLosses.Sapo<Real>(Math.Exp(20 * step), (double)advantage, 1, 1.05)) <= 4 * Math.Abs(advantage) + 1e-12);

    [Property]
    public void Gspo_at_length_one_is_the_token_ratio_and_both_forms_have_one_value(TokenBatch batch)
    {
        TokenGrid l = Variable(batch, batch.LogProbs);
        TokenGrid old = Data(batch, batch.OldLogProbs);
        TokenGrid sequence = SequenceRatios.LogGeometricMean(l, old, batch.Mask);
        TokenGrid tokens = SequenceRatios.LogGeometricMeanAtTokens(l, old, batch.Mask);
        for (int i = 0; i < batch.Mask.Flags.Length; i++)
        {
            if (batch.Mask.Flags[i])
            {
                Dual<Real> row = sequence[i / batch.Columns, 0];
                AssertClose(row.Value, tokens.Values[i].Value, 1e-12);
                Assert.Equal(1, (double)tokens.Values[i].Tangent);
                AssertClose(1, row.Tangent, 1e-12);
                if (batch.Mask.CountInRow(i / batch.Columns) == 1)
                {
                    AssertClose(batch.LogProbs[i] - batch.OldLogProbs[i], row.Value, 1e-12);
                }
            }
        }
    }

    [Property]
    public void The_sequence_log_ratio_adds_up_the_tokens(TokenBatch batch)
    {
        TokenGrid ratio = SequenceRatios.Sum(Data(batch, batch.LogProbs) - Data(batch, batch.OldLogProbs), batch.Mask);
        double[] weights = ImportanceWeights.Sequence(batch.LogProbs, batch.OldLogProbs, batch.Mask);
        double[] tokens = ImportanceWeights.Token(batch.LogProbs, batch.OldLogProbs, batch.Mask);
        for (int row = 0; row < batch.Rows; row++)
        {
            double product = Enumerable.Range(row * batch.Columns, batch.Columns).Aggregate(1.0, (p, i) => p * tokens[i]);
            AssertClose(1, weights[row] / product, 1e-10);
            AssertClose(Math.Log(weights[row]), ratio[row, 0].Value, 1e-10);
        }
    }

    [Property]
    public void Gmpo_within_its_bounds_is_the_geometric_mean(TokenBatch batch)
    {
        TokenGrid l = Data(batch, batch.LogProbs);
        TokenGrid old = Data(batch, batch.OldLogProbs);
        TokenGrid wide = SequenceRatios.LogClippedGeometricMean(l, old, Data(batch, batch.Advantages), batch.Mask, 100, 100);
        TokenGrid plain = SequenceRatios.LogGeometricMean(l, old, batch.Mask);
        for (int row = 0; row < batch.Rows; row++)
        {
            AssertClose(plain[row, 0].Value, wide[row, 0].Value, 1e-12);
        }
    }

    [Property]
    public void Vespo_weighs_the_policy_itself_by_one(TokenBatch batch)
    {
        TokenGrid l = Variable(batch, batch.LogProbs);
        TokenGrid advantages = TokenGrid.Constant(SequenceRatios.Sum(l, batch.Mask), 1);
        TokenGrid phi = SequenceRatios.GammaWeight(l, TokenGrid.StopGradient(l), advantages, batch.Mask, (2, 3), (3, 2));
        Assert.All(phi.Values.ToArray(), weight => Assert.Equal(Dual<Real>.Constant(1), weight));
    }

    [Property]
    public void Padding_takes_no_part_in_the_diagnostics(TokenBatch batch)
    {
        TokenBatch wide = batch.Widen();
        Assert.Equal(
            PolicyDiagnostics.MeanLogRatio(batch.LogProbs, batch.OldLogProbs, batch.Mask),
            PolicyDiagnostics.MeanLogRatio(wide.LogProbs, wide.OldLogProbs, wide.Mask));
        Assert.Equal(
            PolicyDiagnostics.Clipping(batch.LogProbs, batch.Advantages, batch.Mask, -4, -1),
            PolicyDiagnostics.Clipping(wide.LogProbs, wide.Advantages, wide.Mask, -4, -1));
        double[] weights = [.. wide.LogProbs.Select(Math.Abs)];
        double share = PolicyDiagnostics.EffectiveSampleShare(weights, wide.Mask);
        Assert.True(double.IsNaN(share) || (share > 0 && share <= 1 + 1e-12));
    }

    [Property]
    public void Equal_weights_leave_all_samples(TokenBatch batch)
    {
        double[] ones = [.. batch.LogProbs.Select(_ => 1.0)];
        Assert.Equal(batch.Mask.Count == 0 ? double.NaN : 1, PolicyDiagnostics.EffectiveSampleShare(ones, batch.Mask));
    }

    [Property]
    public void Truncated_weights_are_within_their_bounds_and_masked_ones_are_untouched_or_zero(Signal[] steps)
    {
        double[] weights = [.. steps.Select(step => Math.Exp(step))];
        Assert.All(ImportanceWeights.Truncate(weights, 0.5, 2), weight => Assert.InRange(weight, 0.5, 2));
        double[] masked = ImportanceWeights.Mask(weights, 0.5, 2);
        for (int i = 0; i < weights.Length; i++)
        {
            Assert.Equal(weights[i] is >= 0.5 and <= 2 ? weights[i] : 0, masked[i]);
        }
    }

    [Property]
    public void The_clipped_value_loss_is_at_least_the_plain_one(Signal value, Signal old, Signal target)
    {
        double plain = ValueLosses.Squared<Real>((double)value, (double)target);
        Assert.True(ValueLosses.Clipped<Real>((double)value, (double)old, (double)target, 0.2) >= plain);
        Assert.Equal(plain, (double)ValueLosses.Clipped<Real>((double)value, (double)value, (double)target, 0.2));
        Assert.Equal(Math.Clamp(value, old - 0.2, old + 0.2), (double)ValueLosses.ClippedValue<Real>((double)value, (double)old, 0.2));
    }

    [Property]
    public void Selections_keep_actions_only(TokenBatch batch)
    {
        double[] entropies = [.. batch.LogProbs.Select(l => -l)];
        SequenceMask all = TokenSelection.HighestEntropy(entropies, batch.Mask, 1);
        Assert.Equal(batch.Mask, all);
        SequenceMask top = TokenSelection.HighestEntropy(entropies, batch.Mask, 0.3);
        Assert.True(batch.Mask.Count == 0 || (top.Count >= 1 && top.Count <= batch.Mask.Count));
        SequenceMask covariant = TokenSelection.LargestCovariance(batch.LogProbs, batch.Advantages, batch.Mask, 0.4);
        Assert.Equal(batch.Mask.Count == 0 ? 0 : Math.Max(1, (int)(batch.Mask.Count * 0.4)), covariant.Count);
    }

    [Property]
    public void A_band_draws_its_share_of_the_covariances_between_its_bounds(TokenBatch batch, ulong seed)
    {
        SequenceMask all = TokenSelection.CovarianceBand(
            batch.LogProbs, batch.Advantages, batch.Mask, 0.4, double.NegativeInfinity, double.PositiveInfinity, seed, 0);
        Assert.Equal(Math.Min(batch.Mask.Count, Math.Max(1, (int)(batch.Mask.Count * 0.4))), all.Count);
        Assert.True(all.Flags.ToArray().Zip(batch.Mask.Flags.ToArray()).All(pair => !pair.First || pair.Second));
        Assert.Equal(0, TokenSelection.CovarianceBand(batch.LogProbs, batch.Advantages, batch.Mask, 1, 1e9, 2e9, seed, 0).Count);
    }

    [Property]
    public void Smoothing_mixes_the_target_with_the_whole_vocabulary(LogProb logProb, LogProb mean)
    {
        Assert.Equal(-logProb, (double)SupervisedLosses.SmoothedNll<Real>((double)logProb, (double)mean, 0));
        Assert.Equal(-mean, (double)SupervisedLosses.SmoothedNll<Real>((double)logProb, (double)mean, 1));
        AssertClose(-(0.9 * logProb) - (0.1 * mean), SupervisedLosses.SmoothedNll<Real>((double)logProb, (double)mean, 0.1), 1e-13);
        AssertClose(logProb + (0.3 * mean), SupervisedLosses.Mix<Real>((double)logProb, (double)mean, 0.3), 1e-13);
        Dual<Real> dynamic = SupervisedLosses.DynamicNll(Dual<Real>.Variable((double)logProb));
        AssertClose(-Math.Exp(logProb), dynamic.Tangent, 1e-14);
    }

    [Fact]
    public void A_quantile_interpolates()
    {
        Assert.Equal(2.5, TokenSelection.Quantile([4, 1, 2, 3], 0.5));
        Assert.Equal(1, TokenSelection.Quantile([4, 1, 2, 3], 0));
        Assert.Equal(4, TokenSelection.Quantile([4, 1, 2, 3], 1));
        Assert.True(double.IsNaN(TokenSelection.Quantile([], 0.5)));
    }

    private static TokenGrid Variable(TokenBatch batch, double[] values) =>
        TokenGrid.Of(batch.Rows, batch.Columns, [.. values.Select(value => Dual<Real>.Variable(value))]);

    private static TokenGrid Data(TokenBatch batch, double[] values) =>
        TokenGrid.Of(batch.Rows, batch.Columns, [.. values.Select(value => Dual<Real>.Constant(value))]);
}
