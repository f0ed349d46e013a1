using RlCore.Algebra;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Rollouts;

/// <summary>What a stage reports about its rewards.</summary>
/// <param name="Failures">Whether completions that could not be scored are counted: only if they do not stop the run.</param>
/// <param name="Rewards">Whether rewards are reported; a judge of pairs gives only preferences.</param>
internal readonly record struct RewardReporting(bool Failures, bool Rewards = true);

/// <summary>The metrics of rewards and lengths, for every stage that generates completions.</summary>
internal static class RolloutMetrics
{
    /// <summary>The metrics of completions.</summary>
    /// <param name="rollout">The completions.</param>
    /// <param name="reporting">What is reported.</param>
    /// <param name="rewards">Rewards of everything that was drawn, if more was drawn than is trained on.</param>
    public static IEnumerable<KeyValuePair<string, double>> Of(Rollout rollout, RewardReporting reporting, double[]? rewards = null)
    {
        IEnumerable<KeyValuePair<string, double>> totals = reporting.Rewards && rollout.Scores.Parts.Count > 0
            ? OfRewards(rewards ?? rollout.Rewards, rollout.GroupSize)
            : [];
        return [.. totals, .. rollout.Scores.Parts.SelectMany(part => OfPart(part, reporting)), .. OfLengths(rollout)];
    }

    /// <summary>How the rewards of each prompt's completions differ.</summary>
    /// <param name="groups">The rewards of each prompt, which may differ in number; none empty.</param>
    public static IEnumerable<KeyValuePair<string, double>> OfGroups(IReadOnlyList<double[]> groups) =>
    [
        new(MetricNames.RewardStd, groups.Average(group => Moments.Of(group).SampleDeviation)),
        new(MetricNames.FractionZeroStd, groups.Average(group => group.All(reward => reward == group[0]) ? 1.0 : 0.0)),
    ];

    private static IEnumerable<KeyValuePair<string, double>> OfRewards(double[] rewards, int groupSize) =>
        [new(MetricNames.Reward, rewards.Average()), .. groupSize > 1 ? OfGroups([.. rewards.Chunk(groupSize)]) : []];

    private static IEnumerable<KeyValuePair<string, double>> OfPart(PartScores part, RewardReporting reporting)
    {
        if (reporting.Rewards)
        {
            yield return new(MetricNames.PartMean(part.Name), part.Mean);
            yield return new(MetricNames.PartStd(part.Name), part.Std);
        }

        if (reporting.Failures)
        {
            yield return new(MetricNames.PartFailures(part.Name), (double)part.Failures / part.Scores.Length);
        }

        if (part.IsBounded)
        {
            yield return new(MetricNames.PartUndecided(part.Name), (double)part.Undecided / part.Scores.Length);
        }
    }

    private static IEnumerable<KeyValuePair<string, double>> OfLengths(Rollout rollout) =>
    [
        new(MetricNames.MeanLength, rollout.Sequences.Average(sequence => sequence.CompletionLength)),
        new(MetricNames.MaxLength, rollout.Sequences.Max(sequence => sequence.CompletionLength)),
        new(MetricNames.ClippedRatio, rollout.Samples.Average(sample => sample.Ended ? 0.0 : 1.0)),
    ];
}
