namespace RlCore.Algebra;

/// <summary>How rewards become advantages, as a value: the kind and its constants.</summary>
public abstract record AdvantageEstimate
{
    private AdvantageEstimate() => WithinAttribute.Check(this);

    /// <summary>
    /// Whether each token has its own advantage, computed from token rewards; otherwise all tokens of a completion share one.
    /// </summary>
    public virtual bool PerToken => false;

    /// <summary>Whether it compares the completions of one prompt, so that it needs at least two.</summary>
    public virtual bool ComparesGroup => !PerToken;

    /// <summary>Whether it needs a value model.</summary>
    public virtual bool UsesValues => false;

    /// <summary>Whether it needs the reward of each prompt's greedy completion.</summary>
    public virtual bool UsesGreedyBaseline => false;

    /// <summary>Whether it needs to know which completions pass the judges.</summary>
    public virtual bool UsesVerdicts => false;

    /// <summary>Whether it needs the rewards of the steps of completions.</summary>
    public virtual bool UsesSteps => false;

    /// <summary>The advantages, one for each element of the mask. They are not whitened.</summary>
    /// <param name="inputs">Rewards and the other inputs.</param>
    /// <exception cref="ArgumentException">A shape does not match, or an input that the estimate needs is missing.</exception>
    public double[] Of(AdvantageInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Estimate(inputs);
    }

    private protected abstract double[] Estimate(AdvantageInputs inputs);

    private static int[] Groups(AdvantageInputs inputs) => [.. Enumerable.Range(0, inputs.Scores.Length).Select(i => i / inputs.GroupSize)];

    // −β·k_t of each token, and the score on the last.
    private static double[] TokenRewardsOf(AdvantageInputs inputs)
    {
        double[] kl = inputs.TokenKl.Length > 0 ? inputs.TokenKl : new double[inputs.Mask.Flags.Length];
        return TokenRewards.WithKlPenalty(inputs.Scores, kl, inputs.Mask, inputs.KlCoefficient);
    }

    /// <summary>GRPO: the reward minus its group's mean, divided by a standard deviation. See <see cref="GroupAdvantages"/>.</summary>
    /// <param name="AdvantageScale">The divisor of the centred reward.</param>
    /// <param name="AdvantageEpsilon">ε, added to the standard deviation.</param>
    /// <param name="AdvantageDdof">Degrees of freedom subtracted from the count in the variance: 1 (sample) or 0 (population).</param>
    public sealed record GroupRelative(
        AdvantageScale AdvantageScale = AdvantageScale.Group,
        [Within(0)] double AdvantageEpsilon = 1e-4,
        [Within(0, 1)] int AdvantageDdof = 1) : AdvantageEstimate
    {
        private protected override double[] Estimate(AdvantageInputs inputs)
        {
            var options = new GroupAdvantageOptions { Scale = AdvantageScale, Epsilon = AdvantageEpsilon, Ddof = AdvantageDdof };
            return TokenAdvantages.Spread(GroupAdvantages.Relative(inputs.RegularizedScores(), Groups(inputs), options), inputs.Mask);
        }
    }

    /// <summary>
    /// GRPO with process supervision: each step's reward minus the mean of its group's steps, divided by a standard deviation; a token has
    /// the sum over the steps that end at it or after it. The reward of the whole completion counts for its last step. See
    /// <see cref="StepAdvantages"/>.
    /// </summary>
    /// <param name="AdvantageScale">The divisor of the centred reward.</param>
    /// <param name="AdvantageEpsilon">ε, added to the standard deviation.</param>
    /// <param name="AdvantageDdof">Degrees of freedom subtracted from the count in the variance: 1 (sample) or 0 (population).</param>
    public sealed record StepRelative(
        AdvantageScale AdvantageScale = AdvantageScale.Group,
        [Within(0)] double AdvantageEpsilon = 1e-4,
        [Within(0, 1)] int AdvantageDdof = 1) : AdvantageEstimate
    {
        /// <inheritdoc/>
        public override bool PerToken => true;

        /// <inheritdoc/>
        public override bool ComparesGroup => true;

        /// <inheritdoc/>
        public override bool UsesSteps => true;

        private protected override double[] Estimate(AdvantageInputs inputs)
        {
            var options = new GroupAdvantageOptions { Scale = AdvantageScale, Epsilon = AdvantageEpsilon, Ddof = AdvantageDdof };
            return StepAdvantages.Relative(inputs.ScoredSteps(), inputs.GroupSize, inputs.Mask, options);
        }
    }

