namespace RlCore.Algebra;

/// <summary>How the tokens of a group's completions are aligned when they are compared step by step.</summary>
public enum StepAlignment
{
    /// <summary>The column.</summary>
    Column,

    /// <summary>The number of actions before: holes are skipped.</summary>
    ActionIndex,
}

/// <summary>
/// The minimum-variance token baseline: b_t = Σ G_t·W_t / (Σ W_t + ε) over the completions of a prompt, where W_t adds up
/// w = 1 − 2π(y_t) + Σ_v π(v)², the squared norm of the score on the logits, from the first token to the t-th.
/// </summary>
public static class OptimalTokenBaseline
{
    /// <summary>G_t − b_t of every action; 0 elsewhere. A completion alone in its group has no baseline.</summary>
    /// <param name="returns">G_t, row-major.</param>
    /// <param name="scoreNorms">w_t of each token; times the squared importance weight when samples are off policy.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="groupIds">Which prompt each row answers.</param>
    /// <param name="alignment">How rows are compared.</param>
    /// <param name="zeroTail">Whether the longest row has no baseline beyond the second longest.</param>
    /// <param name="epsilon">ε.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double[] Advantages(
        ReadOnlySpan<double> returns,
        ReadOnlySpan<double> scoreNorms,
        SequenceMask mask,
        ReadOnlySpan<int> groupIds,
        StepAlignment alignment,
        bool zeroTail,
        double epsilon = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (returns.Length != mask.Flags.Length || scoreNorms.Length != mask.Flags.Length || groupIds.Length != mask.Rows)
        {
            throw new ArgumentException(
                $"{returns.Length} returns, {scoreNorms.Length} norms and {groupIds.Length} group ids were given for a mask of {mask.Rows} "
                    + $"× {mask.Columns}.",
                nameof(returns));
        }

        var advantages = new double[returns.Length];
        foreach (int[] group in RewardGroups.Split(new double[mask.Rows], groupIds))
        {
            (int step, double weight)[][] steps = [.. Weights(group, scoreNorms, mask, alignment)];
            int[] lengths = [.. group.Select(mask.CountInRow).OrderDescending()];
            int tail = zeroTail && group.Length > 1 && lengths[0] > lengths[1] ? lengths[1] : int.MaxValue;
            var totals = new Total[mask.Columns];
            Accumulate(group, steps, returns, mask, totals);
            for (int member = 0; member < group.Length; member++)
            {
                bool longest = mask.CountInRow(group[member]) == lengths[0];
                for (int column = 0; column < mask.Columns; column++)
                {
                    int i = (group[member] * mask.Columns) + column;
                    if (mask.Flags[i])
                    {
                        int step = steps[member][column].step;
                        bool none = group.Length == 1 || (longest && step >= tail);
                        advantages[i] = returns[i] - (none ? 0 : totals[step].Sum / (totals[step].Weight + epsilon));
                    }
                }
            }
        }

        return advantages;
    }

    private static void Accumulate(
        int[] group, (int Step, double Weight)[][] steps, ReadOnlySpan<double> returns, SequenceMask mask, Total[] totals)
    {
        for (int member = 0; member < group.Length; member++)
        {
            for (int column = 0; column < mask.Columns; column++)
            {
                int i = (group[member] * mask.Columns) + column;
                if (mask.Flags[i])
                {
                    (int step, double weight) = steps[member][column];
                    totals[step] += new Total(returns[i] * weight, weight);
                }
            }
        }
    }

    // The step that each column stands for, and the running sum of the norms up to it.
    private static List<(int Step, double Weight)[]> Weights(
        int[] group, ReadOnlySpan<double> scoreNorms, SequenceMask mask, StepAlignment alignment)
    {
        var all = new List<(int, double)[]>();
        foreach (int row in group)
        {
            var steps = new (int, double)[mask.Columns];
            double sum = 0;
            int actions = 0;
            for (int column = 0; column < mask.Columns; column++)
            {
                bool action = mask[row, column];
                sum += action ? scoreNorms[(row * mask.Columns) + column] : 0;
                steps[column] = (alignment == StepAlignment.Column ? column : actions, sum);
                actions += action ? 1 : 0;
            }

            all.Add(steps);
        }

        return all;
    }
}
