namespace RlCore.Algebra;

/// <summary>
/// The surrogate of an on-policy algorithm, as a value: the kind and its constants. ρ = exp(ℓ − ℓ_old) is the ratio of a token;
/// losses are to be minimised.
/// </summary>
public abstract record Surrogate
{
    private Surrogate() => WithinAttribute.Check(this);

    /// <summary>Whether the loss compares the policy with the one that generated the completions.</summary>
    public virtual bool UsesOldPolicy => true;

    /// <summary>Whether the loss clips the ratio of some tokens.</summary>
    public virtual bool Clips => false;

    /// <summary>The loss of each token, before any KL term: [B, T].</summary>
    /// <param name="inputs">Grids of the mask's shape; ℓ_ref is not read.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public virtual T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T> => Visit<TermMap<T>, T>(new(inputs, mask));

    /// <summary>
    /// Whether the loss of a token has a gradient through that token's ℓ alone, so that one pass of forward mode gives all of them.
    /// </summary>
    internal virtual bool OwnGradient => true;

    /// <summary>Hands a visitor the term of a surrogate of tokens, or a surrogate of sequences as it is.</summary>
    internal virtual TResult Visit<TVisitor, TResult>(TVisitor visitor)
        where TVisitor : ISurrogateVisitor<TResult>, allows ref struct => visitor.VisitSequences(this);

    /// <summary>
    /// Which tokens are clipped: 1 where the ratio is below its range and A &lt; 0 (low), or above it and A &gt; 0 (high), else 0,
    /// [B, T]. A token on the bound, or one that rounding takes there, still has a gradient and is not clipped. Where nothing is
    /// clipped all are 0. The grids have no gradient.
    /// </summary>
    /// <param name="inputs">Grids of the mask's shape; ℓ_ref is not read.</param>
    /// <param name="mask">Action mask.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public virtual (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask)
        where T : struct, ISequenceAlgebra<T>
    {
        T none = T.Constant(inputs.LogProb, 0);
        return (none, none);
    }

    // Indicators of clip(ρ)·A < ρ·A, where the minimum of both has the clipped one and so no gradient. Comparing ρ itself with its bound
    // would count a token whose two products round to the same.
    private static (T Low, T High) Clipped<T>(T ratio, T advantage, double low, double high)
        where T : struct, IAlgebra<T>
    {
        (T zero, T one) = (T.Constant(ratio, 0), T.Constant(ratio, 1));
        T clipped = T.SelectByOrder(T.Clamp(ratio, low, high) * advantage, ratio * advantage, one, zero, zero);
        return (T.SelectByOrder(advantage, zero, clipped, zero, zero), T.SelectByOrder(advantage, zero, zero, zero, clipped));
    }

    // Indicators of a ratio outside of its range, on the side to which the advantage pushes.
    private static (T Low, T High) Outside<T>(T ratio, T advantage, double low, double high)
        where T : struct, IAlgebra<T>
    {
        (T zero, T one) = (T.Constant(ratio, 0), T.Constant(ratio, 1));
        T negative = T.SelectByOrder(advantage, zero, one, zero, zero);
        T positive = T.SelectByOrder(advantage, zero, zero, zero, one);
        return (
            T.SelectByOrder(ratio, T.Constant(ratio, low), negative, zero, zero),
            T.SelectByOrder(ratio, T.Constant(ratio, high), zero, zero, positive));
    }

    /// <summary>
    /// PPO's clipped surrogate, −min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high)·A). See
    /// <see cref="PolicyLosses.PpoClip"/> and <see cref="PolicyLosses.DualClip"/>.
    /// </summary>
    /// <param name="ClipLow">The ratio is clipped from below at 1 minus this.</param>
    /// <param name="ClipHigh">The ratio is clipped from above at 1 plus this.</param>
    /// <param name="DualClip">
    /// The dual clip's c (Ye et al. 2020): where the advantage is negative, the loss of a token is at most −cA, so that a very large ratio
    /// cannot dominate; null for none.
    /// </param>
    public sealed record Clip(
        [Within(0, 1, LowOpen = true, HighOpen = true)] double ClipLow = 0.2,
        [Within(0, LowOpen = true)] double ClipHigh = 0.2,
        [Within(1, LowOpen = true)] double? DualClip = null) : Surrogate
    {
        /// <inheritdoc/>
        public override bool Clips => true;

        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) => DualClip is { } cap
            ? visitor.VisitTerm(new DualClipTerm(ClipLow, ClipHigh, cap))
            : visitor.VisitTerm(new PpoClipTerm(ClipLow, ClipHigh));

