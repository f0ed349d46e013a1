namespace RlCore.Algebra;

/// <summary>Rewards for the length and the ending of a completion.</summary>
public static class LengthPenalties
{
    /// <summary>
    /// DAPO's soft overlong penalty: 0 up to max − buffer tokens, then linear to −factor at max. Source: Yu et al. 2025
    /// (DAPO), eq. 13.
    /// </summary>
    /// <param name="length">Tokens of the completion.</param>
    /// <param name="maxLength">Longest length, in tokens.</param>
    /// <param name="buffer">Tokens over which the penalty grows, at least 1.</param>
    /// <param name="factor">Penalty at the longest length.</param>
    /// <param name="capped">Whether it stays at −factor past the longest length (the paper, TRL, OpenRLHF) or keeps growing (verl).</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is not positive.</exception>
    public static double SoftOverlong(int length, int maxLength, int buffer, double factor = 1, bool capped = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buffer);
        double share = Math.Max(0, (double)(length - (maxLength - buffer)) / buffer);
        return -(capped ? Math.Min(1, share) : share) * factor;
    }

    /// <summary>
    /// The reward of a completion that may have been cut off: coefficient · reward if the coefficient is not negative, else
    /// the coefficient itself (a fixed penalty for a missing end-of-sequence token).
    /// </summary>
    /// <param name="reward">Its reward.</param>
    /// <param name="truncated">Whether it was cut off.</param>
    /// <param name="coefficient">Multiplier, or penalty.</param>
    public static double StopProperly(double reward, bool truncated, double coefficient) =>
        !truncated ? reward : coefficient >= 0 ? coefficient * reward : coefficient;
}
