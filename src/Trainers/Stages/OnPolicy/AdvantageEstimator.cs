using RlCore.Algebra;

namespace RlCore.Trainers.Stages;

/// <summary>What advantages are made of. Grids are row-major of the mask's shape: a row a completion, a column an action.</summary>
/// <param name="Mask">Actions of each completion.</param>
/// <param name="Scores">Reward of each completion, penalties taken off.</param>
/// <param name="Kl">KL estimate of each action, in nats; null where the KL is not in the reward.</param>
/// <param name="Values">Value of the state before each action; null without a value model.</param>
internal sealed record AdvantageInputs(SequenceMask Mask, double[] Scores, double[]? Kl, double[]? Values)
{
    /// <summary>Reward of the greedy completion of each completion's prompt, penalties taken off; empty without it.</summary>
    public double[] Baselines { get; init; } = [];

    /// <summary>Whether each completion passes the judges; empty without any.</summary>
    public bool[] Passes { get; init; } = [];
}

/// <summary>Advantages of actions.</summary>
/// <param name="Grid">Advantage of each action.</param>
/// <param name="Targets">What the values should have been: the advantage before whitening, plus the value; null without values.</param>
internal sealed record AdvantageEstimates(double[] Grid, double[]? Targets);

/// <summary>Rewards to advantages, as an algorithm says: pure, in double.</summary>
internal static class AdvantageEstimator
{
    /// <summary>The advantages of a rollout.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="inputs">Rewards and what goes with them.</param>
    public static AdvantageEstimates Estimate(OnPolicyAlgorithm algorithm, AdvantageInputs inputs)
    {
        double[] advantages = algorithm.PerToken ? OfTokens(algorithm, inputs) : OfCompletions(algorithm, inputs);
        double[]? targets = inputs.Values is { } values ? [.. advantages.Zip(values, (advantage, value) => advantage + value)] : null;
        return new(algorithm.WhitenAdvantages ? Whiten(advantages, inputs.Mask) : advantages, targets);
    }

    /// <summary>Rewards of whole completions less β times their KL, where it is in the reward.</summary>
    /// <param name="inputs">Rewards and KL.</param>
    /// <param name="coefficient">β.</param>
    public static double[] Regularized(AdvantageInputs inputs, double coefficient) => inputs.Kl is { } kl
        ? [.. inputs.Scores.Zip(MaskedStatistics.RowSums(kl, inputs.Mask), (score, sum) => score - (coefficient * sum))]
        : inputs.Scores;

    private static double[] OfTokens(OnPolicyAlgorithm algorithm, AdvantageInputs inputs)
    {
        double[] kl = inputs.Kl ?? new double[inputs.Mask.Flags.Length];
        double[] rewards = TokenRewards.WithKlPenalty(inputs.Scores, kl, inputs.Mask, algorithm.KlCoefficient);
        return algorithm.Advantage switch
        {
            AdvantageKind.Gae => TokenReturns.Gae(rewards, inputs.Values, inputs.Mask, algorithm.Gamma, algorithm.Lambda),
            AdvantageKind.GreedyBaseline => TokenAdvantages.LessBaseline(rewards, inputs.Baselines, inputs.Mask),
            _ => TokenReturns.Discounted(rewards, inputs.Mask, algorithm.Gamma),
        };
    }

    private static double[] OfCompletions(OnPolicyAlgorithm algorithm, AdvantageInputs inputs)
    {
        double[] rewards = Regularized(inputs, algorithm.KlCoefficient);
        int[] groups = [.. Enumerable.Range(0, rewards.Length).Select(i => i / algorithm.GroupSize)];
        double[] advantages = algorithm.Advantage switch
        {
            AdvantageKind.LeaveOneOut => GroupAdvantages.LeaveOneOut(rewards, groups),
            AdvantageKind.LengthWeighted => GroupAdvantages.LengthWeighted(rewards, [.. Enumerable.Range(0, inputs.Mask.Rows).Select(inputs.Mask.CountInRow)], groups),
            AdvantageKind.Informative => GroupAdvantages.ScaledByInformative(rewards, groups),
            AdvantageKind.BestOfGroup => GroupAdvantages.BestOfGroup(rewards, groups, algorithm.Advantages),
            AdvantageKind.Constrained => GroupAdvantages.Constrained(rewards, inputs.Passes, groups),
            _ => GroupAdvantages.Relative(rewards, groups, algorithm.Advantages),
        };
        return TokenAdvantages.Spread(advantages, inputs.Mask);
    }

    // A single action has no spread to be divided by.
    private static double[] Whiten(double[] advantages, SequenceMask mask) =>
        TokenAdvantages.Whitened(advantages, mask, new MomentOptions(Ddof: mask.Count > 1 ? 1 : 0));
}
