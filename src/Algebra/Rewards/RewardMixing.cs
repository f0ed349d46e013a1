namespace RlCore.Algebra;

/// <summary>
/// Combines several reward functions. NaN means that a function does not apply to a completion: it is left out, and a
/// completion to which none applies has reward NaN (it cannot be scored).
/// </summary>
public static class RewardMixing
{
    /// <summary>Σ_f weight_f · r_f.</summary>
    /// <param name="rewards">[completions, functions], row-major.</param>
    /// <param name="weights">One a function.</param>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the number of weights.</exception>
    public static double[] WeightedSum(ReadOnlySpan<double> rewards, ReadOnlySpan<double> weights)
    {
        int functions = weights.Length;
        if (functions == 0 || rewards.Length % functions != 0)
        {
            throw new ArgumentException($"{rewards.Length} rewards are no whole number of rows of {functions} functions.", nameof(weights));
        }

        var sums = new double[rewards.Length / functions];
        for (int row = 0; row < sums.Length; row++)
        {
            bool scored = false;
            for (int f = 0; f < functions; f++)
            {
                double reward = rewards[(row * functions) + f];
                sums[row] += double.IsNaN(reward) ? 0 : weights[f] * reward;
                scored |= !double.IsNaN(reward);
            }

            sums[row] = scored ? sums[row] : double.NaN;
        }

        return sums;
    }

    /// <summary>Each function is made group-relative separately before the weighted sum, so that none dominates.</summary>
    /// <param name="rewards">[completions, functions], row-major; completions in consecutive groups.</param>
    /// <param name="weights">One a function.</param>
    /// <param name="groupSize">Completions a prompt.</param>
    /// <param name="options">How each function is normalised.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static double[] NormalizedSum(
        ReadOnlySpan<double> rewards, ReadOnlySpan<double> weights, int groupSize, GroupAdvantageOptions options)
    {
        double[] sums = WeightedSum(rewards, weights);
        double[] normalized = rewards.ToArray();
        for (int f = 0; f < weights.Length; f++)
        {
            var column = new double[sums.Length];
            for (int row = 0; row < column.Length; row++)
            {
                column[row] = rewards[(row * weights.Length) + f];
            }

            double[] relative = GroupAdvantages.Relative(column, groupSize, options);
            for (int row = 0; row < column.Length; row++)
            {
                normalized[(row * weights.Length) + f] = double.IsNaN(column[row]) ? double.NaN : relative[row];
            }
        }

        return WeightedSum(normalized, weights);
    }
}
