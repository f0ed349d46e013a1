namespace RlCore.Algebra;

/// <summary>
/// A pairwise loss as a value: the kind and its constants. <see cref="Evaluate"/> gives the loss of one pair from the
/// scores (see <see cref="PreferenceLosses"/>); the loss of a batch is their mean.
/// </summary>
public abstract record PreferenceLoss
{
    private PreferenceLoss(double beta)
    {
        Beta = beta;
        WithinAttribute.Check(this);
    }

    /// <summary>
    /// β, the strength of the regularisation towards the reference; without a reference, the scale of the margin, or λ of
    /// ORPO.
    /// </summary>
    public double Beta { get; init; }

    /// <summary>Whether log-ratios are divided by the completions' lengths before scoring.</summary>
    public virtual bool LengthNormalized => false;

    /// <summary>Whether the scores are log-ratios to a reference; otherwise they are log-probs.</summary>
    public virtual bool UsesReference => true;

    /// <summary>Whether the loss depends only on s_w − s_l, so that log-probs can replace log-ratios if no reference is wanted.</summary>
    public virtual bool DependsOnDifference => false;

    /// <summary>
    /// Whether it accepts scores of any divergence: those of whole completions' log-ratios, not shifted or matched before.
    /// </summary>
    public virtual bool AcceptsDivergence => false;

    /// <summary>Whether it is defined as a sum with the chosen completions' negative log-likelihood.</summary>
    public virtual bool NeedsSft => false;

    /// <summary>Whether it needs the scores of the whole step before computing any pair.</summary>
    public virtual bool NeedsStepScores => false;

    /// <summary>Whether rewards are shifted by their running mean; see <see cref="AtShift"/>.</summary>
    public virtual bool ShiftsRewards => false;

    /// <summary>What is sorted over the step before the loss is computed.</summary>
    public virtual RankMatching Matching => RankMatching.None;

    /// <summary>The loss of one pair.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public abstract T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T>;

    /// <summary>This loss with the reward shift δ; unchanged if the loss has no shift.</summary>
    /// <param name="delta">δ.</param>
    public virtual PreferenceLoss AtShift(double delta) => this;

    /// <summary>β·s: the reward that the policy implies, up to a function of the prompt.</summary>
    /// <param name="score">s.</param>
    public double ImplicitReward(double score) => Beta * score;

    /// <summary>DPO; with label smoothing cDPO. See <see cref="PreferenceLosses.Sigmoid"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    /// <param name="Normalized">Whether log-ratios are divided by the lengths of their completions first.</param>
    public sealed record Sigmoid(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0,
        bool Normalized = false) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => Normalized;

        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => !Normalized;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>Robust DPO. See <see cref="PreferenceLosses.Robust"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    public sealed record Robust(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Robust(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>IPO, on sums of log-ratios (the paper) or on means (TRL). See <see cref="PreferenceLosses.Ipo"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="Normalized">Whether log-ratios are divided by the lengths of their completions first.</param>
    public sealed record Ipo([Within(0, LowOpen = true)] double Beta = 0.1, bool Normalized = false) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => Normalized;

        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => !Normalized;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Ipo(chosen, rejected, Beta);
    }

    /// <summary>SLiC's hinge. See <see cref="PreferenceLosses.Hinge"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record Hinge([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Hinge(chosen, rejected, Beta);
    }

    /// <summary>EXO for pairs. See <see cref="PreferenceLosses.Exo"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels, above 0 as its logarithm is taken.</param>
    public sealed record Exo(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, LowOpen = true, HighOpen = true)] double LabelSmoothing = 1e-3) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Exo(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>NCA for pairs. See <see cref="PreferenceLosses.Nca"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record Nca([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Nca(chosen, rejected, Beta);
    }

    /// <summary>BCO for pairs, at a given reward shift. See <see cref="PreferenceLosses.Bco"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record Bco([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool NeedsStepScores => true;

        /// <inheritdoc/>
        public override bool ShiftsRewards => true;

        /// <summary>δ, the reward shift: a running mean of rewards, which belongs to a run and not to its settings.</summary>
        public double Delta { get; init; }

        /// <inheritdoc/>
        public override PreferenceLoss AtShift(double delta) => this with { Delta = delta };

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Bco(chosen, rejected, Beta, Delta);
    }

    /// <summary>SPPO with hard labels. See <see cref="PreferenceLosses.SppoHard"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record SppoHard([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.SppoHard(chosen, rejected, Beta);
    }

    /// <summary>
    /// AOT: the sigmoid loss of the policy's and the reference's margins of the same rank. See
    /// <see cref="AlignmentByTransport"/>.
    /// </summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    public sealed record Aot(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool NeedsStepScores => true;

        /// <inheritdoc/>
        public override RankMatching Matching => RankMatching.Margins;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>AOT without pairs: the sigmoid loss of chosen and rejected completions of the same rank.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    public sealed record AotUnpaired(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override bool NeedsStepScores => true;

        /// <inheritdoc/>
        public override RankMatching Matching => RankMatching.Scores;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>APO-zero. See <see cref="PreferenceLosses.ApoZero"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record ApoZero([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.ApoZero(chosen, rejected, Beta);
    }

    /// <summary>APO-down. See <see cref="PreferenceLosses.ApoDown"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    public sealed record ApoDown([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.ApoDown(chosen, rejected, Beta);
    }

    /// <summary>DiscoPOP. See <see cref="PreferenceLosses.DiscoPop"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="DiscoPopTemperature">τ: how soon its logistic part gives way to its exponential part.</param>
    public sealed record DiscoPop(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0.001)] double DiscoPopTemperature = 0.05) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool DependsOnDifference => true;

        /// <inheritdoc/>
        public override bool AcceptsDivergence => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.DiscoPop(chosen, rejected, Beta, DiscoPopTemperature);
    }

    /// <summary>SimPO: mean log-probs, no reference. See <see cref="PreferenceLosses.SimPo"/>.</summary>
    /// <param name="Beta">β, the scale of the margin.</param>
    /// <param name="TargetMargin">γ, the margin that the chosen completion should lead by; 0 is no margin, and no longer SimPO.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    /// <param name="RewardAlpha">
    /// AlphaPO's α: the reward of a completion is (1 − p̄^(−α))/α of its mean token probability; 0 is SimPO's own.
    /// </param>
    public sealed record SimPo(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0)] double TargetMargin = 0.5,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0,
        [Within] double RewardAlpha = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => true;

        /// <inheritdoc/>
        public override bool UsesReference => false;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.SimPo(
            PreferenceLosses.AlphaReward(chosen, RewardAlpha),
            PreferenceLosses.AlphaReward(rejected, RewardAlpha),
            Beta,
            TargetMargin,
            LabelSmoothing);
    }

    /// <summary>CPO: DPO without a reference, together with the SFT term. Source: Xu et al. 2024 (CPO), eq. 3 and 4.</summary>
    /// <param name="Beta">β, the scale of the margin.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    public sealed record Cpo(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool UsesReference => false;

        /// <inheritdoc/>
        public override bool NeedsSft => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>
    /// ORPO's odds-ratio part on mean log-probs, no reference, together with the SFT term. See <see cref="PreferenceLosses.Orpo"/>.
    /// </summary>
    /// <param name="Beta">λ, the weight of the odds ratio.</param>
    public sealed record Orpo([Within(0, LowOpen = true)] double Beta = 0.1) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => true;

        /// <inheritdoc/>
        public override bool UsesReference => false;

        /// <inheritdoc/>
        public override bool NeedsSft => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Orpo(chosen, rejected, Beta);
    }
}
