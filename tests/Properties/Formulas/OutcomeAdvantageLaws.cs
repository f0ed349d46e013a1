using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Leave-one-out and its relatives, and what tokens get of a completion's advantage.</summary>
public sealed class OutcomeAdvantageLaws
{
    [Property]
    public void Leave_one_out_is_the_centred_reward_times_k_over_k_less_one(Signal[] rewards)
    {
        (double[] r, int[] ids) = Groups(rewards, 3);
        double[] advantages = GroupAdvantages.LeaveOneOut(r, ids);
        double[] centred = GroupAdvantages.Relative(r, ids, new() { Scale = AdvantageScale.None });
        for (int i = 0; i < r.Length; i++)
        {
            double others = Enumerable.Range(0, r.Length).Where(j => ids[j] == ids[i] && j != i).Average(j => r[j]);
            AssertClose(r[i] - others, advantages[i], 1e-12);
            AssertClose(1.5 * centred[i], advantages[i], 1e-12);
        }
    }

    [Property]
    public void Length_weights_of_equal_lengths_are_the_mean_and_the_weighted_sum_is_zero(Signal[] rewards, byte length)
    {
        (double[] r, int[] ids) = Groups(rewards, 3);
        double[] centred = GroupAdvantages.Relative(r, ids, new() { Scale = AdvantageScale.None });
        double[] same = GroupAdvantages.LengthWeighted(r, [.. r.Select(_ => length + 1)], ids);
        int[] lengths = [.. r.Select((_, i) => i + 1)];
        double[] weighted = GroupAdvantages.LengthWeighted(r, lengths, ids);
        for (int i = 0; i < r.Length; i++)
        {
            AssertClose(centred[i], same[i], 1e-12);
        }

        for (int group = 0; group < r.Length / 3; group++)
        {
            AssertClose(0, Enumerable.Range(0, r.Length).Where(i => ids[i] == group).Sum(i => lengths[i] * weighted[i]), 1e-9);
        }
    }

    [Property]
    public void The_informative_scale_grows_as_rewards_vanish(Signal first, Signal second)
    {
        double[] r = [first + 10, second + 10, 0, 0];
        double[] centred = GroupAdvantages.Relative(r, 4, new() { Scale = AdvantageScale.None });
        double[] scaled = GroupAdvantages.ScaledByInformative(r, [0, 0, 0, 0]);
        Assert.Equal(centred.Select(a => 2 * a), scaled);
    }

    [Property]
    public void Only_the_best_of_a_group_gets_its_lead(Signal[] rewards)
    {
        (double[] r, int[] ids) = Groups(rewards, 3);
        double[] a = GroupAdvantages.BestOfGroup(r, ids, new() { Scale = AdvantageScale.None });
        for (int group = 0; group < r.Length / 3; group++)
        {
            int[] members = [.. Enumerable.Range(0, r.Length).Where(i => ids[i] == group)];
            double[] sorted = [.. members.Select(i => r[i]).OrderDescending()];
            Assert.Equal(sorted[0] - sorted[1], members.Sum(i => a[i]), 1e-12);
            Assert.All(members, i => Assert.True(a[i] == 0 || r[i] == sorted[0]));
        }

        Assert.Throws<ArgumentException>(() => GroupAdvantages.BestOfGroup([1, 2], [0, 0], new() { Scale = AdvantageScale.Batch }));
    }

    [Fact]
    public void A_singleton_is_zero_or_refused_by_every_estimator()
    {
        double[] r = [5];
        int[] ids = [0];
        Assert.Equal([0], GroupAdvantages.LeaveOneOut(r, ids));
        Assert.Equal([0], GroupAdvantages.LengthWeighted(r, [3], ids));
        Assert.Equal([0], GroupAdvantages.ScaledByInformative(r, ids));
        Assert.Equal([0], GroupAdvantages.BestOfGroup(r, ids, new()));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.LeaveOneOut(r, ids, SingletonRule.Refuse));
        Assert.Throws<ArgumentException>(() => GroupAdvantages.LengthWeighted(r, [3], ids, SingletonRule.Refuse));
    }

    [Property]
    public void Every_action_gets_its_rows_advantage_and_nothing_else_does(TokenBatch batch)
    {
        double[] rows = [.. Enumerable.Range(1, batch.Rows).Select(i => (double)i)];
        double[] tokens = TokenAdvantages.Spread(rows, batch.Mask);
        for (int i = 0; i < tokens.Length; i++)
        {
            Assert.Equal(batch.Mask.Flags[i] ? rows[i / batch.Columns] : 0, tokens[i]);
        }

        Assert.Throws<ArgumentException>(() => TokenAdvantages.Spread([], batch.Mask));
    }

    [Property]
    public void Whitened_advantages_have_mean_zero_and_variance_one(TokenBatch batch)
    {
        double[] white = TokenAdvantages.Whitened(batch.Advantages, batch.Mask, new(Ddof: 0, VarianceEpsilon: 0));
        double spread = MaskedStatistics.Variance(batch.Advantages, batch.Mask, new(Ddof: 0));
        if (spread > 1e-6)
        {
            AssertClose(0, MaskedStatistics.Mean(white, batch.Mask), 1e-9);
            AssertClose(1, MaskedStatistics.Variance(white, batch.Mask, new(Ddof: 0)), 1e-9);
        }

        Assert.All(white.Where((_, i) => !batch.Mask.Flags[i]), value => Assert.Equal(0, value));
    }

    [Property]
    public void A_baseline_comes_off_every_action(TokenBatch batch, Signal baseline)
    {
        double[] rewards = MaskedStatistics.ZeroOutside(batch.Advantages, batch.Mask);
        double[] baselines = [.. Enumerable.Repeat((double)baseline, batch.Rows)];
        double[] advantages = TokenAdvantages.LessBaseline(rewards, baselines, batch.Mask);
        double[] returns = TokenReturns.Discounted(rewards, batch.Mask, 1);
        for (int i = 0; i < returns.Length; i++)
        {
            AssertClose(returns[i] - (batch.Mask.Flags[i] ? baseline : 0), advantages[i], 1e-12);
        }
    }

    [Property]
    public void Equal_norms_make_the_optimal_token_baseline_the_mean(Signal first, Signal second)
    {
        SequenceMask mask = SequenceMask.Full(2, 2);
        double[] returns = [first, first, second, second];
        double[] advantages = OptimalTokenBaseline.Advantages(
            returns, [1, 1, 1, 1], mask, [7, 7], StepAlignment.Column, zeroTail: false, epsilon: 0);
        double half = (first - second) / 2;
        double[] expected = [half, half, -half, -half];
        for (int i = 0; i < expected.Length; i++)
        {
            AssertClose(expected[i], advantages[i], 1e-12);
        }

        Assert.Equal(
            returns, OptimalTokenBaseline.Advantages(returns, [1, 1, 1, 1], mask, [1, 2], StepAlignment.ActionIndex, zeroTail: true));
        Assert.Throws<ArgumentException>(
            () => OptimalTokenBaseline.Advantages(returns, [1], mask, [1, 2], StepAlignment.Column, zeroTail: false));
    }

    private static (double[] Rewards, int[] Ids) Groups(Signal[] rewards, int size)
    {
        double[] r = [.. rewards.Take(rewards.Length / size * size).Select(signal => signal.Value)];
        return (r, [.. r.Select((_, i) => i % Math.Max(1, r.Length / size))]);
    }
}
