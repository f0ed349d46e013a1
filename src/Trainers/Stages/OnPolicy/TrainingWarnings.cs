using System.Globalization;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>Warnings about the metrics of an on-policy step, with advice.</summary>
internal static class TrainingWarnings
{
    private const double LargeKl = 1;
    private const double SmallEntropy = 0.02;
    private const double MostGroups = 0.9;
    private const double ManyCutOff = 0.5;
    private const double LargeDifference = 0.05;
    private const double MostRepeated = 0.95;
    private const double MostSurprise = 0.1;

    // A problem that disappears within a few steps is not reported.
    private const int Lasting = 10;

    /// <summary>The warnings of a step.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="drawn">The step's completions.</param>
    /// <param name="metrics">Its metrics.</param>
    public static IReadOnlyList<RunWarning> Of(
        OnPolicyAlgorithm algorithm,
        Rollout drawn,
        IEnumerable<KeyValuePair<string, double>> metrics)
    {
        var values = metrics.ToDictionary(StringComparer.Ordinal);
        double Value(string name) => values.GetValueOrDefault(name, double.NaN);
        (double kl, double oldKl, double entropy) = (Value(MetricNames.Kl), Value(MetricNames.ApproximateKl), Value(MetricNames.Entropy));
        (double equal, double cut, double difference) = (
            Value(MetricNames.FractionZeroStd),
            Value(MetricNames.ClippedRatio),
            Value(MetricNames.SamplerDifference));
        double[] rewards = drawn.Selection?.Rewards ?? drawn.Rewards;
        double missed = rewards.Max() - rewards.Average();
        double range = rewards.Max() - rewards.Min();
        bool isLearnt = range > 0 && missed <= 0.1 * range;
        return
        [
            .. If(
                kl > LargeKl,
                "kl",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the KL to the reference is {kl:0.##} nats per token: lower the learning rate, raise algorithm.klCoefficient or "
                        + $"adapt it with algorithm.klTarget")),
            .. If(
                oldKl > LargeKl,
                "approx_kl",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the updates of one rollout moved the policy by {oldKl:0.##} nats per token: lower the learning rate, make fewer "
                        + $"iterations or set algorithm.epochKlTarget")),
            .. If(
                entropy < SmallEntropy && missed > 0.5 * range && range > 0,
                "entropy",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the entropy has fallen to {entropy:0.####} nats per token while most of the reward is still out of reach: raise "
                        + $"algorithm.entropyCoefficient or algorithm.clipHigh, or lower the learning rate"),
                Lasting),
            .. If(
                equal >= MostGroups && !isLearnt && !algorithm.DynamicSampling,
                "equal_groups",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the rewards of {equal:P0} of the groups are all equal, so they carry no learning signal: use prompts that are "
                        + $"sometimes answered correctly, a larger algorithm.groupSize or algorithm.dynamicSampling"),
                Lasting),
            .. If(
                drawn.Selection is { } selection && selection.Informative < MostGroups * drawn.Groups && !isLearnt,
                "dynamic_sampling",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{drawn.Selection?.Rounds} sampling rounds gave {drawn.Selection?.Informative} groups of unequal rewards for "
                        + $"{drawn.Groups}; the others carry no learning signal: use other prompts, a larger algorithm.groupSize or a "
                        + $"larger algorithm.maxSamplingRounds"),
                Lasting),
            .. If(
                cut > ManyCutOff,
                "cut_off",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cut:P0} of the completions are truncated: raise maxCompletionTokens, or set algorithm.missingEndPenalty or "
                        + $"algorithm.overlongBuffer"),
                Lasting),
            .. If(
                Value(MetricNames.AttemptsRepeated) >= MostRepeated && !isLearnt,
                "repeated_attempts",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Value(MetricNames.AttemptsRepeated):P0} of the second attempts repeat the first one's answer, though much of the "
                        + $"reward is out of reach: raise secondAttempt.bonus or algorithm.temperature, or start from demonstrations of "
                        + $"second attempts that differ"),
                Lasting),
            .. If(
                difference > LargeDifference && !values.ContainsKey(MetricNames.Staleness),
                "sampler",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"sampler and trainer differ by {difference:0.###} nats per token on the same policy, so ratios are wrong from "
                        + $"the first update: check the engine with rlcore verify")),
            .. If(
                difference > LargeDifference && Value(MetricNames.Staleness) == 0,
                "servers",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the servers' log-probs differ from the policy's by {difference:0.###} nats per token with the same weights: do they "
                        + $"serve this model, at temperature 1 and without filters? The loss is corrected as rollouts.correction says")),
            .. If(
                Value(MetricNames.Surprise) > MostSurprise && Value(MetricNames.Staleness) == 0,
                "servers_temperature",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the servers draw tokens that are {Value(MetricNames.Surprise):0.##} nats less likely than the policy's own: they "
                        + $"sample at a higher temperature than they say, which no weight can correct"),
                Lasting),
            .. If(
                Value(MetricNames.Surprise) > MostSurprise && Value(MetricNames.Staleness) > 0,
                "stale_rollouts",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the servers draw tokens that are {Value(MetricNames.Surprise):0.##} nats less likely than the policy's own, with its "
                        + $"weights of {Before(Value(MetricNames.Staleness))}: the policy changes too fast for that. Lower "
                        + $"optimizer.learningRate or rollouts.maxStaleness; or they sample at a higher temperature than they say"),
                Lasting),
        ];
    }

    private static string Before(double steps) =>
        steps == 1 ? "the step before" : string.Create(CultureInfo.InvariantCulture, $"{steps} steps before");

    private static IEnumerable<RunWarning> If(bool condition, string kind, string message, int persistence = 1) =>
        condition ? [new RunWarning(kind, message, persistence)] : [];
}
