namespace RlCore.Algebra;

/// <summary>−A·ℓ as a term: x = ℓ, c = A; a, b, d are not read. See <see cref="PolicyLosses.Reinforce"/>.</summary>
public readonly record struct ReinforceTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.Reinforce(x, c);
}

/// <summary>−ρA as a term: x = ℓ, a = ℓ_old, c = A; b, d are not read. See <see cref="PolicyLosses.ImportanceWeighted"/>.</summary>
public readonly record struct ImportanceWeightedTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.ImportanceWeighted(x, a, c);
}

/// <summary>The dual clip as a term: x = ℓ, a = ℓ_old, c = A; b, d are not read. See <see cref="PolicyLosses.DualClip"/>.</summary>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
/// <param name="Cap">c &gt; 1.</param>
public readonly record struct DualClipTerm(double ClipLow, double ClipHigh, double Cap) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.DualClip(PolicyLosses.PpoClip(x, a, c, ClipLow, ClipHigh), c, Cap);
}

/// <summary>The two-sided clip as a term: x = ℓ, a = ℓ_old, c = A; b, d are not read. See <see cref="PolicyLosses.TwoSidedClip"/>.</summary>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
/// <param name="Delta">δ &gt; 1 + ε_high.</param>
public readonly record struct TwoSidedClipTerm(double ClipLow, double ClipHigh, double Delta) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.TwoSidedClip(LogRatios.Ratio(x, a), c, ClipLow, ClipHigh, Delta);
}

/// <summary>ℓ − ℓ_old as a term: x = ℓ, a = ℓ_old; b, c, d are not read.</summary>
public readonly record struct LogRatioTerm : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => LogRatios.LogRatio(x, a);
}

/// <summary>GMPO's limited log-ratio as a term: x = ℓ, a = ℓ_old, c = A; b, d are not read. See <see cref="SequenceRatios.LimitedLogRatio"/>.</summary>
/// <param name="Low">Bound below, of the log-ratio.</param>
/// <param name="High">Bound above, of the log-ratio.</param>
public readonly record struct LimitedLogRatioTerm(double Low, double High) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => SequenceRatios.LimitedLogRatio(LogRatios.LogRatio(x, a), c, Low, High);
}

/// <summary>The clipped surrogate of a log-ratio that is already there: x = log ρ, c = A; a, b, d are not read.</summary>
/// <param name="ClipLow">ε_low.</param>
/// <param name="ClipHigh">ε_high.</param>
public readonly record struct ClippedLogRatioTerm(double ClipLow, double ClipHigh) : ITerm
{
    /// <inheritdoc/>
    public T Evaluate<T>(T x, T a, T b, T c, T d)
        where T : struct, IAlgebra<T> => PolicyLosses.ClippedSurrogate(T.Exp(x), c, ClipLow, ClipHigh);
}
