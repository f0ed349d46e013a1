namespace RlCore.Algebra;

/// <summary>
/// The clipped surrogate with an optional KL term, as a term: −min(ρA, clip(ρ)·A) + β·k(ℓ, ℓ_ref).
/// ℓ_ref is not used if β = 0.
/// </summary>
public readonly record struct PpoClipTerm : IPolicyTerm
{
    /// <summary>A term with its constants.</summary>
    /// <param name="clipLow">ε_low, not negative.</param>
    /// <param name="clipHigh">ε_high, not negative.</param>
    /// <param name="klCoefficient">β, the weight of the KL term; 0 leaves it out.</param>
    /// <param name="klEstimator">Which estimator of the KL.</param>
    /// <exception cref="ArgumentOutOfRangeException">A constant is out of its range.</exception>
    public PpoClipTerm(double clipLow, double clipHigh, double klCoefficient = 0, KlEstimator klEstimator = KlEstimator.K3)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clipLow);
        ArgumentOutOfRangeException.ThrowIfNegative(clipHigh);
        if (!Enum.IsDefined(klEstimator))
        {
            throw new ArgumentOutOfRangeException(nameof(klEstimator), klEstimator, "There is no such KL estimator.");
        }

        ClipLow = clipLow;
        ClipHigh = clipHigh;
        KlCoefficient = klCoefficient;
        KlEstimator = klEstimator;
    }

    /// <summary>ε_low.</summary>
    public double ClipLow { get; }

    /// <summary>ε_high.</summary>
    public double ClipHigh { get; }

    /// <summary>β.</summary>
    public double KlCoefficient { get; }

    /// <summary>Which estimator of the KL.</summary>
    public KlEstimator KlEstimator { get; }

    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T>
    {
        T loss = PolicyLosses.PpoClip(inputs.LogProb, inputs.OldLogProb, inputs.Advantage, ClipLow, ClipHigh);
        return KlCoefficient == 0
            ? loss
            : loss + T.Scale(KlEstimators.Estimate(KlEstimator, inputs.LogProb, inputs.RefLogProb), KlCoefficient);
    }
}
