namespace RlCore.Algebra;

/// <summary>
/// Advantages of whole completions relative to the other completions of the same prompt. A NaN reward marks a
/// completion that could not be scored: it takes no part and gets advantage 0.
/// </summary>
public static class GroupAdvantages
{
    /// <summary>
    /// A_i = (r_i − mean)/(std + ε) over consecutive groups. A group of equal rewards is exactly zero. Source: Shao et
    /// al. 2024 (GRPO), sec. 4.1.2; without the division: Liu et al. 2025 (Dr. GRPO).
    /// </summary>
    /// <param name="rewards">One a completion; group g is [g·groupSize, (g+1)·groupSize).</param>
    /// <param name="groupSize">k, completions a prompt.</param>
    /// <param name="options">Scale, ddof, ε and the rule for singletons.</param>
    /// <exception cref="ArgumentException">The rewards are no multiple of k, an option is out of range, or a singleton
    /// is refused.</exception>
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
        options.Validate();
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

    private static double Spread(Moments moments, GroupAdvantageOptions options) =>
        Math.Sqrt(Math.Max(moments.Variance(options.Ddof), options.VarianceFloor)) + options.Epsilon;

    private static bool IsSingleton(int[] group, ReadOnlySpan<int> groupIds, SingletonRule rule)
    {
        if (group.Length == 1 && rule == SingletonRule.Refuse)
        {
            throw new ArgumentException($"Group {groupIds[group[0]]} has one completion: a group-relative advantage needs two.", nameof(groupIds));
        }

        return group.Length == 1;
    }
}
