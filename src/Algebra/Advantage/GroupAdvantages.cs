namespace RlCore.Algebra;

/// <summary>
/// Advantages of whole completions relative to the other completions of the same prompt. A NaN reward marks a
/// completion that could not be scored: it is ignored and gets advantage 0.
/// </summary>
public static class GroupAdvantages
{
    /// <summary>
    /// A_i = (r_i − mean)/(std + ε) over consecutive groups. A group of equal rewards is exactly zero. Source: Shao et
    /// al. 2024 (GRPO), sec. 4.1.2; without the division: Liu et al. 2025 (Dr. GRPO).
    /// </summary>
    /// <param name="rewards">One per completion; group g is [g·groupSize, (g+1)·groupSize).</param>
    /// <param name="groupSize">k, completions a prompt.</param>
    /// <param name="options">Scale, ddof, ε and the rule for singletons.</param>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of k, an option is out of range, or a singleton
    /// is rejected.</exception>
    public static double[] Relative(ReadOnlySpan<double> rewards, int groupSize, GroupAdvantageOptions options) =>
        Relative(rewards, RewardGroups.ConsecutiveIds(rewards.Length, groupSize), options);

    /// <summary>A_i = (r_i − mean)/(std + ε) over the completions with the same group id.</summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="options">Scale, ddof, ε and the rule for singletons.</param>
    /// <exception cref="ArgumentException">The spans differ in length, an option is out of range, or a singleton is
    /// refused.</exception>
    public static double[] Relative(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupIds, GroupAdvantageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(nameof(options));
        var advantages = new double[rewards.Length];
        List<int[]> groups = RewardGroups.Split(rewards, groupIds);
        double batchScale = options.Scale == AdvantageScale.Batch
            ? Spread(Moments.Of(RewardGroups.Take(rewards, [.. groups.SelectMany(group => group)])), options)
            : double.NaN;
        foreach (int[] group in groups)
        {
            if (IsSingleton(group, groupIds, options.Singletons))
            {
                continue;
            }

            Moments moments = Moments.Of(RewardGroups.Take(rewards, group));
            double scale = options.Scale switch
            {
                AdvantageScale.Group => Spread(moments, options),
                AdvantageScale.Batch => batchScale,
                _ => 1,
            };
            foreach (int i in group)
            {
                double centred = rewards[i] - moments.Mean;
                advantages[i] = centred == 0 ? 0 : centred / scale;
            }
        }

        return advantages;
    }

    /// <summary>
    /// A_i = r_i − mean of the others of its group = k/(k − 1)·(r_i − mean). Source: Kool et al. 2019; Ahmadian et al. 2024
    /// (RLOO), eq. 6.
    /// </summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a singleton is rejected.</exception>
    public static double[] LeaveOneOut(
        ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupIds, SingletonRule singletons = SingletonRule.Zero)
    {
        var advantages = new double[rewards.Length];
        foreach (int[] group in RewardGroups.Split(rewards, groupIds))
        {
            if (!IsSingleton(group, groupIds, singletons))
            {
                double mean = Moments.Of(RewardGroups.Take(rewards, group)).Mean;
                foreach (int i in group)
                {
                    advantages[i] = (rewards[i] - mean) * group.Length / (group.Length - 1.0);
                }
            }
        }

        return advantages;
    }

    /// <summary>
    /// A_i = r_i − Σ|y_j|·r_j / Σ|y_j|: the minimum-variance baseline if the norm of the gradient grows with the length.
    /// Source: Hao et al. 2025 (OPO), eq. 8.
    /// </summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="lengths">|y|, tokens of each completion.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a singleton is rejected.</exception>
    public static double[] LengthWeighted(
        ReadOnlySpan<double> rewards, ReadOnlySpan<int> lengths, ReadOnlySpan<int> groupIds, SingletonRule singletons = SingletonRule.Zero)
    {
        if (lengths.Length != rewards.Length)
        {
            throw new ArgumentException(
                $"{rewards.Length} rewards and {lengths.Length} lengths: one of each a completion is needed.", nameof(lengths));
        }

        var advantages = new double[rewards.Length];
        foreach (int[] group in RewardGroups.Split(rewards, groupIds))
        {
            if (!IsSingleton(group, groupIds, singletons))
            {
                Total total = Total.Zero;
                foreach (int i in group)
                {
                    total += new Total(lengths[i] * rewards[i], lengths[i]);
                }

                foreach (int i in group)
                {
                    advantages[i] = rewards[i] - total.Mean;
                }
            }
        }

        return advantages;
    }

