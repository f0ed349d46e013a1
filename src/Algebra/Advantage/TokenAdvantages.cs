namespace RlCore.Algebra;

/// <summary>Advantages of tokens; grids are row-major and of the mask's shape.</summary>
public static class TokenAdvantages
{
    /// <summary>Every action of a completion gets the completion's advantage; 0 elsewhere.</summary>
    /// <param name="advantages">One a row.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <exception cref="ArgumentException">The number of advantages is not one per row.</exception>
    public static double[] Spread(ReadOnlySpan<double> advantages, SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (advantages.Length != mask.Rows)
        {
            throw new ArgumentException(
                $"{advantages.Length} advantages were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(advantages));
        }

        var tokens = new double[mask.Flags.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = mask.Flags[i] ? advantages[i / mask.Columns] : 0;
        }

        return tokens;
    }

    /// <summary>
    /// Reward-to-go minus one baseline per row (ReMax: the reward of the greedy completion). Source: Li et al. 2024, alg. 1.
    /// </summary>
    /// <param name="rewards">r_t.</param>
    /// <param name="baselines">One a row.</param>
    /// <param name="mask">Which tokens are actions.</param>
    public static double[] LessBaseline(ReadOnlySpan<double> rewards, ReadOnlySpan<double> baselines, SequenceMask mask)
    {
        double[] advantages = TokenReturns.Discounted(rewards, mask, 1);
        double[] baseline = Spread(baselines, mask);
        for (int i = 0; i < advantages.Length; i++)
        {
            advantages[i] -= baseline[i];
        }

        return advantages;
    }

    /// <summary>Whitened over the actions of the batch, 0 elsewhere (REINFORCE++, Hu 2025).</summary>
    /// <param name="advantages">A_t.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="options">Moments.</param>
    public static double[] Whitened(ReadOnlySpan<double> advantages, SequenceMask mask, MomentOptions options) =>
        MaskedStatistics.ZeroOutside(MaskedStatistics.Whiten(advantages, mask, options), mask);
}
