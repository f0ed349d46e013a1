namespace RlCore.Algebra;

/// <summary>Advantages of tokens from the rewards of the steps of completions.</summary>
public static class StepAdvantages
{
    /// <summary>
    /// GRPO with process supervision: each step's reward is normalised over all steps of its group, r̃_j = (r_j − mean)/(std + ε), and a
    /// token's advantage is the sum of r̃_j over the steps that end at it or after it. Where each completion is one step, it is GRPO.
    /// Source: Shao et al. 2024 (DeepSeekMath), sec. 4.1.3.
    /// </summary>
    /// <param name="steps">The steps of each completion; group g is [g·groupSize, (g + 1)·groupSize). A NaN is ignored.</param>
    /// <param name="groupSize">k, completions a prompt.</param>
    /// <param name="mask">The actions of each completion.</param>
    /// <param name="options">Scale, ddof, ε and the rule for a group with one step.</param>
    /// <returns>One for each element of the mask; 0 outside of it, and after the last step.</returns>
    /// <exception cref="ArgumentException">
    /// There is not one list of steps for each row of the mask, steps and rewards differ in number, or a step ends outside of its
    /// completion or not after the one before it.
    /// </exception>
    public static double[] Relative(
        IReadOnlyList<RewardedSteps> steps, int groupSize, SequenceMask mask, GroupAdvantageOptions options)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(mask);
        Check(steps, mask);
        int[] groups = RewardGroups.ConsecutiveIds(steps.Count, groupSize);
        double[] normalised = GroupAdvantages.Relative(
            [.. steps.SelectMany(row => row.Rewards)],
            [.. steps.SelectMany((row, i) => Enumerable.Repeat(groups[i], row.Rewards.Length))],
            options);
        var advantages = new double[mask.Flags.Length];
        int first = 0;
        for (int row = 0; row < steps.Count; row++)
        {
            int[] ends = steps[row].Ends;
            int action = mask.CountInRow(row), step = ends.Length - 1;
            double sum = 0;
            for (int column = mask.Columns - 1; column >= 0; column--)
            {
                int at = (row * mask.Columns) + column;
                if (mask.Flags[at])
                {
                    for (; step >= 0 && ends[step] >= action; step--)
                    {
                        sum += normalised[first + step];
                    }

                    advantages[at] = sum;
                    action--;
                }
            }

            first += ends.Length;
        }

        return advantages;
    }

    private static void Check(IReadOnlyList<RewardedSteps> steps, SequenceMask mask)
    {
        if (steps.Count != mask.Rows)
        {
            throw new ArgumentException(
                $"The steps of {steps.Count} completions were given for a mask of {mask.Rows} rows.", nameof(steps));
        }

        for (int row = 0; row < steps.Count; row++)
        {
            (int[] ends, double[] rewards) = steps[row];
            int actions = mask.CountInRow(row);
            if (ends.Length != rewards.Length)
            {
                throw new ArgumentException($"Completion {row} has {ends.Length} steps, but {rewards.Length} rewards.", nameof(steps));
            }

            for (int i = 0; i < ends.Length; i++)
            {
                if (ends[i] > actions || ends[i] <= (i > 0 ? ends[i - 1] : 0))
                {
                    throw new ArgumentException(
                        $"Step {i} of completion {row} ends after {ends[i]} actions; it must end after the step before it, and after at "
                            + $"most {actions}.",
                        nameof(steps));
                }
            }
        }
    }
}
