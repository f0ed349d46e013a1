namespace RlCore.Algebra;

/// <summary>The reward of each token: a KL penalty on the way and the score at the end.</summary>
public static class TokenRewards
{
    /// <summary>
    /// r_t = −η·k_t, plus the score on the last action of each row. Nothing is placed in a row without actions. Source:
    /// Ziegler et al. 2019, eq. 2; Ouyang et al. 2022.
    /// </summary>
    /// <param name="scores">One a row.</param>
    /// <param name="kl">k_t of each token, in nats; outside of the mask it is kept as given.</param>
    /// <param name="mask">Which tokens are actions.</param>
    /// <param name="coefficient">η.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double[] WithKlPenalty(ReadOnlySpan<double> scores, ReadOnlySpan<double> kl, SequenceMask mask, double coefficient)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (scores.Length != mask.Rows || kl.Length != mask.Flags.Length)
        {
            throw new ArgumentException(
                $"{scores.Length} scores and {kl.Length} estimates were given for a mask of {mask.Rows} × {mask.Columns}.", nameof(kl));
        }

        var rewards = new double[kl.Length];
        for (int i = 0; i < rewards.Length; i++)
        {
            rewards[i] = -coefficient * kl[i];
        }

        for (int row = 0; row < mask.Rows; row++)
        {
            int last = mask.Flags.Slice(row * mask.Columns, mask.Columns).LastIndexOf(true);
            if (last >= 0)
            {
                rewards[(row * mask.Columns) + last] += scores[row];
            }
        }

        return rewards;
    }

    /// <summary>Each score limited to [low, high].</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="low">Least.</param>
    /// <param name="high">Greatest.</param>
    public static double[] Clip(ReadOnlySpan<double> scores, double low, double high)
    {
        var clipped = new double[scores.Length];
        for (int i = 0; i < clipped.Length; i++)
        {
            clipped[i] = Math.Clamp(scores[i], low, high);
        }

        return clipped;
    }
}
