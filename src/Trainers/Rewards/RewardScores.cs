using RlCore.Algebra;

namespace RlCore.Trainers.Rewards;

/// <summary>The scores of one reward for a batch.</summary>
/// <param name="Name">The reward's name.</param>
/// <param name="Scores">Its scores, before the weight.</param>
/// <param name="Failures">Number of samples that it could not score and that got the configured score instead.</param>
public sealed record PartScores(string Name, double[] Scores, int Failures)
{
    /// <summary>Number of samples that scored 0 because checking them passed the reward's limit of work.</summary>
    /// <value>0.</value>
    public int Undecided { get; init; }

    /// <summary>Whether the reward has such a limit.</summary>
    /// <value>false.</value>
    public bool IsBounded { get; init; }

    /// <summary>Mean score.</summary>
    public double Mean => Scores.Average();

    /// <summary>Sample standard deviation (n − 1) of the scores over the whole batch; 0 for one sample.</summary>
    public double Std => Moments.Of(Scores).SampleDeviation;

    /// <summary>The scores for this batch, followed by those for another.</summary>
    /// <param name="others">The other batch.</param>
    internal PartScores Append(PartScores others) =>
        new(Name, [.. Scores, .. others.Scores], Failures + others.Failures)
        {
            Undecided = Undecided + others.Undecided,
            IsBounded = IsBounded,
        };

    /// <inheritdoc/>
    public bool Equals(PartScores? other) =>
        other is not null && Name == other.Name && Failures == other.Failures && Undecided == other.Undecided
            && Scores.AsSpan().SequenceEqual(other.Scores);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Scores.Length, Failures);
}

/// <summary>The scores of a sum of rewards for a batch.</summary>
/// <param name="Totals">Σ weight · score, for each sample.</param>
/// <param name="Parts">The scores of each reward, in the order of the sum.</param>
public sealed record RewardScores(double[] Totals, IReadOnlyList<PartScores> Parts)
{
    /// <inheritdoc/>
    public bool Equals(RewardScores? other) =>
        other is not null && Totals.AsSpan().SequenceEqual(other.Totals) && Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Totals.Length, Parts.Count);
}