    /// <summary>
    /// α·(r_i − mean) with α = completions / completions of non-zero reward. Source: Chu et al. 2025 (GPG), sec. 3.
    /// </summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a singleton is rejected.</exception>
    public static double[] ScaledByInformative(
        ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupIds, SingletonRule singletons = SingletonRule.Zero)
    {
        double alpha = rewards.Length / Math.Max(1.0, rewards.Length - rewards.Count(0));
        double[] advantages = Relative(rewards, groupIds, new() { Scale = AdvantageScale.None, Singletons = singletons });
        for (int i = 0; i < advantages.Length; i++)
        {
            advantages[i] *= alpha;
        }

        return advantages;
    }

    /// <summary>
    /// The best completion of each group gets (best − second best), over std + ε if asked; all others 0. Source: Walder &amp;
    /// Karkhanis 2025 (pass@k policy optimisation, the leave-one-out form for k = group size).
    /// </summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="options">Scale (group or none), ddof, ε and the rule for singletons.</param>
    /// <exception cref="ArgumentException">The spans differ in length, an option is out of range or not used here, or a
    /// singleton is rejected.</exception>
    public static double[] BestOfGroup(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupIds, GroupAdvantageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(nameof(options));
        if (options.Scale == AdvantageScale.Batch)
        {
            throw new ArgumentException("The best-of-group advantage is scaled by its group or not at all.", nameof(options));
        }

        var advantages = new double[rewards.Length];
        foreach (int[] group in RewardGroups.Split(rewards, groupIds))
        {
            if (!IsSingleton(group, groupIds, options.Singletons))
            {
                double[] values = RewardGroups.Take(rewards, group);
                int best = Array.IndexOf(values, values.Max());
                double second = values.Where((_, i) => i != best).Max();
                double scale = options.Scale == AdvantageScale.Group ? Spread(Moments.Of(values), options) : 1;
                advantages[group[best]] = values[best] == second ? 0 : (values[best] - second) / scale;
            }
        }

        return advantages;
    }

    /// <summary>
    /// σ(r_i − mean) − ½ if completion i passes all constraints, −½ if it fails one: above 0 only if it passes and is
    /// better than the mean of its group. After Xu et al. 2024 (CGPO, calibrated regularised policy gradient), with the group's
    /// mean in place of the reward of a reference completion.
    /// </summary>
    /// <param name="rewards">One a completion.</param>
    /// <param name="passes">Whether each completion passes all constraints.</param>
    /// <param name="groupIds">Which prompt each completion answers.</param>
    /// <param name="singletons">What a group of one gives.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a singleton is rejected.</exception>
    public static double[] Constrained(
        ReadOnlySpan<double> rewards, ReadOnlySpan<bool> passes, ReadOnlySpan<int> groupIds, SingletonRule singletons = SingletonRule.Zero)
    {
        if (passes.Length != rewards.Length)
        {
            throw new ArgumentException(
                $"{rewards.Length} rewards and {passes.Length} judgements: one of each a completion is needed.", nameof(passes));
        }

        var advantages = new double[rewards.Length];
        foreach (int[] group in RewardGroups.Split(rewards, groupIds))
        {
            if (!IsSingleton(group, groupIds, singletons))
            {
                double mean = Moments.Of(RewardGroups.Take(rewards, group)).Mean;
                foreach (int i in group)
                {
                    advantages[i] = (passes[i] ? Real.Sigmoid(rewards[i] - mean).Value : 0) - 0.5;
                }
            }
        }

        return advantages;
    }

    private static double Spread(Moments moments, GroupAdvantageOptions options) =>
        Math.Sqrt(Math.Max(moments.Variance(options.Ddof), options.VarianceFloor)) + options.Epsilon;

    private static bool IsSingleton(int[] group, ReadOnlySpan<int> groupIds, SingletonRule rule)
    {
        if (group.Length == 1 && rule == SingletonRule.Refuse)
        {
            throw new ArgumentException(
                $"Group {groupIds[group[0]]} has one completion: a group-relative advantage needs two.", nameof(groupIds));
        }

        return group.Length == 1;
    }
}
