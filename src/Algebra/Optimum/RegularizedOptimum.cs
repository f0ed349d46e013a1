namespace RlCore.Algebra;

/// <summary>
/// The KL-regularised objective E_π[r] − β·KL(π‖π_ref) over an enumerable set of completions, in closed form. Source: Peters
/// et al. 2010; Rafailov et al. 2023, sec. 4.
/// </summary>
public static class RegularizedOptimum
{
    /// <summary>log Z = log Σ π_ref·e^(r/β).</summary>
    /// <param name="refLogProbs">log π_ref of each completion.</param>
    /// <param name="rewards">r of each completion.</param>
    /// <param name="beta">β &gt; 0.</param>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or β is not positive.</exception>
    public static double LogPartition(ReadOnlySpan<double> refLogProbs, ReadOnlySpan<double> rewards, double beta) =>
        Categorical.LogSumExp<Real>(Tilted(refLogProbs, rewards, beta));

    /// <summary>log π*(y) = log π_ref(y) + r(y)/β − log Z.</summary>
    /// <param name="refLogProbs">log π_ref of each completion.</param>
    /// <param name="rewards">r of each completion.</param>
    /// <param name="beta">β &gt; 0.</param>
    public static double[] LogPolicy(ReadOnlySpan<double> refLogProbs, ReadOnlySpan<double> rewards, double beta) =>
        [.. Categorical.LogSoftmax<Real>(Tilted(refLogProbs, rewards, beta)).Select(value => (double)value)];

    /// <summary>The reward that makes a policy optimal: β·(log π − log π_ref), up to a constant of the prompt.</summary>
    /// <param name="logProbs">log π of each completion.</param>
    /// <param name="refLogProbs">log π_ref of each completion.</param>
    /// <param name="beta">β &gt; 0.</param>
    public static double[] ImplicitReward(ReadOnlySpan<double> logProbs, ReadOnlySpan<double> refLogProbs, double beta)
    {
        CheckSame(logProbs.Length, refLogProbs.Length, nameof(refLogProbs));
        var rewards = new double[logProbs.Length];
        for (int i = 0; i < rewards.Length; i++)
        {
            rewards[i] = beta * (logProbs[i] - refLogProbs[i]);
        }

        return rewards;
    }

    /// <summary>E_π[r] − β·KL(π‖π_ref). At π* it is β·log Z; any π falls short of that by β·KL(π‖π*).</summary>
    /// <param name="logProbs">log π of each completion.</param>
    /// <param name="refLogProbs">log π_ref of each completion.</param>
    /// <param name="rewards">r of each completion.</param>
    /// <param name="beta">β &gt; 0.</param>
    public static double Objective(
        ReadOnlySpan<double> logProbs, ReadOnlySpan<double> refLogProbs, ReadOnlySpan<double> rewards, double beta)
    {
        CheckSame(logProbs.Length, rewards.Length, nameof(rewards));
        double expected = 0;
        for (int i = 0; i < logProbs.Length; i++)
        {
            double probability = Math.Exp(logProbs[i]);
            expected += probability == 0 ? 0 : probability * rewards[i];
        }

        return expected - (beta * Categorical.Kl<Real>(Reals(logProbs), Reals(refLogProbs)));
    }

    private static Real[] Tilted(ReadOnlySpan<double> refLogProbs, ReadOnlySpan<double> rewards, double beta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        CheckSame(refLogProbs.Length, rewards.Length, nameof(rewards));
        var tilted = new Real[rewards.Length];
        for (int i = 0; i < tilted.Length; i++)
        {
            tilted[i] = refLogProbs[i] + (rewards[i] / beta);
        }

        return tilted;
    }

    private static void CheckSame(int completions, int others, string name)
    {
        if (completions != others)
        {
            throw new ArgumentException($"{completions} log-probs and {others} of {name}: one of each a completion is needed.", name);
        }
    }

    private static Real[] Reals(ReadOnlySpan<double> values)
    {
        var reals = new Real[values.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = values[i];
        }

        return reals;
    }
}