        /// <inheritdoc/>
        public override (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask) =>
            Clipped(LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, 1 - ClipLow, 1 + ClipHigh);
    }

    /// <summary>
    /// The two-sided clip of INTELLECT-2: the unclipped side of PPO's minimum has a separate bound. See
    /// <see cref="PolicyLosses.TwoSidedClip"/>.
    /// </summary>
    /// <param name="ClipLow">The ratio is clipped from below at 1 minus this.</param>
    /// <param name="ClipHigh">The ratio is clipped from above at 1 plus this.</param>
    /// <param name="Delta">δ, the bound on the ratio where the advantage is negative; above 1 + the upper clip.</param>
    public sealed record TwoSided(
        [Within(0, 1, LowOpen = true, HighOpen = true)] double ClipLow = 0.2,
        [Within(0, LowOpen = true)] double ClipHigh = 0.2,
        [Within(1, LowOpen = true)] double Delta = 4) : Surrogate
    {
        /// <inheritdoc/>
        public override bool Clips => true;

        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) =>
            visitor.VisitTerm(new TwoSidedClipTerm(ClipLow, ClipHigh, Delta));

        /// <inheritdoc/>
        public override (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask) =>
            Clipped(LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, 1 - ClipLow, 1 + ClipHigh);
    }

    /// <summary>
    /// GSPO: the clipped surrogate of the sequence's ratio, the geometric mean of its tokens' ratios. See
    /// <see cref="SequenceRatios.LogGeometricMeanAtTokens"/>.
    /// </summary>
    /// <param name="ClipLow">The sequence's ratio is clipped below at 1 − this.</param>
    /// <param name="ClipHigh">The sequence's ratio is clipped above at 1 + this.</param>
    public sealed record Gspo(
        [Within(0, 1, LowOpen = true, HighOpen = true)] double ClipLow = 3e-4,
        [Within(0, LowOpen = true)] double ClipHigh = 4e-4) : Surrogate, ISequenceSurrogate
    {
        /// <inheritdoc/>
        public override bool Clips => true;

        /// <inheritdoc/>
        public override T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask) =>
            Loss(T.Exp(SequenceRatios.LogGeometricMeanAtTokens(inputs.LogProb, inputs.OldLogProb, mask)), inputs.Advantage);

        /// <inheritdoc/>
        public override (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask) => Clipped(
            T.ExpandOverTime(T.Exp(SequenceRatios.LogGeometricMean(inputs.LogProb, inputs.OldLogProb, mask)), inputs.LogProb.Columns),
            inputs.Advantage,
            1 - ClipLow,
            1 + ClipHigh);

        /// <inheritdoc/>
        T ISequenceSurrogate.OfRatio<T>(T ratio, T advantage) => Loss(ratio, advantage);

        private T Loss<T>(T ratio, T advantage)
            where T : struct, IAlgebra<T> => PolicyLosses.ClippedSurrogate(ratio, advantage, ClipLow, ClipHigh);
    }

    /// <summary>
    /// GMPO: the geometric mean of tokens' ratios, each limited on the side to which its advantage pushes, times A. See
    /// <see cref="SequenceRatios.LogClippedGeometricMean"/>.
    /// </summary>
    /// <param name="ClipLow">A token's log-ratio is limited below at minus this.</param>
    /// <param name="ClipHigh">A token's log-ratio is limited above at this.</param>
    public sealed record Gmpo(
        [Within(0, 1, LowOpen = true, HighOpen = true)] double ClipLow = 0.4,
        [Within(0, LowOpen = true)] double ClipHigh = 0.4) : Surrogate, ISequenceSurrogate
    {
        /// <inheritdoc/>
        public override bool Clips => true;

        /// <inheritdoc/>
        public override T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask)
        {
            T logRatio = SequenceRatios.LogClippedGeometricMean(
                inputs.LogProb, inputs.OldLogProb, inputs.Advantage, mask, ClipLow, ClipHigh);
            return Loss(T.ExpandOverTime(T.Exp(logRatio), inputs.LogProb.Columns), inputs.Advantage);
        }

        /// <inheritdoc/>
        public override (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask) => Outside(
            LogRatios.LogRatio(inputs.LogProb, inputs.OldLogProb), inputs.Advantage, -ClipLow, ClipHigh);

        /// <inheritdoc/>
        internal override bool OwnGradient => false;

        /// <inheritdoc/>
        T ISequenceSurrogate.OfRatio<T>(T ratio, T advantage) => Loss(ratio, advantage);

        private static T Loss<T>(T ratio, T advantage)
            where T : struct, IAlgebra<T> => -(ratio * advantage);
    }

    /// <summary>
    /// CISPO, −sg(min(ρ, cap))·A·ℓ: the weight is capped, the gradient of ℓ never is. See <see cref="PolicyLosses.Cispo"/>. A token
    /// counts as clipped where its ratio is above the cap, whichever way the advantage points.
    /// </summary>
    /// <param name="WeightCap">The bound on the weight, which is the ratio itself.</param>
    public sealed record Cispo([Within(1)] double WeightCap = 5) : Surrogate
    {
        /// <inheritdoc/>
        public override bool Clips => true;

        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) =>
            visitor.VisitTerm(new CispoTerm(double.NegativeInfinity, WeightCap));

        /// <inheritdoc/>
        public override (T Low, T High) ClipRegion<T>(PolicyInputs<T> inputs, SequenceMask mask) => Outside(
            LogRatios.Ratio(inputs.LogProb, inputs.OldLogProb), T.Constant(inputs.Advantage, 1), double.NegativeInfinity, WeightCap);
    }

    /// <summary>SAPO: a soft gate in place of the clip. See <see cref="PolicyLosses.Sapo"/>.</summary>
    /// <param name="PositiveTemperature">τ where the advantage is positive: how soon the gate closes.</param>
    /// <param name="NegativeTemperature">τ elsewhere.</param>
    public sealed record Sapo(
        [Within(0.001)] double PositiveTemperature = 1,
        [Within(0.001)] double NegativeTemperature = 1.05) : Surrogate
    {
        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) =>
            visitor.VisitTerm(new SapoTerm(PositiveTemperature, NegativeTemperature));
    }

    /// <summary>
    /// VESPO, −φ(w)·A·ℓ with a weight φ(w) = e^λ·w^k·e^(−λw) of the sequence's ratio w, held constant. See
    /// <see cref="SequenceRatios.GammaWeight"/>. A completion's advantage is the mean over its tokens.
    /// </summary>
    /// <param name="PositiveShape">k where the advantage is not negative.</param>
    /// <param name="PositiveRate">λ where the advantage is not negative.</param>
    /// <param name="NegativeShape">k where the advantage is negative.</param>
    /// <param name="NegativeRate">λ where the advantage is negative.</param>
    public sealed record Vespo(
        [Within(0)] double PositiveShape = 2,
        [Within(0)] double PositiveRate = 3,
        [Within(0)] double NegativeShape = 3,
        [Within(0)] double NegativeRate = 2) : Surrogate
    {
        /// <inheritdoc/>
        public override T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask)
        {
            T weight = Weight(inputs.LogProb, inputs.OldLogProb, SequenceRatios.Mean(inputs.Advantage, mask), mask);
            return PolicyLosses.Reinforce(inputs.LogProb, T.ExpandOverTime(weight, inputs.LogProb.Columns) * inputs.Advantage);
        }

        /// <summary>φ(w) of each sequence, [B, 1].</summary>
        internal T Weight<T>(T logProbs, T oldLogProbs, T advantages, SequenceMask mask)
            where T : struct, ISequenceAlgebra<T> => SequenceRatios.GammaWeight(
                logProbs, oldLogProbs, advantages, mask, (PositiveShape, PositiveRate), (NegativeShape, NegativeRate));
    }

    /// <summary>−ρA without any clip. See <see cref="PolicyLosses.ImportanceWeighted"/>.</summary>
    public sealed record ImportanceWeighted : Surrogate
    {
        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) => visitor.VisitTerm(default(ImportanceWeightedTerm));
    }

    /// <summary>−A·ℓ. See <see cref="PolicyLosses.Reinforce"/>.</summary>
    public sealed record Reinforce : Surrogate
    {
        /// <inheritdoc/>
        public override bool UsesOldPolicy => false;

        /// <inheritdoc/>
        public override T TokenLoss<T>(PolicyInputs<T> inputs, SequenceMask mask) =>
            PolicyLosses.Reinforce(inputs.LogProb, inputs.Advantage);

        /// <inheritdoc/>
        internal override TResult Visit<TVisitor, TResult>(TVisitor visitor) => visitor.VisitTerm(default(ReinforceTerm));
    }
}
