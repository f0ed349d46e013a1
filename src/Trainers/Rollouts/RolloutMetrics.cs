using RlCore.Algebra;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Rollouts;

/// <summary>What scored completions show, by TRL's names.</summary>
internal static class RolloutMetrics
{
    /// <summary>Rewards; empty where nothing was scored.</summary>
    /// <param name="rollouts">Completions, those of a question beside each other.</param>
    /// <param name="samples">Completions of each question.</param>
    public static IEnumerable<KeyValuePair<string, double>> Rewards(IReadOnlyList<ScoredRollout> rollouts, int samples)
    {
        double[] scored = [.. rollouts.Select(rollout => rollout.Reward).Where(reward => !double.IsNaN(reward))];
        if (scored.Length > 0)
        {
            double[][] groups = [.. rollouts.Select(rollout => rollout.Reward).Chunk(samples)];
            yield return new(MetricNames.Reward, scored.Average());
            yield return new(MetricNames.RewardStd, groups.Average(group => group.Length > 1 ? Moments.Of(group).StandardDeviation(ddof: 1) : 0));
            yield return new(MetricNames.FractionZeroStd, groups.Average(group => group.All(reward => reward == group[0]) ? 1.0 : 0.0));
        }
    }

    /// <summary>Lengths.</summary>
    /// <param name="rollouts">Completions.</param>
    public static IEnumerable<KeyValuePair<string, double>> Lengths(IReadOnlyList<ScoredRollout> rollouts)
    {
        yield return new(MetricNames.MeanLength, rollouts.Average(rollout => rollout.Drawn.Sequence.CompletionLength));
        yield return new(MetricNames.MaxLength, rollouts.Max(rollout => rollout.Drawn.Sequence.CompletionLength));
        yield return new(MetricNames.ClippedRatio, rollouts.Average(rollout => rollout.Drawn.Ended ? 0.0 : 1.0));
    }
}
