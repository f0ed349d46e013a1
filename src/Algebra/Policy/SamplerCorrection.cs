namespace RlCore.Algebra;

/// <summary>
/// How a loss over completions of a sampler μ is corrected towards the policy π that the trainer computes itself: a weight of each action
/// by w = π/μ, held constant, which multiplies the advantage. Sources: Ionides 2008 (truncation); Yao et al. 2025 (off-policy rollouts of
/// inference servers).
/// </summary>
public abstract record SamplerCorrection
{
    private SamplerCorrection() => WithinAttribute.Check(this);

    /// <summary>The weight of each action; 0 outside of the mask.</summary>
    /// <param name="logProbs">ℓ: log π of each action, in nats.</param>
    /// <param name="samplerLogProbs">ℓ_μ: its log-prob under the sampler, in nats.</param>
    /// <param name="mask">The actions of each completion.</param>
    /// <returns>At least 0, one for each element of the mask.</returns>
    /// <exception cref="ArgumentException">The log-probs have not the mask's shape.</exception>
    public double[] Weights(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask)
    {
        ImportanceWeights.CheckShapes(logProbs, samplerLogProbs, mask);
        double[] weights = Of(logProbs, samplerLogProbs, mask);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = mask.Flags[i] ? weights[i] : 0;
        }

        return weights;
    }

    private protected abstract double[] Of(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask);

    private static double[] Spread(double[] rows, SequenceMask mask) =>
        [.. Enumerable.Range(0, mask.Flags.Length).Select(i => rows[i / mask.Columns])];

    /// <summary>No correction: every weight is 1.</summary>
    public sealed record None : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask)
        {
            var ones = new double[mask.Flags.Length];
            Array.Fill(ones, 1);
            return ones;
        }
    }

    /// <summary>min(w, cap) of each action (truncated importance sampling; TRL: token_truncate).</summary>
    /// <param name="Cap">The greatest weight.</param>
    public sealed record TokenTruncate([Within(0, LowOpen = true)] double Cap = 2) : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
            ImportanceWeights.Truncate(ImportanceWeights.Token(logProbs, samplerLogProbs, mask), double.NegativeInfinity, Cap);
    }

    /// <summary>w of each action, or 0 where it is above the cap (masked importance sampling; TRL: token_mask).</summary>
    /// <param name="Cap">The greatest weight that is kept.</param>
    public sealed record TokenReject([Within(0, LowOpen = true)] double Cap = 2) : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
            ImportanceWeights.Mask(ImportanceWeights.Token(logProbs, samplerLogProbs, mask), double.NegativeInfinity, Cap);
    }

    /// <summary>min(Π w, cap) of each completion, for all its actions (TRL: sequence_truncate).</summary>
    /// <param name="Cap">The greatest weight.</param>
    public sealed record SequenceTruncate([Within(0, LowOpen = true)] double Cap = 3) : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
            Spread(
                ImportanceWeights.Truncate(
                    ImportanceWeights.Sequence(logProbs, samplerLogProbs, mask), double.NegativeInfinity, Cap),
                mask);
    }

    /// <summary>Π w of each completion, for all its actions, or 0 where it is above the cap (TRL: sequence_mask).</summary>
    /// <param name="Cap">The greatest weight that is kept.</param>
    public sealed record SequenceReject([Within(0, LowOpen = true)] double Cap = 3) : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
            Spread(
                ImportanceWeights.Mask(
                    ImportanceWeights.Sequence(logProbs, samplerLogProbs, mask), double.NegativeInfinity, Cap),
                mask);
    }

    /// <summary>1 for completions whose geometric mean of w lies between two bounds, 0 for the others (geometric rejection).</summary>
    /// <param name="Low">The least geometric mean that is kept.</param>
    /// <param name="High">The greatest.</param>
    public sealed record GeometricMean(
        [Within(0, LowOpen = true)] double Low = 0.99, [Within(0, LowOpen = true)] double High = 1.01) : SamplerCorrection
    {
        private protected override double[] Of(
            ReadOnlySpan<double> logProbs, ReadOnlySpan<double> samplerLogProbs, SequenceMask mask) =>
            Spread(
                [
                    .. ImportanceWeights.GeometricMean(logProbs, samplerLogProbs, mask)
                        .Select(mean => mean >= Low && mean <= High ? 1.0 : 0.0),
                ],
                mask);
    }
}
