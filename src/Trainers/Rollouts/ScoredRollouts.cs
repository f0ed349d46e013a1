using RlCore.Algebra;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>Completions that were drawn and scored, those of a prompt beside each other.</summary>
/// <param name="Completions">Completions as they were drawn.</param>
/// <param name="Samples">The same as text, with their questions.</param>
/// <param name="PerPrompt">Completions of each prompt.</param>
/// <param name="Rewards">One a completion; NaN where nothing was to be scored.</param>
/// <param name="Parts">What each reward gave; empty where nothing was to be scored.</param>
/// <param name="ReportsFailures">Whether completions that a reward could not score have a stated score.</param>
internal sealed record ScoredRollouts(IReadOnlyList<SampledCompletion> Completions, RewardSample[] Samples, int PerPrompt, double[] Rewards, IReadOnlyList<PartScores> Parts, bool ReportsFailures)
{
    private const int RecordsKept = 4;

    /// <summary>Whether rewards say how good completions are; the scores of a judge of pairs are 0.5 in the mean whatever it says.</summary>
    public bool ReportsRewards { get; init; } = true;

    /// <summary>Rewards and lengths, by TRL's names.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        if (Parts.Count > 0 && ReportsRewards)
        {
            double[][] groups = [.. Rewards.Chunk(PerPrompt)];
            yield return new(MetricNames.Reward, Rewards.Average());
            yield return new(MetricNames.RewardStd, groups.Average(group => group.Length > 1 ? Moments.Of(group).StandardDeviation(ddof: 1) : 0));
            yield return new(MetricNames.FractionZeroStd, groups.Average(group => group.All(reward => reward == group[0]) ? 1.0 : 0.0));
        }

        foreach (PartScores part in Parts)
        {
            if (ReportsRewards)
            {
                yield return new(MetricNames.PartMean(part.Name), part.Mean);
                yield return new(MetricNames.PartStd(part.Name), part.Std);
            }

            if (ReportsFailures)
            {
                yield return new(MetricNames.PartFailures(part.Name), (double)part.Failures / part.Scores.Length);
            }
        }

        yield return new(MetricNames.MeanLength, Samples.Average(sample => sample.Sequence.CompletionLength));
        yield return new(MetricNames.MaxLength, Samples.Max(sample => sample.Sequence.CompletionLength));
        yield return new(MetricNames.ClippedRatio, Samples.Average(sample => sample.Ended ? 0.0 : 1.0));
    }

    /// <summary>Some completions for people to read.</summary>
    /// <param name="weights">What each completion weighs in the update, where on-policy training has its advantage.</param>
    public IReadOnlyList<SampleRecord> Records(IReadOnlyList<double> weights) =>
    [
        .. Samples.Take(RecordsKept).Select((sample, i) => new SampleRecord(sample.Question.Prompt, sample.Question.Answer, sample.Completion, Rewards[i], weights[i])),
    ];
}
