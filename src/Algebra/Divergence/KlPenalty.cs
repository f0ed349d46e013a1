namespace RlCore.Algebra;

/// <summary>
/// Where the KL to the reference is applied and how it is estimated, as a value: β·k(ℓ, ℓ_ref) of each token. The estimate is that of
/// <see cref="KlTerm"/>.
/// </summary>
public abstract record KlPenalty
{
    private KlPenalty(double klCoefficient)
    {
        KlCoefficient = klCoefficient;
        WithinAttribute.Check(this);
    }

    /// <summary>β, the weight of the KL; 0 for none.</summary>
    public double KlCoefficient { get; init; }

    /// <summary>Whether there is any penalty, so that a reference is needed.</summary>
    public bool IsActive => KlCoefficient > 0;

    /// <summary>Whether there is a KL term in the loss.</summary>
    public bool InLoss => IsActive && this is Loss;

    /// <summary>Whether the KL is subtracted from the reward.</summary>
    public bool InReward => IsActive && this is Reward;

    /// <summary>The estimate as a term.</summary>
    internal abstract KlTerm Term { get; }

    /// <summary>The KL estimate of each token, in nats.</summary>
    /// <param name="logProbs">ℓ.</param>
    /// <param name="refLogProbs">ℓ_ref.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public double[] Estimate(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> refLogProbs)
    {
        if (logProbs.Length != refLogProbs.Length)
        {
            throw new ArgumentException(
                $"{logProbs.Length} log-probs and {refLogProbs.Length} of the reference: one of each a token is needed.",
                nameof(refLogProbs));
        }

        var estimates = new double[logProbs.Length];
        for (int i = 0; i < estimates.Length; i++)
        {
            estimates[i] = Term.Evaluate(new DivergenceInputs<Real>(logProbs[i], refLogProbs[i]));
        }

        return estimates;
    }

    private static KlTerm TermOf(KlEstimator estimator, double? logRatioClamp, double? valueClamp) =>
        new(estimator, logRatioClamp ?? double.PositiveInfinity, valueClamp ?? double.PositiveInfinity);

    /// <summary>A KL term in the loss, whose gradient pulls the policy towards the reference.</summary>
    /// <param name="KlCoefficient">β, the weight of the KL to the reference; 0 for none, which needs no reference.</param>
    /// <param name="KlEstimator">The estimator of the KL.</param>
    /// <param name="KlLogRatioClamp">Bound on |ℓ − ℓ_ref|, past which the gradient is zero; null for none.</param>
    /// <param name="KlValueClamp">Bound on the estimate, past which the gradient is zero; null for none.</param>
    public sealed record Loss(
        [Within(0)] double KlCoefficient = 0,
        KlEstimator KlEstimator = KlEstimator.K3,
        [Within(0, LowOpen = true)] double? KlLogRatioClamp = null,
        [Within(0, LowOpen = true)] double? KlValueClamp = null) : KlPenalty(KlCoefficient)
    {
        /// <inheritdoc/>
        internal override KlTerm Term => TermOf(KlEstimator, KlLogRatioClamp, KlValueClamp);
    }

    /// <summary>The KL is a cost in the reward: data of the advantages. Only k1 gives the gradient of the KL there.</summary>
    /// <param name="KlCoefficient">β, the weight of the KL to the reference; 0 for none, which needs no reference.</param>
    /// <param name="KlEstimator">The estimator of the KL.</param>
    /// <param name="KlLogRatioClamp">Bound on |ℓ − ℓ_ref|; null for none.</param>
    /// <param name="KlValueClamp">Bound on the estimate; null for none.</param>
    public sealed record Reward(
        [Within(0)] double KlCoefficient = 0,
        KlEstimator KlEstimator = KlEstimator.K1,
        [Within(0, LowOpen = true)] double? KlLogRatioClamp = null,
        [Within(0, LowOpen = true)] double? KlValueClamp = null) : KlPenalty(KlCoefficient)
    {
        /// <inheritdoc/>
        internal override KlTerm Term => TermOf(KlEstimator, KlLogRatioClamp, KlValueClamp);
    }
}
