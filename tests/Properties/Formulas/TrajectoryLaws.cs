using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>Multistep targets as the sums that their papers write, off policy and with every λ.</summary>
public sealed class TrajectoryLaws
{
    [Property]
    public void Errors_off_policy_are_sums_of_weighted_one_step_errors(Signal[] data)
    {
        Trajectory x = Make(data);
        double[] corrected = Multistep.ImportanceCorrectedErrors(x.Reward, x.Discount, x.Ratio, x.Lambda, x.Values);
        double[] advantages = Multistep.Gae(x.Reward, x.Discount, x.Lambda, x.Values);
        double[] lambdaReturns = Multistep.LambdaReturns(x.Reward, x.Discount, x.Values.AsSpan(1), x.Lambda);
        for (int s = 0; s < x.Steps; s++)
        {
            AssertClose(Sum(x, s, t => x.Ratio[t], t => x.Ratio[t] * x.Lambda[t]), corrected[s], 1e-10);
            AssertClose(Sum(x, s, _ => 1, t => x.Lambda[t]), advantages[s], 1e-10);
            AssertClose(x.Values[s] + advantages[s], lambdaReturns[s], 1e-10);
        }
    }

    [Property]
    public void V_trace_truncates_the_errors_and_the_traces_apart(Signal[] data)
    {
        Trajectory x = Make(data);
        var options = new VTraceOptions(Lambda: 0.9, RatioCap: 1.5, PolicyRatioCap: 2, Alpha: 0.8);
        VTraceResult result = VTrace.Compute(x.Reward, x.Discount, x.Ratio, x.Values, options);
        double Leak(double ratio, double cap) => (0.2 * ratio) + (0.8 * Math.Min(cap, ratio));
        for (int s = 0; s < x.Steps; s++)
        {
            AssertClose(Sum(x, s, t => Leak(x.Ratio[t], 1.5), t => 0.9 * Leak(x.Ratio[t], 1)), result.Errors[s], 1e-10);
            double next = s + 1 == x.Steps ? x.Values[s + 1] : x.Values[s + 1] + (0.9 * result.Errors[s + 1]);
            double q = x.Reward[s] + (x.Discount[s] * next);
            AssertClose(q, result.ActionValues[s], 1e-10);
            AssertClose(Leak(x.Ratio[s], 2) * (q - x.Values[s]), result.Advantages[s], 1e-10);
        }
    }

    [Property]
    public void A_transition_that_was_not_sampled_hands_on_the_error_of_the_next(Signal[] data)
    {
        Trajectory x = Make(data);
        bool[] sampled = [.. x.Reward.Select((_, t) => t % 3 != 1)];
        double[] errors = VTrace.Compute(x.Reward, x.Discount, x.Ratio, x.Values, new(), sampled).Errors;
        double later = 0;
        for (int t = x.Steps - 1; t >= 0; t--)
        {
            double truncated = Math.Min(1, x.Ratio[t]);
            double error = truncated * (x.Reward[t] + (x.Discount[t] * x.Values[t + 1]) - x.Values[t]);
            later = sampled[t] ? error + (x.Discount[t] * truncated * later) : later;
            AssertClose(later, errors[t], 1e-10);
        }
    }

    [Property]
    public void N_steps_are_discounted_rewards_and_the_value_after_them(Signal[] data, byte count)
    {
        Trajectory x = Make(data);
        int n = (count % 4) + 1;
        double[] ones = [.. x.Reward.Select(_ => 1.0)];
        double[] returns = Multistep.NStepReturns(x.Reward, x.Discount, x.Values.AsSpan(1), n, ones);
        double[] mixed = Multistep.NStepReturns(x.Reward, x.Discount, x.Values.AsSpan(1), n, x.Lambda);
        for (int s = 0; s < x.Steps; s++)
        {
            int end = Math.Min(s + n, x.Steps);
            double discount = 1;
            double expected = 0;
            for (int t = s; t < end; t++)
            {
                expected += discount * x.Reward[t];
                discount *= x.Discount[t];
            }

            AssertClose(expected + (discount * x.Values[end]), returns[s], 1e-10);
            AssertClose(x.Values[s] + Sum(x, s, _ => 1, t => x.Lambda[t], end), mixed[s], 1e-10);
        }
    }

    [Fact]
    public void An_empty_trajectory_has_no_returns()
    {
        Assert.Empty(Multistep.LambdaReturns([], [], [], []));
        Assert.Empty(Multistep.Gae([], [], [], [1]));
        Assert.Empty(VTrace.Compute([], [], [], [1], new()).Errors);
    }

    [Property]
    public void A_rows_bootstrap_follows_its_last_token_and_holes_discount_where_they_count(Signal first, Signal second, Signal after)
    {
        SequenceMask mask = SequenceMask.FromFlags(2, 3, [true, false, true, true, true, false]);
        double[] rewards = [first, 99, second, second, first, 99];
        double[] values = [0.5, 99, -0.25, 0.75, 1, 99];
        double[] bootstrap = [after, -after];
        double[] skipped = TokenReturns.Gae(rewards, values, mask, 0.9, 0.8, HoleRule.Skip, bootstrap);
        double last = second + (0.9 * after) + 0.25;
        AssertClose(last, skipped[2], 1e-12);
        AssertClose(last, skipped[1], 1e-12);
        AssertClose(first + (0.9 * -0.25) - 0.5 + (0.72 * last), skipped[0], 1e-12);
        double other = first - (0.9 * after) - 1;
        AssertClose(other, skipped[4], 1e-12);
        AssertClose(second + 0.9 - 0.75 + (0.72 * other), skipped[3], 1e-12);
        double[] zeroed = TokenReturns.Gae(rewards, values, mask, 0.9, 0.8, HoleRule.ZeroValue, bootstrap);
        double hole = (0.9 * -0.25) + (0.72 * last);
        AssertClose(hole, zeroed[1], 1e-12);
        AssertClose(first - 0.5 + (0.72 * hole), zeroed[0], 1e-12);
    }

    // Σ_{s ≤ t < end} (Π_{s ≤ i < t} γ_i·trace_i)·weight_t·δ_t.
    private static double Sum(Trajectory x, int s, Func<int, double> weight, Func<int, double> trace, int end = int.MaxValue)
    {
        double factor = 1;
        double sum = 0;
        for (int t = s; t < Math.Min(end, x.Steps); t++)
        {
            sum += factor * weight(t) * (x.Reward[t] + (x.Discount[t] * x.Values[t + 1]) - x.Values[t]);
            factor *= x.Discount[t] * trace(t);
        }

        return sum;
    }

    private static Trajectory Make(Signal[] data)
    {
        double[] reward = [.. data.Take(7).Select(signal => signal.Value), 0.5];
        return new(
            reward,
            [.. reward.Select((_, i) => i % 4 == 3 ? 0 : 0.95)],
            [.. reward.Select((r, i) => Math.Exp(0.2 * r * ((i % 3) - 1)))],
            [.. reward.Select((_, i) => 0.9 - (0.1 * (i % 3)))],
            [.. reward.Select(r => r / 2), 1.5]);
    }

    private sealed record Trajectory(double[] Reward, double[] Discount, double[] Ratio, double[] Lambda, double[] Values)
    {
        public int Steps => Reward.Length;
    }
}