    /// <summary>RLOO: the reward minus the mean of the other rewards of its group. See <see cref="GroupAdvantages.LeaveOneOut"/>.</summary>
    public sealed record LeaveOneOut : AdvantageEstimate
    {
        private protected override double[] Estimate(AdvantageInputs inputs) =>
            TokenAdvantages.Spread(GroupAdvantages.LeaveOneOut(inputs.RegularizedScores(), Groups(inputs)), inputs.Mask);
    }

    /// <summary>OPO: the reward minus its group's length-weighted mean. See <see cref="GroupAdvantages.LengthWeighted"/>.</summary>
    public sealed record LengthWeighted : AdvantageEstimate
    {
        private protected override double[] Estimate(AdvantageInputs inputs)
        {
            int[] lengths = [.. Enumerable.Range(0, inputs.Mask.Rows).Select(inputs.Mask.CountInRow)];
            return TokenAdvantages.Spread(
                GroupAdvantages.LengthWeighted(inputs.RegularizedScores(), lengths, Groups(inputs)), inputs.Mask);
        }
    }

    /// <summary>
    /// GPG: centred rewards, scaled up to compensate for zero rewards. See <see cref="GroupAdvantages.ScaledByInformative"/>.
    /// </summary>
    public sealed record Informative : AdvantageEstimate
    {
        private protected override double[] Estimate(AdvantageInputs inputs) =>
            TokenAdvantages.Spread(GroupAdvantages.ScaledByInformative(inputs.RegularizedScores(), Groups(inputs)), inputs.Mask);
    }

    /// <summary>
    /// pass@k: only the best of a group has a nonzero advantage, its margin. See <see cref="GroupAdvantages.BestOfGroup"/>.
    /// </summary>
    /// <param name="AdvantageScale">The divisor of the margin: the standard deviation of its group, or none.</param>
    /// <param name="AdvantageEpsilon">ε, added to the standard deviation.</param>
    public sealed record BestOfGroup(
        AdvantageScale AdvantageScale = AdvantageScale.None,
        [Within(0)] double AdvantageEpsilon = 1e-4) : AdvantageEstimate
    {
        private protected override double[] Estimate(AdvantageInputs inputs)
        {
            var options = new GroupAdvantageOptions { Scale = AdvantageScale, Epsilon = AdvantageEpsilon };
            return TokenAdvantages.Spread(GroupAdvantages.BestOfGroup(inputs.RegularizedScores(), Groups(inputs), options), inputs.Mask);
        }
    }

    /// <summary>
    /// CGPO: only completions that pass the judges can have a positive advantage. See <see cref="GroupAdvantages.Constrained"/>.
    /// </summary>
    public sealed record Constrained : AdvantageEstimate
    {
        /// <inheritdoc/>
        public override bool UsesVerdicts => true;

        private protected override double[] Estimate(AdvantageInputs inputs) => TokenAdvantages.Spread(
            GroupAdvantages.Constrained(inputs.RegularizedScores(), inputs.Passes, Groups(inputs)), inputs.Mask);
    }

    /// <summary>
    /// ReMax: the reward-to-go minus the reward of the prompt's greedy completion. See <see cref="TokenAdvantages.LessBaseline"/>.
    /// </summary>
    public sealed record GreedyBaseline : AdvantageEstimate
    {
        /// <inheritdoc/>
        public override bool PerToken => true;

        /// <inheritdoc/>
        public override bool UsesGreedyBaseline => true;

        private protected override double[] Estimate(AdvantageInputs inputs) =>
            TokenAdvantages.LessBaseline(TokenRewardsOf(inputs), inputs.Baselines, inputs.Mask);
    }

    /// <summary>Generalised advantages from a value model (PPO). See <see cref="TokenReturns"/>.</summary>
    /// <param name="Gamma">γ, the discount of future rewards.</param>
    /// <param name="Lambda">λ: 0 trusts the value model, 1 the rewards.</param>
    public sealed record Gae([Within(0, 1)] double Gamma = 1, [Within(0, 1)] double Lambda = 0.95) : AdvantageEstimate
    {
        /// <inheritdoc/>
        public override bool PerToken => true;

        /// <inheritdoc/>
        public override bool UsesValues => true;

        private protected override double[] Estimate(AdvantageInputs inputs) =>
            TokenReturns.Gae(TokenRewardsOf(inputs), inputs.Values, inputs.Mask, Gamma, Lambda);
    }

    /// <summary>The discounted reward-to-go, without a baseline. See <see cref="TokenReturns.Discounted"/>.</summary>
    /// <param name="Gamma">γ, the discount of future rewards.</param>
    public sealed record RewardToGo([Within(0, 1)] double Gamma = 1) : AdvantageEstimate
    {
        /// <inheritdoc/>
        public override bool PerToken => true;

        private protected override double[] Estimate(AdvantageInputs inputs) =>
            TokenReturns.Discounted(TokenRewardsOf(inputs), inputs.Mask, Gamma);
    }
}
