using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>What the second attempts of a step make of the first ones.</summary>
internal static class AttemptMetrics
{
    /// <summary>The metrics; none where each question is attempted once.</summary>
    /// <param name="rollout">The completions.</param>
    public static IEnumerable<KeyValuePair<string, double>> Of(Rollout rollout)
    {
        (double First, double Second)[] rewards =
            [.. rollout.Attempts.Select(pair => (rollout.Rewards[pair.First], rollout.Rewards[pair.Second]))];
        return rewards.Length == 0 ? [] :
        [
            new(MetricNames.FirstAttempt, rewards.Average(pair => pair.First)),
            new(MetricNames.SecondAttempt, rewards.Average(pair => pair.Second)),
            new(MetricNames.AttemptsBetter, Share(rewards, pair => pair.Second > pair.First)),
            new(MetricNames.AttemptsWorse, Share(rewards, pair => pair.Second < pair.First)),
            new(MetricNames.AttemptsRepeated, Share(rollout.Repeats, repeats => repeats)),
        ];
    }

    private static double Share<TItem>(TItem[] items, Func<TItem, bool> counts) => items.Average(item => counts(item) ? 1.0 : 0.0);
}
