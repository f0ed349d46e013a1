using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>What dynamic sampling went through.</summary>
/// <param name="Rounds">Rounds of drawing.</param>
/// <param name="Informative">Groups of unequal rewards among them.</param>
/// <param name="Drawn">Groups drawn.</param>
/// <param name="Rewards">Rewards of all completions drawn, also of those that were put back.</param>
internal sealed record DynamicSelection(int Rounds, int Informative, int Drawn, double[] Rewards);

/// <summary>Completions with their rewards, group after group.</summary>
/// <param name="Completions">The completions.</param>
/// <param name="Samples">The same as rewards see them.</param>
/// <param name="Rewards">Total reward of each.</param>
/// <param name="Parts">What each reward of the total gave to all that were drawn.</param>
internal sealed record ScoredCompletions(
    IReadOnlyList<SampledCompletion> Completions,
    IReadOnlyList<RewardSample> Samples,
    double[] Rewards,
    IReadOnlyList<PartScores> Parts)
{
    /// <summary>No completions.</summary>
    public static ScoredCompletions Empty { get; } = new([], [], [], []);

    /// <summary>Reward of the greedy completion of each one's prompt; empty where it is not drawn.</summary>
    public double[] Baselines { get; init; } = [];

    /// <summary>Whether each passes the judges; empty without any.</summary>
    public bool[] Passes { get; init; } = [];

    /// <summary>What dynamic sampling went through; null without it.</summary>
    public DynamicSelection? Selection { get; init; }

    /// <summary>Rewards of all that were drawn.</summary>
    public double[] AllRewards => Selection?.Rewards ?? Rewards;

    /// <summary>Number of groups.</summary>
    /// <param name="groupSize">Completions of a group.</param>
    public int Groups(int groupSize) => Completions.Count / groupSize;

    /// <summary>These, then others.</summary>
    /// <param name="others">The others.</param>
    public ScoredCompletions Append(ScoredCompletions others) => new(
        [.. Completions, .. others.Completions],
        [.. Samples, .. others.Samples],
        [.. Rewards, .. others.Rewards],
        Parts.Count == 0 ? others.Parts : others.Parts.Count == 0 ? Parts : [.. Parts.Zip(others.Parts, (mine, theirs) =>
            new PartScores(mine.Name, [.. mine.Scores, .. theirs.Scores], mine.Failures + theirs.Failures))]);

    /// <summary>The first few.</summary>
    /// <param name="count">How many.</param>
    public ScoredCompletions First(int count) => Take([.. Enumerable.Range(0, count)], Parts);

    /// <summary>The groups of unequal rewards, which carry what the parts gave, and those of equal rewards.</summary>
    /// <param name="groupSize">Completions of a group.</param>
    public (ScoredCompletions Informative, ScoredCompletions Equal) SplitByEquality(int groupSize)
    {
        bool IsEqual(int i) => Rewards.AsSpan(i / groupSize * groupSize, groupSize).IndexOfAnyExcept(Rewards[i / groupSize * groupSize]) < 0;
        var equal = Enumerable.Range(0, Rewards.Length).ToLookup(IsEqual);
        return (Take([.. equal[false]], Parts), Take([.. equal[true]], []));
    }

    private ScoredCompletions Take(int[] indices, IReadOnlyList<PartScores> parts) => new(
        [.. indices.Select(i => Completions[i])],
        [.. indices.Select(i => Samples[i])],
        [.. indices.Select(i => Rewards[i])],
        parts);
}
