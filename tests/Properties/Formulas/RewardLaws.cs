using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Rewards of tokens and completions, and the models that learn them.</summary>
public sealed class RewardLaws
{
    [Property]
    public void The_score_stands_on_the_last_action(TokenBatch batch, Signal score)
    {
        double[] kl = new double[batch.Mask.Flags.Length];
        double[] scores = [.. Enumerable.Repeat((double)score, batch.Rows)];
        double[] rewards = TokenRewards.WithKlPenalty(scores, kl, batch.Mask, 0.1);
        for (int row = 0; row < batch.Rows; row++)
        {
            int last = Enumerable.Range(0, batch.Columns).LastOrDefault(column => batch.Mask[row, column], -1);
            for (int column = 0; column < batch.Columns; column++)
            {
                Assert.Equal(column == last ? score : 0, rewards[(row * batch.Columns) + column]);
            }
        }
    }

    [Property]
    public void The_rewards_add_up_to_the_score_less_the_penalty(Signal score, Signal first, Signal second)
    {
        double[] rewards = TokenRewards.WithKlPenalty([score], [first, second], SequenceMask.Full(1, 2), 0.3);
        AssertClose(score - (0.3 * (first + second)), rewards.Sum(), 1e-12);
        Assert.Throws<ArgumentException>(() => TokenRewards.WithKlPenalty([1, 2], [1, 2], SequenceMask.Full(1, 2), 1));
    }

    [Property]
    public void Only_differences_of_rewards_matter_to_preferences(Signal chosen, Signal rejected, Signal shift)
    {
        AssertClose(Loss(chosen, rejected, 0), Loss(chosen + shift, rejected + shift, 0), 1e-12);
        Real[] ranking = [(double)chosen, (double)rejected, 0.3];
        Real[] shifted = [.. ranking.Select(reward => (Real)(reward + shift))];
        AssertClose(RewardModelLosses.PlackettLuce<Real>(ranking), RewardModelLosses.PlackettLuce<Real>(shifted), 1e-11);
    }

    [Property]
    public void A_ranking_of_two_is_bradley_terry_and_its_probabilities_add_up(Signal chosen, Signal rejected)
    {
        AssertClose(Loss(chosen, rejected, 0), RewardModelLosses.PlackettLuce<Real>([(double)chosen, (double)rejected]), 1e-12);
        AssertClose(
            Loss(chosen, rejected, 0), -Math.Log(RewardModelLosses.PreferenceProbability<Real>((double)chosen, (double)rejected)), 1e-10);
        double[] three = [chosen, rejected, 0.5];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        double total = orders.Sum(order => Math.Exp(-RewardModelLosses.PlackettLuce<Real>([.. order.Select(i => (Real)three[i])])));
        AssertClose(1, total, 1e-12);
        Assert.Throws<ArgumentException>(() => RewardModelLosses.PlackettLuce<Real>([]));
    }

    [Property]
    public void A_margin_shifts_and_centring_pulls_the_sum_to_zero(Signal chosen, Signal rejected, Signal margin)
    {
        AssertClose(
            Loss(chosen - margin, rejected, 0),
            RewardModelLosses.BradleyTerry<Real>((double)chosen, (double)rejected, (double)margin),
            1e-12);
        double sum = chosen + rejected;
        AssertClose(Loss(chosen, rejected, 0) + (0.1 * sum * sum), Loss(chosen, rejected, 0.1), 1e-12);
    }

    [Theory]
    [InlineData(-800.0, 800.0)]
    [InlineData(800.0, -800.0)]
    public void The_loss_is_finite_at_extreme_rewards(double chosen, double rejected)
    {
        Dual<Real> loss = RewardModelLosses.BradleyTerry(Dual<Real>.Variable(chosen), Dual<Real>.Constant(rejected), default);
        AssertClose(Math.Max(0, rejected - chosen), loss.Value, 1e-12);
        Assert.True(double.IsFinite(loss.Tangent));
    }

    [Property]
    public void The_overlong_penalty_is_zero_then_linear_then_constant(byte length)
    {
        double penalty = LengthPenalties.SoftOverlong(length, 100, 20, 0.5);
        AssertClose(length <= 80 ? 0 : length >= 100 ? -0.5 : -0.5 * (length - 80) / 20, penalty, 1e-14);
        double growing = LengthPenalties.SoftOverlong(length, 100, 20, 0.5, capped: false);
        AssertClose(length <= 80 ? 0 : -0.5 * (length - 80) / 20, growing, 1e-14);
    }

    [Fact]
    public void A_truncated_completion_is_scaled_or_penalised()
    {
        Assert.Equal(
            [2, 1, -0.5],
            new[]
            {
                LengthPenalties.StopProperly(2, false, 0.5),
                LengthPenalties.StopProperly(2, true, 0.5),
                LengthPenalties.StopProperly(2, true, -0.5),
            });
        Assert.Throws<ArgumentOutOfRangeException>(() => LengthPenalties.SoftOverlong(1, 2, 0));
    }

