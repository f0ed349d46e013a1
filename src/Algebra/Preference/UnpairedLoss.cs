namespace RlCore.Algebra;

/// <summary>A loss of completions labelled desirable or undesirable, as a value: the kind and its constants.</summary>
public abstract record UnpairedLoss
{
    private UnpairedLoss(double beta)
    {
        Beta = beta;
        WithinAttribute.Check(this);
    }

    /// <summary>β: the strength of the regularisation towards the reference.</summary>
    public double Beta { get; init; }

    /// <summary>Whether the reference point is the KL of completions that answer other prompts.</summary>
    public virtual bool UsesMismatchedKl => false;

    /// <summary>Whether rewards are shifted by their running mean; see <see cref="AtShift"/>.</summary>
    public virtual bool ShiftsRewards => false;

    /// <summary>Whether desirable and undesirable completions are compared by their ranks in the step.</summary>
    public virtual bool Ranks => false;

    /// <summary>The weight of one completion's loss.</summary>
    /// <param name="desirable">Its label.</param>
    public virtual double Weight(bool desirable) => 1;

    /// <summary>This loss with the reward shift δ; unchanged if the loss has no shift.</summary>
    /// <param name="delta">δ.</param>
    public virtual UnpairedLoss AtShift(double delta) => this;

    /// <summary>The loss of each completion, not weighted yet, in the shape of the inputs.</summary>
    /// <param name="inputs">Log-probs of completions, the reference point and labels.</param>
    /// <typeparam name="T">The carrier.</typeparam>
    /// <exception cref="InvalidOperationException">The loss compares ranks: it has no value for one completion.</exception>
    public abstract T Of<T>(UnpairedInputs<T> inputs)
        where T : struct, ISequenceAlgebra<T>;

    /// <summary>KTO. See <see cref="UnpairedLosses.Kto"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="DesirableWeight">Weight of the losses of desirable completions.</param>
    /// <param name="UndesirableWeight">Weight of the losses of undesirable completions.</param>
    public sealed record Kto(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0)] double DesirableWeight = 1,
        [Within(0)] double UndesirableWeight = 1) : UnpairedLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool UsesMismatchedKl => true;

        /// <inheritdoc/>
        public override double Weight(bool desirable) => desirable ? DesirableWeight : UndesirableWeight;

        /// <inheritdoc/>
        public override T Of<T>(UnpairedInputs<T> inputs) => T.Map(new KtoTerm(Beta), inputs);
    }

    /// <summary>APO-zero of single completions: KTO with the reference point 0.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="DesirableWeight">Weight of the losses of desirable completions.</param>
    /// <param name="UndesirableWeight">Weight of the losses of undesirable completions.</param>
    public sealed record ApoZero(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0)] double DesirableWeight = 1,
        [Within(0)] double UndesirableWeight = 1) : UnpairedLoss(Beta)
    {
        /// <inheritdoc/>
        public override double Weight(bool desirable) => desirable ? DesirableWeight : UndesirableWeight;

        /// <inheritdoc/>
        public override T Of<T>(UnpairedInputs<T> inputs) =>
            T.Map(new KtoTerm(Beta), inputs with { ReferencePoint = T.Constant(inputs.LogProb, 0) });
    }

    /// <summary>BCO of single completions. See <see cref="UnpairedLosses.Bco"/>.</summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="DesirableWeight">Weight of the losses of desirable completions.</param>
    /// <param name="UndesirableWeight">Weight of the losses of undesirable completions.</param>
    public sealed record Bco(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0)] double DesirableWeight = 1,
        [Within(0)] double UndesirableWeight = 1) : UnpairedLoss(Beta)
    {
        /// <summary>δ, the reward shift: a running mean of rewards.</summary>
        public double Delta { get; init; }

        /// <inheritdoc/>
        public override bool ShiftsRewards => true;

        /// <inheritdoc/>
        public override double Weight(bool desirable) => desirable ? DesirableWeight : UndesirableWeight;

        /// <inheritdoc/>
        public override UnpairedLoss AtShift(double delta) => this with { Delta = delta };

        /// <inheritdoc/>
        public override T Of<T>(UnpairedInputs<T> inputs) => T.Map(new BcoTerm(Beta, Delta), inputs);
    }

    /// <summary>
    /// AOT without pairs: as many desirable as undesirable completions, compared rank by rank. See <see cref="Matched"/>.
    /// </summary>
    /// <param name="Beta">β: the strength of the regularisation towards the reference.</param>
    /// <param name="LabelSmoothing">Share of flipped labels.</param>
    public sealed record Aot(
        [Within(0, LowOpen = true)] double Beta = 0.1,
        [Within(0, 0.5, HighOpen = true)] double LabelSmoothing = 0) : UnpairedLoss(Beta)
    {
        /// <inheritdoc/>
        public override bool Ranks => true;

        /// <summary>The loss of a desirable and an undesirable completion of the same rank.</summary>
        public PreferenceLoss Matched => new PreferenceLoss.AotUnpaired(Beta, LabelSmoothing);

        /// <inheritdoc/>
        public override T Of<T>(UnpairedInputs<T> inputs) =>
            throw new InvalidOperationException($"AOT compares ranks: match the completions first and use {nameof(Matched)}.");
    }
}
