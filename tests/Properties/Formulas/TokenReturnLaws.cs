using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>GAE and its relatives: limits, identities, holes and bootstraps.</summary>
public sealed class TokenReturnLaws
{
    private const double Gamma = 0.95;

    [Property]
    public void At_lambda_one_the_advantage_is_the_return_less_the_value(TokenBatch batch)
    {
        (double[] rewards, double[] values) = Data(batch);
        double[] advantages = TokenReturns.Gae(rewards, values, batch.Mask, Gamma, 1, HoleRule.ZeroValue);
        double[] returns = TokenReturns.Discounted(rewards, batch.Mask, Gamma);
        ForEachAction(batch, i => AssertClose(returns[i] - values[i], advantages[i], 1e-11));
    }

    [Property]
    public void At_lambda_zero_the_advantage_is_the_one_step_error(TokenBatch batch)
    {
        (double[] rewards, double[] values) = Data(batch);
        double[] advantages = TokenReturns.Gae(rewards, values, batch.Mask, Gamma, 0);
        ForEachAction(batch, i =>
        {
            int row = i / batch.Columns;
            int next = Enumerable.Range(i + 1, ((row + 1) * batch.Columns) - i - 1).FirstOrDefault(j => batch.Mask.Flags[j], -1);
            AssertClose(rewards[i] + (Gamma * (next < 0 ? 0 : values[next])) - values[i], advantages[i], 1e-12);
        });
    }

    [Property]
    public void Skipping_holes_is_the_same_as_filtering_them_out_first(TokenBatch batch)
    {
        (double[] rewards, double[] values) = Data(batch);
        double[] advantages = TokenReturns.Gae(rewards, values, batch.Mask, Gamma, 0.9);
        for (int row = 0; row < batch.Rows; row++)
        {
            int[] actions = [.. Enumerable.Range(row * batch.Columns, batch.Columns).Where(i => batch.Mask.Flags[i])];
            double[] filtered = Multistep.Gae(
                [.. actions.Select(i => rewards[i])],
                [.. actions.Select(_ => Gamma)],
                [.. actions.Select(_ => 0.9)],
                [.. actions.Select(i => values[i]), 0]);
            for (int k = 0; k < actions.Length; k++)
            {
                AssertClose(filtered[k], advantages[actions[k]], 1e-12);
            }
        }
    }

    [Property]
    public void What_lies_outside_the_mask_is_never_read(TokenBatch batch)
    {
        double[] zeros = MaskedStatistics.ZeroOutside(batch.LogProbs, batch.Mask);
        foreach (HoleRule rule in Enum.GetValues<HoleRule>())
        {
            double[] clean = TokenReturns.Gae(zeros, zeros, batch.Mask, Gamma, 0.9, rule);
            Assert.Equal(clean, TokenReturns.Gae(batch.LogProbs, batch.LogProbs, batch.Mask, Gamma, 0.9, rule));
        }

        Assert.Equal(TokenReturns.Discounted(zeros, batch.Mask, Gamma), TokenReturns.Discounted(batch.LogProbs, batch.Mask, Gamma));
    }

    [Property]
    public void Truncation_bootstraps_and_termination_does_not(Signal reward, Signal value, Signal after)
    {
        SequenceMask one = SequenceMask.Full(1, 1);
        AssertClose(reward - value, TokenReturns.Gae([reward], [value], one, Gamma, 0.9)[0], 1e-14);
        AssertClose(
            reward + (Gamma * after) - value, TokenReturns.Gae([reward], [value], one, Gamma, 0.9, HoleRule.Skip, [after])[0], 1e-14);
    }

    [Property]
    public void N_steps_past_the_end_are_the_lambda_return_at_one(Signal[] data)
    {
        (double[] reward, double[] discount, double[] values) = Trajectory(data);
        double[] ones = [.. reward.Select(_ => 1.0)];
        double[] longest = Multistep.NStepReturns(reward, discount, values.AsSpan(1), Math.Max(1, reward.Length), ones);
        double[] lambda = Multistep.LambdaReturns(reward, discount, values.AsSpan(1), ones);
        Agree(lambda, longest);
        Agree(lambda, Multistep.DiscountedReturns(reward, discount, values[^1]));
        double[] zeros = [.. reward.Select(_ => 0.0)];
        Agree(
            Multistep.NStepReturns(reward, discount, values.AsSpan(1), 1, ones),
            Multistep.LambdaReturns(reward, discount, values.AsSpan(1), zeros));
    }

    [Property]
    public void On_policy_v_trace_is_the_lambda_return(Signal[] data)
    {
        (double[] reward, double[] discount, double[] values) = Trajectory(data);
        double[] ones = [.. reward.Select(_ => 1.0)];
        VTraceResult result = VTrace.Compute(reward, discount, ones, values, new());
        Agree(Multistep.Gae(reward, discount, ones, values), result.Errors);
        Agree(Multistep.Gae(reward, discount, ones, values), result.Advantages);
        Agree(result.Errors, VTrace.Compute(reward, discount, ones, values, new(Alpha: 0.3)).Errors);
        Agree(result.Errors, Multistep.ImportanceCorrectedErrors(reward, discount, ones, ones, values));
    }

    [Property]
    public void A_return_is_cut_at_a_hole_when_holes_reset(Signal first, Signal second, Signal third)
    {
        SequenceMask hole = SequenceMask.FromFlags(1, 3, [true, false, true]);
        double[] returns = TokenReturns.DiscountedWithResets([first, second, third], hole, Gamma);
        AssertClose(third, returns[2], 1e-14);
        AssertClose(second + (Gamma * third), returns[1], 1e-14);
        AssertClose(first, returns[0], 1e-14);
    }

    [Fact]
    public void Shapes_that_differ_are_refused()
    {
        SequenceMask mask = SequenceMask.Full(2, 2);
        Assert.Throws<ArgumentException>(() => TokenReturns.Gae(new double[3], new double[4], mask, 1, 1));
        Assert.Throws<ArgumentException>(() => TokenReturns.Gae(new double[4], new double[3], mask, 1, 1));
        Assert.Throws<ArgumentException>(() => TokenReturns.Discounted(new double[3], mask, 1));
        Assert.Throws<ArgumentException>(() => TokenReturns.DiscountedWithResets(new double[3], mask, 1));
        Assert.Throws<ArgumentException>(() => Multistep.Gae([1], [1], [1], [1]));
        Assert.Throws<ArgumentException>(() => VTrace.Compute([1], [1], [1], [1], new()));
        Assert.Throws<ArgumentOutOfRangeException>(() => Multistep.NStepReturns([1], [1], [1], 0, [1]));
    }

    private static (double[] Rewards, double[] Values) Data(TokenBatch batch) => (batch.Advantages, batch.LogProbs);

    private static (double[] Reward, double[] Discount, double[] Values) Trajectory(Signal[] data)
    {
        double[] x = [.. data.Take(8).Select(signal => signal.Value), 0.5];
        return (x, [.. x.Select((_, i) => i % 3 == 2 ? 0 : Gamma)], [.. x.Select(v => v / 2), 1.5]);
    }

    private static void ForEachAction(TokenBatch batch, Action<int> check)
    {
        for (int i = 0; i < batch.Mask.Flags.Length; i++)
        {
            if (batch.Mask.Flags[i])
            {
                check(i);
            }
        }
    }

    private static void Agree(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            AssertClose(expected[i], actual[i], 1e-11);
        }
    }
}
