namespace RlCore.Algebra;

/// <summary>
/// The inputs of advantages. Grids are row-major and of the mask's shape: one row per completion, one column per token.
/// </summary>
/// <param name="Mask">The actions of each completion.</param>
/// <param name="Scores">Reward of each completion, after penalties.</param>
/// <param name="GroupSize">k, completions of one prompt; group g is [g·k, (g + 1)·k).</param>
public sealed record AdvantageInputs(SequenceMask Mask, double[] Scores, int GroupSize)
{
    /// <summary>KL estimate of each action, in nats; empty if the KL is not in the reward.</summary>
    public double[] TokenKl { get; init; } = [];

    /// <summary>β of the KL in the reward.</summary>
    public double KlCoefficient { get; init; }

    /// <summary>Value of the state before each action; empty without a value model.</summary>
    public double[] Values { get; init; } = [];

    /// <summary>Reward, after penalties, of the greedy completion of each completion's prompt; empty without one.</summary>
    public double[] Baselines { get; init; } = [];

    /// <summary>Whether each completion passes the judges; empty without any.</summary>
    public bool[] Passes { get; init; } = [];

    /// <summary>
    /// The steps of each completion with rewards of their own, which do not count in <see cref="Scores"/>; empty without any.
    /// </summary>
    public IReadOnlyList<RewardedSteps> Steps { get; init; } = [];

    /// <summary>
    /// The steps of each completion; the last one's reward has the completion's own added, minus the KL: see
    /// <see cref="RegularizedScores"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There are not as many completions with steps as scores, or one has no step.</exception>
    public IReadOnlyList<RewardedSteps> ScoredSteps()
    {
        if (Steps.Count != Scores.Length || Steps.Any(steps => steps.Rewards.Length == 0))
        {
            int some = Steps.Count(steps => steps.Rewards.Length > 0);
            throw new ArgumentException($"{Scores.Length} completions need steps, at least one each, but {some} have some.");
        }

        double[] scores = RegularizedScores();
        return [.. Steps.Select((steps, i) => steps with { Rewards = [.. steps.Rewards[..^1], steps.Rewards[^1] + scores[i]] })];
    }

    /// <summary>Rewards of whole completions minus the KL: score − β·Σ_t k_t.</summary>
    public double[] RegularizedScores()
    {
        if (TokenKl.Length == 0)
        {
            return Scores;
        }

        double[] sums = MaskedStatistics.RowSums(TokenKl, Mask);
        return [.. Scores.Zip(sums, (score, sum) => score - (KlCoefficient * sum))];
    }

    /// <summary>Whether both contain the same numbers.</summary>
    /// <param name="other">The other inputs.</param>
    public bool Equals(AdvantageInputs? other) => other is not null
        && Mask.Equals(other.Mask)
        && GroupSize == other.GroupSize
        && KlCoefficient.Equals(other.KlCoefficient)
        && Scores.AsSpan().SequenceEqual(other.Scores)
        && TokenKl.AsSpan().SequenceEqual(other.TokenKl)
        && Values.AsSpan().SequenceEqual(other.Values)
        && Baselines.AsSpan().SequenceEqual(other.Baselines)
        && Passes.AsSpan().SequenceEqual(other.Passes)
        && Steps.SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mask, GroupSize, Scores.Length > 0 ? Scores[0] : 0);
}
