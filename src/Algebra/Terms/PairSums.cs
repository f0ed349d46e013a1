namespace RlCore.Algebra;

/// <summary>What is summed over pairs while their losses are taken.</summary>
/// <param name="Loss">weight · Σ loss.</param>
/// <param name="Margin">Σ (s_w − s_l), each taken in the numbers' own precision.</param>
/// <param name="Separated">How many pairs have s_w &gt; s_l.</param>
internal readonly record struct PairSums(double Loss, double Margin, long Separated)
{
    /// <summary>The sums of two sets of pairs together.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static PairSums operator +(PairSums left, PairSums right) =>
        new(left.Loss + right.Loss, left.Margin + right.Margin, left.Separated + right.Separated);
}
