namespace RlCore.Algebra;

/// <summary>
/// How token losses become one number. An aggregation is a weight for each row (sequence), counted from the mask of the
/// <em>whole</em> optimizer step before it is split: loss = Σ_rows weight · Σ_tokens loss. A micro-batch, or a process,
/// uses the weights of its own rows and the parts add up, so the gradient does not depend on the split, the padding, the
/// order or the number of processes.
/// </summary>
public abstract record Aggregation
{
    private Aggregation()
    {
    }

    /// <summary>Folds over the cases.</summary>
    /// <param name="tokenMean">Token mean.</param>
    /// <param name="sequenceMean">Mean over sequences of the token mean; whether empty sequences count.</param>
    /// <param name="constantLength">Sum over a constant length; the length.</param>
    /// <param name="sequenceSum">Mean over sequences of the sum; whether empty sequences count.</param>
    /// <typeparam name="TResult">The result.</typeparam>
    public TResult Match<TResult>(
        Func<TResult> tokenMean,
        Func<bool, TResult> sequenceMean,
        Func<int, TResult> constantLength,
        Func<bool, TResult> sequenceSum) => this switch
        {
            TokenMean => tokenMean(),
            SequenceMean mean => sequenceMean(mean.CountEmpty),
            ConstantLength constant => constantLength(constant.Length),
            SequenceSum sum => sequenceSum(sum.CountEmpty),
            _ => throw new InvalidOperationException("The cases of an aggregation are closed."),
        };

    /// <summary>What the token losses of each row are multiplied by. A row without tokens has weight 0.</summary>
    /// <param name="mask">The action mask of the whole optimizer step.</param>
    public double[] RowWeights(SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        double total = TotalWeight(mask);
        var weights = new double[mask.Rows];
        for (int row = 0; row < weights.Length; row++)
        {
            int count = mask.CountInRow(row);
            weights[row] = count == 0 ? 0 : 1 / (this is SequenceMean ? total * count : total);
        }

        return weights;
    }

    /// <summary>
    /// The denominator: tokens of the step (token mean), sequences of the step (sequence mean and sum), or sequences
    /// times the constant length.
    /// </summary>
    /// <param name="mask">The action mask of the whole optimizer step.</param>
    public double TotalWeight(SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Match<double>(
            tokenMean: () => mask.Count,
            sequenceMean: countEmpty => Sequences(mask, countEmpty),
            constantLength: length => (double)length * mask.Rows,
            sequenceSum: countEmpty => Sequences(mask, countEmpty));
    }

    private static int Sequences(SequenceMask mask, bool countEmpty) =>
        countEmpty ? mask.Rows : Enumerable.Range(0, mask.Rows).Count(row => mask.CountInRow(row) > 0);

    /// <summary>Σ of all token losses / tokens of the step. DAPO (Yu et al. 2025, eq. 12), BNPO.</summary>
    public sealed record TokenMean : Aggregation;

    /// <summary>
    /// Mean over sequences of each sequence's token mean. GRPO (Shao et al. 2024, eq. 3).
    /// </summary>
    /// <param name="CountEmpty">Whether a sequence without tokens counts as one with loss 0 (TRL) or is left out of the
    /// mean (verl, OpenRLHF).</param>
    public sealed record SequenceMean(bool CountEmpty = true) : Aggregation;

    /// <summary>Σ of all token losses / (sequences · length). Dr. GRPO (Liu et al. 2025); empty sequences count.</summary>
    public sealed record ConstantLength : Aggregation
    {
        /// <summary>A constant length.</summary>
        /// <param name="length">Tokens, at least 1.</param>
        /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
        public ConstantLength(int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
            Length = length;
        }

        /// <summary>The constant, usually the longest completion allowed, in tokens.</summary>
        public int Length { get; }
    }

    /// <summary>Mean over sequences of each sequence's token sum.</summary>
    /// <param name="CountEmpty">Whether a sequence without tokens counts as one with loss 0.</param>
    public sealed record SequenceSum(bool CountEmpty = true) : Aggregation;
}