    [Property]
    public void A_second_attempt_earns_its_reward_and_the_progress_that_it_makes(Signal first, Signal second, Signal gained, byte alpha)
    {
        double bonus = alpha / 16.0;
        var rewards = new AttemptRewards(FirstWeight: 0.5, bonus);
        AssertClose(second, rewards.Of(second, second).Second, 1e-14);
        double slope = rewards.Of(first, second + gained).Second - rewards.Of(first, second).Second;
        AssertClose(gained * (1 + bonus), slope, 1e-9);

        AssertClose(-bonus * gained, rewards.Of(first + gained, second).Second - rewards.Of(first, second).Second, 1e-9);
    }

    [Property]
    public void A_first_attempt_is_credited_with_itself_and_with_a_share_of_the_second(Signal first, Signal second, byte gamma)
    {
        double discount = gamma / 255.0;
        AssertClose(0.5 * first, new AttemptRewards(0.5, Bonus: 3).Of(first, second).First, 1e-14);
        var (own, other) = new AttemptRewards(0.5, 3, discount).Of(first, second);
        AssertClose((0.5 * first) + (discount * other), own, 1e-12);
        AssertClose(0.5 - (3 * discount), new AttemptRewards(0.5, 3, discount).Of(1, 0).First, 1e-12);
    }

    [Fact]
    public void A_function_that_does_not_apply_is_left_out_of_the_mix()
    {
        double[] mixed = RewardMixing.WeightedSum([1, double.NaN, double.NaN, double.NaN, 2, 3], [2, 10]);
        Assert.Equal([2, double.NaN, 34], mixed);
        Assert.Throws<ArgumentException>(() => RewardMixing.WeightedSum([1, 2, 3], [1, 1]));
        Assert.Throws<ArgumentException>(() => RewardMixing.WeightedSum([1, 2, 3], []));
    }

    [Property]
    public void A_normalised_mix_is_blind_to_the_scale_of_each_function(Signal a, Signal b, Signal c, Signal d)
    {
        var exact = new GroupAdvantageOptions { Epsilon = 0 };
        double[] plain = RewardMixing.NormalizedSum([a, b, c, d], [1, 1], 2, exact);
        double[] scaled = RewardMixing.NormalizedSum([a * 8, b, c * 8, d], [1, 1], 2, exact);
        Assert.Equal(plain, scaled);
    }

    [Fact]
    public void A_completion_to_which_no_function_applies_has_no_score_in_a_normalised_mix_either()
    {
        double[] mixed = RewardMixing.NormalizedSum(
            [1, double.NaN, double.NaN, double.NaN, 3, 5], [1, 2], 3, new() { Scale = AdvantageScale.None });
        Assert.Equal([-1, double.NaN, 1], mixed);
    }

    [Fact]
    public void An_infinite_lead_costs_nothing_without_centring() =>
        Assert.Equal(0, (double)RewardModelLosses.BradleyTerry<Real>(double.PositiveInfinity, 0, 0));

    [Property]
    public void The_loss_of_a_step_is_the_cross_entropy_of_two_logits(Signal good, Signal bad, byte share)
    {
        double label = share / 255.0;
        Real[] logProbs = Categorical.LogSoftmax<Real>([(double)good, (double)bad]);
        double expected = -((label * logProbs[0]) + ((1 - label) * logProbs[1]));
        AssertClose(expected, StepLoss(good - bad, label), 1e-12);
        AssertClose(StepLoss(good - bad, label), StepLoss(bad - good, 1 - label), 1e-12);
    }

    [Property]
    public void The_gradient_of_a_step_is_its_probability_less_its_label(Number score, byte share)
    {
        double label = share / 255.0;
        Dual<Real> loss = RewardModelLosses.Step(Dual<Real>.Variable((double)score), Dual<Real>.Constant(label));
        AssertClose((1 / (1 + Math.Exp(-score))) - label, loss.Tangent, 1e-12);
        AssertClose(ByDifference(at => StepLoss(at, label), score), loss.Tangent, 1e-7);
    }

    [Property]
    public void The_loss_of_a_step_is_least_where_its_probability_is_the_label(byte share, Signal score)
    {
        double label = Math.Clamp(share / 255.0, 0.01, 0.99);
        double least = StepLoss(Math.Log(label / (1 - label)), label);
        AssertClose(-((label * Math.Log(label)) + ((1 - label) * Math.Log(1 - label))), least, 1e-12);
        Assert.True(StepLoss(score, label) >= least - 1e-15);
    }

    [Theory]
    [InlineData(800.0, 1.0, 0.0)]
    [InlineData(800.0, 0.0, 800.0)]
    [InlineData(-800.0, 1.0, 800.0)]
    [InlineData(-800.0, 0.25, 200.0)]
    public void The_loss_of_a_step_is_finite_at_extreme_scores(double score, double label, double expected)
    {
        Dual<Real> loss = RewardModelLosses.Step(Dual<Real>.Variable(score), Dual<Real>.Constant(label));
        AssertClose(expected, loss.Value, 1e-12);
        AssertClose((score > 0 ? 1 : 0) - label, loss.Tangent, 1e-12);
    }

    private static double StepLoss(double score, double label) => RewardModelLosses.Step<Real>(score, label);

    private static double Loss(double chosen, double rejected, double centring) =>
        RewardModelLosses.BradleyTerry<Real>(chosen, rejected, 0, centring);
}
