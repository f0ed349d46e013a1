namespace RlCore.Algebra;

/// <summary>
/// How token losses become one number. An aggregation gives a weight to each row (sequence), computed from the mask of the
/// <em>whole</em> optimizer step before it is split: loss = Σ_rows weight · Σ_tokens loss. A micro-batch, or a process,
/// uses the weights of its own rows and the parts add up, so the gradient does not depend on the split, the padding, the
/// order or the number of processes.
/// </summary>
public abstract record Aggregation
{
    private Aggregation() => WithinAttribute.Check(this);

    /// <summary>Folds over the cases.</summary>
    /// <param name="tokenMean">Token mean.</param>
    /// <param name="sequenceMean">Mean over sequences of the token mean; whether empty sequences count, and the ε of the count.</param>
    /// <param name="constantLength">Sum over a constant length; the length.</param>
    /// <param name="sequenceSum">Mean over sequences of the sum; whether empty sequences count.</param>
    /// <typeparam name="TResult">The result.</typeparam>
    public TResult Match<TResult>(
        Func<TResult> tokenMean,
        Func<bool, double, TResult> sequenceMean,
        Func<int, TResult> constantLength,
        Func<bool, TResult> sequenceSum) => this switch
        {
            TokenMean => tokenMean(),
            SequenceMean mean => sequenceMean(mean.CountEmpty, mean.CountEpsilon),
            ConstantLength constant => constantLength(constant.Length),
            SequenceSum sum => sequenceSum(sum.CountEmpty),
            _ => throw new InvalidOperationException("The cases of an aggregation are closed."),
        };

    /// <summary>The aggregation for a maximum completion length: a constant length of 0 becomes that number.</summary>
    /// <param name="longestCompletion">Maximum tokens per completion, at least 1.</param>
    public virtual Aggregation At(int longestCompletion) => this;

    /// <summary>The weight of each row's token losses. A row without tokens has weight 0.</summary>
    /// <param name="mask">The action mask of the whole optimizer step.</param>
    public double[] RowWeights(SequenceMask mask)
    {
        return RowWeights(mask, TotalWeight(mask));
    }

    /// <summary>The weight of each row's token losses, if the mask is only a part of the step.</summary>
    /// <param name="mask">The action mask of these rows.</param>
    /// <param name="totalWeight">The denominator of the whole step: the sum of <see cref="TotalWeight"/> over its parts.</param>
    public double[] RowWeights(SequenceMask mask, double totalWeight)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var weights = new double[mask.Rows];
        RowWeights(mask, totalWeight, weights);
        return weights;
    }

    /// <summary>Writes the weight of each row's token losses to a span.</summary>
    /// <param name="mask">The action mask of these rows.</param>
    /// <param name="totalWeight">The denominator of the whole step.</param>
    /// <param name="weights">Receives one weight per row.</param>
    /// <exception cref="ArgumentException">The span does not have one element per row.</exception>
    public void RowWeights(SequenceMask mask, double totalWeight, Span<double> weights)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (weights.Length != mask.Rows)
        {
            throw new ArgumentException(
                $"There is room for {weights.Length} weights, but the mask is {mask.Rows} × {mask.Columns}.", nameof(weights));
        }

        for (int row = 0; row < weights.Length; row++)
        {
            int count = mask.CountInRow(row);
            weights[row] = count == 0 ? 0 : 1 / (totalWeight * (this is SequenceMean mean ? count + mean.CountEpsilon : 1));
        }
    }

    /// <summary>
    /// The denominator: tokens of the step (token mean), sequences of the step (sequence mean and sum), or sequences
    /// times the constant length.
    /// </summary>
    /// <param name="mask">The action mask of the whole optimizer step.</param>
    public double TotalWeight(SequenceMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return this switch
        {
            TokenMean => mask.Count,
            SequenceMean mean => Sequences(mask, mean.CountEmpty),
            ConstantLength { Length: > 0 } constant => (double)constant.Length * mask.Rows,
            ConstantLength constant => throw new InvalidOperationException(
                $"The constant length is {constant.Length}: call {nameof(At)} first, with the longest completion that may be drawn."),
            SequenceSum sum => Sequences(mask, sum.CountEmpty),
            _ => throw new InvalidOperationException("The cases of an aggregation are closed."),
        };
    }

    private static int Sequences(SequenceMask mask, bool countEmpty)
    {
        int sequences = 0;
        for (int row = 0; row < mask.Rows; row++)
        {
            sequences += countEmpty || mask.CountInRow(row) > 0 ? 1 : 0;
        }

        return sequences;
    }

    /// <summary>Σ of all token losses / tokens of the step. DAPO (Yu et al. 2025, eq. 12), BNPO.</summary>
    public sealed record TokenMean : Aggregation;

    /// <summary>
    /// Mean over sequences of each sequence's token mean. GRPO (Shao et al. 2024, eq. 3).
    /// </summary>
    /// <param name="CountEmpty">Whether a sequence without tokens counts as one with loss 0 (TRL) or is left out of the
    /// mean (verl, OpenRLHF).</param>
    /// <param name="CountEpsilon">Added to each sequence's token count: 0, or verl's and OpenRLHF's 1e-8.</param>
    public sealed record SequenceMean(bool CountEmpty = true, [Within(0)] double CountEpsilon = 0) : Aggregation;

    /// <summary>Σ of all token losses / (sequences · length). Dr. GRPO (Liu et al. 2025); empty sequences count.</summary>
    /// <param name="Length">
    /// The constant, in tokens; 0 stands for the maximum completion length, which <see cref="At"/> fills in.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public sealed record ConstantLength([Within(0)] int Length = 0) : Aggregation
    {
        /// <summary>The constant, in tokens; 0 until it is known.</summary>
        public int Length { get; } = Length;

        /// <inheritdoc/>
        public override Aggregation At(int longestCompletion)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(longestCompletion);
            return Length == 0 ? new ConstantLength(longestCompletion) : this;
        }
    }

    /// <summary>Mean over sequences of each sequence's token sum.</summary>
    /// <param name="CountEmpty">Whether a sequence without tokens counts as one with loss 0.</param>
    public sealed record SequenceSum(bool CountEmpty = true) : Aggregation;
}
