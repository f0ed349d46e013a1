namespace RlCore.Algebra;

/// <summary>
/// Multistep returns and errors of one trajectory. Position t of <c>reward</c>, <c>discount</c> and <c>nextValue</c>
/// belongs to the transition from state t to t + 1; a discount of 0 ends an episode, and <c>values</c> has one element more
/// than there are transitions: the last is the bootstrap.
/// </summary>
public static class Multistep
{
    /// <summary>
    /// A_t = δ_t + γ_t·λ_t·A_{t+1}, δ_t = r_t + γ_t·V_{t+1} − V_t. Source: Schulman et al. 2016, eq. 16.
    /// </summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t, 0 at the end of an episode.</param>
    /// <param name="lambda">λ_t, one a transition.</param>
    /// <param name="values">V of every state, the bootstrap last.</param>
    public static double[] Gae(
        ReadOnlySpan<double> reward, ReadOnlySpan<double> discount, ReadOnlySpan<double> lambda, ReadOnlySpan<double> values)
    {
        CheckSame(reward.Length, discount.Length, lambda.Length, values.Length - 1);
        var advantages = new double[reward.Length];
        double advantage = 0;
        for (int t = reward.Length - 1; t >= 0; t--)
        {
            double error = reward[t] + (discount[t] * values[t + 1]) - values[t];
            advantages[t] = advantage = error + (discount[t] * lambda[t] * advantage);
        }

        return advantages;
    }

    /// <summary>G_t = r_t + γ_t·((1 − λ_t)·V_{t+1} + λ_t·G_{t+1}), bootstrapped by the last value.</summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t.</param>
    /// <param name="nextValue">V_{t+1}.</param>
    /// <param name="lambda">λ_t, one a transition.</param>
    public static double[] LambdaReturns(
        ReadOnlySpan<double> reward, ReadOnlySpan<double> discount, ReadOnlySpan<double> nextValue, ReadOnlySpan<double> lambda)
    {
        CheckSame(reward.Length, discount.Length, lambda.Length, nextValue.Length);
        var returns = new double[reward.Length];
        double after = nextValue.IsEmpty ? 0 : nextValue[^1];
        for (int t = reward.Length - 1; t >= 0; t--)
        {
            returns[t] = after = reward[t] + (discount[t] * (((1 - lambda[t]) * nextValue[t]) + (lambda[t] * after)));
        }

        return returns;
    }

    /// <summary>G_t = r_t + γ_t·G_{t+1}, with a bootstrap after the last transition.</summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t.</param>
    /// <param name="bootstrap">V of the state after the last transition; 0 if it is terminal.</param>
    public static double[] DiscountedReturns(ReadOnlySpan<double> reward, ReadOnlySpan<double> discount, double bootstrap)
    {
        CheckSame(reward.Length, discount.Length, reward.Length, reward.Length);
        var returns = new double[reward.Length];
        double after = bootstrap;
        for (int t = reward.Length - 1; t >= 0; t--)
        {
            returns[t] = after = reward[t] + (discount[t] * after);
        }

        return returns;
    }

    /// <summary>
    /// The return of the next n transitions, bootstrapped by the value after them (or by the last value, when the
    /// trajectory ends first); a λ below 1 mixes in the values on the way.
    /// </summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t.</param>
    /// <param name="nextValue">V_{t+1}.</param>
    /// <param name="steps">n, at least 1.</param>
    /// <param name="lambda">λ_t, one a transition.</param>
    public static double[] NStepReturns(
        ReadOnlySpan<double> reward, ReadOnlySpan<double> discount, ReadOnlySpan<double> nextValue, int steps, ReadOnlySpan<double> lambda)
    {
        CheckSame(reward.Length, discount.Length, lambda.Length, nextValue.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        var returns = new double[reward.Length];
        for (int t = 0; t < returns.Length; t++)
        {
            int last = Math.Min(t + steps, reward.Length) - 1;
            double after = nextValue[last];
            for (int i = last; i >= t; i--)
            {
                after = reward[i] + (discount[i] * (((1 - lambda[i]) * nextValue[i]) + (lambda[i] * after)));
            }

            returns[t] = after;
        }

        return returns;
    }

    /// <summary>
    /// Per-decision importance-corrected errors of the λ-return: ρ_t·(δ_t + γ_t·λ_t·ρ_{t+1}-weighted later errors).
    /// </summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t.</param>
    /// <param name="ratio">ρ_t = π/μ of the action taken in state t.</param>
    /// <param name="lambda">λ_t, one a transition.</param>
    /// <param name="values">V of every state, the bootstrap last.</param>
    public static double[] ImportanceCorrectedErrors(
        ReadOnlySpan<double> reward,
        ReadOnlySpan<double> discount,
        ReadOnlySpan<double> ratio,
        ReadOnlySpan<double> lambda,
        ReadOnlySpan<double> values)
    {
        CheckSame(reward.Length, discount.Length, lambda.Length, values.Length - 1);
        CheckSame(reward.Length, ratio.Length, reward.Length, reward.Length);
        var errors = new double[reward.Length];
        double later = 0;
        for (int t = reward.Length - 1; t >= 0; t--)
        {
            double error = reward[t] + (discount[t] * values[t + 1]) - values[t];
            errors[t] = later = ratio[t] * (error + (discount[t] * lambda[t] * later));
        }

        return errors;
    }

    private static void CheckSame(int reward, int second, int third, int fourth)
    {
        if (reward != second || reward != third || reward != fourth)
        {
            throw new ArgumentException(
                $"A trajectory of {reward} rewards needs as many of everything else (and one value more), but there are {second}, {third} "
                    + $"and {fourth}.",
                nameof(reward));
        }
    }
}
