using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>What the completions of a step were like.</summary>
internal static class RolloutMetrics
{
    /// <summary>The metrics by TRL's names.</summary>
    /// <param name="settings">The stage, with the KL coefficient now in force.</param>
    /// <param name="drawn">Completions with their rewards.</param>
    /// <param name="inputs">What advantages were made of.</param>
    public static IEnumerable<KeyValuePair<string, double>> Of(OnPolicySettings settings, ScoredCompletions drawn, AdvantageInputs inputs)
    {
        var algorithm = settings.Algorithm;
        var groups = drawn.AllRewards.Chunk(algorithm.GroupSize).ToArray();
        yield return new(MetricNames.Reward, drawn.AllRewards.Average());
        foreach (PartScores part in drawn.Parts)
        {
            yield return new(MetricNames.PartMean(part.Name), part.Mean);
            yield return new(MetricNames.PartStd(part.Name), part.Std);
            if (settings.OnRewardError == RewardErrorAction.Score)
            {
                yield return new(MetricNames.PartFailures(part.Name), (double)part.Failures / part.Scores.Length);
            }
        }

        if (algorithm.GroupSize > 1)
        {
            yield return new(MetricNames.RewardStd, groups.Average(SampleStd));
            yield return new(MetricNames.FractionZeroStd, groups.Average(g => g.All(r => r == g[0]) ? 1.0 : 0.0));
        }

        double[] regularized = AdvantageEstimator.Regularized(inputs, algorithm.KlCoefficient);
        if (!regularized.AsSpan().SequenceEqual(drawn.Rewards))
        {
            yield return new(MetricNames.RegularizedReward, regularized.Average());
        }

        if (drawn.Selection is { } selection)
        {
            yield return new(MetricNames.SamplingRounds, selection.Rounds);
        }

        if (drawn.Passes.Length > 0)
        {
            yield return new(MetricNames.JudgesPassed, drawn.Passes.Average(passes => passes ? 1.0 : 0.0));
        }

        if (drawn.Baselines.Length > 0)
        {
            yield return new(MetricNames.GreedyReward, drawn.Baselines.Average());
        }

        yield return new(MetricNames.MeanLength, drawn.Completions.Average(c => c.Sequence.CompletionLength));
        yield return new(MetricNames.MaxLength, drawn.Completions.Max(c => c.Sequence.CompletionLength));
        yield return new(MetricNames.ClippedRatio, drawn.Completions.Average(c => c.Ended ? 0.0 : 1.0));
    }

    private static double SampleStd(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }
}
