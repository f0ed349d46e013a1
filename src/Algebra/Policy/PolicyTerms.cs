namespace RlCore.Algebra;

/// <summary>−A·ℓ as a term. See <see cref="PolicyLosses.Reinforce"/>.</summary>
public readonly record struct ReinforceTerm : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> => PolicyLosses.Reinforce(inputs.LogProb, inputs.Advantage);
}

/// <summary>−ρA as a term. See <see cref="PolicyLosses.ImportanceWeighted"/>.</summary>
public readonly record struct ImportanceWeightedTerm : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> => PolicyLosses.ImportanceWeighted(inputs.LogProb, inputs.OldLogProb, inputs.Advantage);
}

/// <summary>The dual clip as a term. See <see cref="PolicyLosses.DualClip"/>.</summary>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
/// <param name="Cap">c &gt; 1.</param>
public readonly record struct DualClipTerm(double ClipLow, double ClipHigh, double Cap) : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        PolicyLosses.DualClip(
            PolicyLosses.PpoClip(inputs.LogProb, inputs.OldLogProb, inputs.Advantage, ClipLow, ClipHigh), inputs.Advantage, Cap);
}

/// <summary>The two-sided clip as a term. See <see cref="PolicyLosses.TwoSidedClip"/>.</summary>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
/// <param name="Delta">δ &gt; 1 + ε_high.</param>
public readonly record struct TwoSidedClipTerm(double ClipLow, double ClipHigh, double Delta) : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        PolicyLosses.TwoSidedClip(LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, ClipLow, ClipHigh, Delta);
}

/// <summary>ℓ − ℓ_old as a term.</summary>
internal readonly record struct LogRatioTerm : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> => LogRatios.LogRatio(inputs.LogProb, inputs.OldLogProb);
}

/// <summary>GMPO's limited log-ratio as a term. See <see cref="SequenceRatios.LimitedLogRatio"/>.</summary>
/// <param name="Low">Bound below, of the log-ratio.</param>
/// <param name="High">Bound above, of the log-ratio.</param>
internal readonly record struct LimitedLogRatioTerm(double Low, double High) : IPolicyTerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(PolicyInputs<T> inputs)
        where T : struct, IAlgebra<T> =>
        SequenceRatios.LimitedLogRatio(LogRatios.LogRatio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, Low, High);
}
