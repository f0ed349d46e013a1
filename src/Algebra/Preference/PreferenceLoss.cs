namespace RlCore.Algebra;

/// <summary>
/// A pairwise loss as a value: what it is and its constants. <see cref="Evaluate"/> gives the loss of one pair from the
/// scores (see <see cref="PreferenceLosses"/>); the loss of a batch is their mean.
/// </summary>
/// <param name="Beta">β, the strength of the pull to the reference.</param>
public abstract record PreferenceLoss(double Beta)
{
    /// <summary>Whether the log-ratios are divided by the completions' lengths before they are scored.</summary>
    public virtual bool LengthNormalized => false;

    /// <summary>The loss of one pair.</summary>
    /// <param name="chosen">s_w.</param>
    /// <param name="rejected">s_l.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    public abstract T Evaluate<T>(T chosen, T rejected)
        where T : struct, IAlgebra<T>;

    /// <summary>β·s: the reward that the policy implies, up to a function of the prompt.</summary>
    /// <param name="score">s.</param>
    public double ImplicitReward(double score) => Beta * score;

    /// <summary>DPO; with label smoothing cDPO. On length-normalised log-ratios if asked.</summary>
    public sealed record Sigmoid(double Beta, double LabelSmoothing = 0, bool Normalized = false) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => Normalized;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Sigmoid(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>Robust DPO.</summary>
    public sealed record Robust(double Beta, double LabelSmoothing) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Robust(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>EXO for pairs.</summary>
    public sealed record Exo(double Beta, double LabelSmoothing = 1e-3) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Exo(chosen, rejected, Beta, LabelSmoothing);
    }

    /// <summary>SLiC's hinge.</summary>
    public sealed record Hinge(double Beta) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Hinge(chosen, rejected, Beta);
    }

    /// <summary>IPO on sums (the paper) or on means (TRL).</summary>
    public sealed record Ipo(double Beta, bool Normalized = false) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => Normalized;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Ipo(chosen, rejected, Beta);
    }

    /// <summary>NCA for pairs.</summary>
    public sealed record Nca(double Beta) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Nca(chosen, rejected, Beta);
    }

    /// <summary>BCO for pairs, at a given reward shift.</summary>
    public sealed record Bco(double Beta, double Delta = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Bco(chosen, rejected, Beta, Delta);
    }

    /// <summary>SPPO with hard labels.</summary>
    public sealed record SppoHard(double Beta) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.SppoHard(chosen, rejected, Beta);
    }

    /// <summary>APO-zero.</summary>
    public sealed record ApoZero(double Beta) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.ApoZero(chosen, rejected, Beta);
    }

    /// <summary>APO-down.</summary>
    public sealed record ApoDown(double Beta) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.ApoDown(chosen, rejected, Beta);
    }

    /// <summary>DiscoPOP.</summary>
    public sealed record DiscoPop(double Beta, double Temperature = 0.05) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.DiscoPop(chosen, rejected, Beta, Temperature);
    }

    /// <summary>SimPO: mean log-probs, no reference; α ≠ 0 is AlphaPO's reward.</summary>
    public sealed record SimPo(double Beta, double Gamma, double LabelSmoothing = 0, double Alpha = 0) : PreferenceLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.SimPo(
            PreferenceLosses.AlphaReward(chosen, Alpha), PreferenceLosses.AlphaReward(rejected, Alpha), Beta, Gamma, LabelSmoothing);
    }

    /// <summary>ORPO's odds-ratio part on mean log-probs, no reference; its weight λ stands for β.</summary>
    public sealed record Orpo(double Weight) : PreferenceLoss(Weight)
    {
        /// <inheritdoc/>
        public override bool LengthNormalized => true;

        /// <inheritdoc/>
        public override T Evaluate<T>(T chosen, T rejected) => PreferenceLosses.Orpo(chosen, rejected, Weight);
    }
}
