namespace RlCore.Algebra;

/// <summary>The choices of V-trace.</summary>
/// <param name="Lambda">λ, mixing as in TD(λ).</param>
/// <param name="RatioCap">ρ̄, the cap on the ratios of the errors.</param>
/// <param name="PolicyRatioCap">The cap on the ratios that weigh the policy-gradient advantages.</param>
/// <param name="Alpha">1 truncates all ratios (V-trace); below 1 leaks the untruncated ratio back in by 1 − α.</param>
public sealed record VTraceOptions(double Lambda = 1, double RatioCap = 1, double PolicyRatioCap = 1, double Alpha = 1);

/// <summary>The results of V-trace for each transition.</summary>
/// <param name="Errors">v_t − V_t: the value targets less the values.</param>
/// <param name="Advantages">ρ·(q_t − V_t), for the policy gradient.</param>
/// <param name="ActionValues">q_t.</param>
public sealed record VTraceResult(double[] Errors, double[] Advantages, double[] ActionValues);

/// <summary>Off-policy value targets with truncated importance weights. Source: Espeholt et al. 2018 (IMPALA), sec. 4.1.</summary>
public static class VTrace
{
    /// <summary>The targets and advantages of one trajectory.</summary>
    /// <param name="reward">r_t.</param>
    /// <param name="discount">γ_t, 0 at the end of an episode.</param>
    /// <param name="ratio">ρ_t = π/μ of the action taken in state t.</param>
    /// <param name="values">V of every state, the bootstrap last.</param>
    /// <param name="options">λ, caps and leak.</param>
    /// <param name="sampled">Which transitions count; one that does not is skipped, its error being that of the next. Empty: all.</param>
    /// <exception cref="ArgumentException">The spans do not fit together.</exception>
    public static VTraceResult Compute(
        ReadOnlySpan<double> reward,
        ReadOnlySpan<double> discount,
        ReadOnlySpan<double> ratio,
        ReadOnlySpan<double> values,
        VTraceOptions options,
        ReadOnlySpan<bool> sampled = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int steps = reward.Length;
        if (discount.Length != steps || ratio.Length != steps || values.Length != steps + 1
            || (!sampled.IsEmpty && sampled.Length != steps))
        {
            throw new ArgumentException(
                $"{steps} rewards need as many discounts ({discount.Length}) and ratios ({ratio.Length}), one value more ({values.Length}) "
                    + $"and as many flags ({sampled.Length}) or none.",
                nameof(reward));
        }

        var errors = new double[steps];
        double later = 0;
        for (int t = steps - 1; t >= 0; t--)
        {
            double error = Truncate(ratio[t], options.RatioCap, options.Alpha) * (reward[t] + (discount[t] * values[t + 1]) - values[t]);
            double here = error + (discount[t] * options.Lambda * Truncate(ratio[t], 1, options.Alpha) * later);
            errors[t] = later = sampled.IsEmpty || sampled[t] ? here : later;
        }

        var actionValues = new double[steps];
        var advantages = new double[steps];
        for (int t = 0; t < steps; t++)
        {
            double next = t + 1 < steps ? values[t + 1] + (options.Lambda * errors[t + 1]) : values[steps];
            actionValues[t] = reward[t] + (discount[t] * next);
            advantages[t] = Truncate(ratio[t], options.PolicyRatioCap, options.Alpha) * (actionValues[t] - values[t]);
        }

        return new(errors, advantages, actionValues);
    }

    private static double Truncate(double ratio, double cap, double alpha) => ((1 - alpha) * ratio) + (alpha * Math.Min(cap, ratio));
}
