namespace RlCore.Algebra;

/// <summary>Reductions of token losses over a carrier with a shape.</summary>
public static class TokenLosses
{
    /// <summary>Σ_rows weight · Σ_tokens loss, over the mask: [B, T] → [1, 1]. What the mask excludes contributes nothing.</summary>
    /// <param name="tokenLoss">Loss of each token, [B, T].</param>
    /// <param name="mask">Action mask of these rows.</param>
    /// <param name="rowWeights">Weight of each of these rows, from <see cref="Aggregation.RowWeights(SequenceMask)"/> of the whole
    /// step.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static T Aggregate<T>(T tokenLoss, SequenceMask mask, ReadOnlySpan<double> rowWeights)
        where T : struct, ISequenceAlgebra<T>
    {
        if (rowWeights.Length != tokenLoss.Rows)
        {
            throw new ArgumentException(
                $"{rowWeights.Length} row weights were given for {tokenLoss.Rows} × {tokenLoss.Columns} token losses.", nameof(rowWeights));
        }

        T sums = T.SumOverTime(tokenLoss, mask);
        return T.SumOverBatch(sums * T.FromValues(sums, sums.Rows, 1, rowWeights));
    }
}
