using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Rollouts;

/// <summary>The metrics of a selection of completions.</summary>
internal static class SelectionMetrics
{
    /// <summary>The kept fraction, and the mean reward of the kept where they were scored.</summary>
    /// <param name="rewards">Rewards of all completions.</param>
    /// <param name="kept">Indices of the kept.</param>
    public static IEnumerable<KeyValuePair<string, double>> Of(IReadOnlyList<double> rewards, int[] kept)
    {
        yield return new(MetricNames.KeptFraction, (double)kept.Length / rewards.Count);
        if (kept.Length > 0 && Array.TrueForAll(kept, i => !double.IsNaN(rewards[i])))
        {
            yield return new(MetricNames.KeptReward, kept.Average(i => rewards[i]));
        }
    }
}
