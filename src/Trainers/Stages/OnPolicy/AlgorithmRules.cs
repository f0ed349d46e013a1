using RlCore.Algebra;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Rules between the settings of an on-policy algorithm: a setting that the algorithm ignores is rejected, with the
/// alternative that uses it.
/// </summary>
internal static class AlgorithmRules
{
    private static readonly OnPolicyAlgorithm Plain = new();

    /// <summary>Checks a stage's algorithm.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void Check(OnPolicySettings stage, Action<string, string, string> add)
    {
        OnPolicyAlgorithm algorithm = stage.Algorithm;
        var rules = new List<(bool Broken, string Key, string Found, string Expected)>();
        rules.AddRange(OfUpdates(algorithm));
        rules.AddRange(OfAdvantages(algorithm));
        rules.AddRange(OfValues(stage));
        rules.AddRange(OfKl(algorithm));
        rules.AddRange(OfDrawing(stage));
        rules.AddRange(OfTrustRegion(stage));
        algorithm.Sampling.CheckVaried("algorithm.sampling", add);
        algorithm.Sampling.CheckScored("algorithm.sampling", add);
        foreach (var (_, key, found, expected) in rules.Where(rule => rule.Broken))
        {
            add(SettingsSchema.Join("algorithm", key), found, expected);
        }

        (bool Broken, string Key, string Found, string Expected)[] others = [.. OfStage(stage), .. OfAttempts(stage), .. OfServers(stage)];
        foreach (var (_, key, found, expected) in others.Where(rule => rule.Broken))
        {
            add(key, found, expected);
        }
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfUpdates(OnPolicyAlgorithm algorithm)
    {
        yield return (
            !algorithm.Surrogate.UsesOldPolicy && algorithm.UpdatesPerRollout > 1,
            "iterations, miniBatches",
            $"{algorithm.UpdatesPerRollout} updates per rollout, with the surrogate {InlineUnion.NameOf(algorithm.Surrogate)}",
            "1, as it has no ratio to correct later updates; or the surrogate clip");
        yield return (
            algorithm.EpochKlTarget > 0 && algorithm.UpdatesPerRollout == 1,
            "epochKlTarget",
            $"{algorithm.EpochKlTarget}, with one update a rollout",
            "0, as the first update is always made; or several iterations or mini-batches");
    }

    // The line search compares the surrogate of the rollout, and that alone, before and after one step.
    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfTrustRegion(OnPolicySettings stage)
    {
        OnPolicyAlgorithm algorithm = stage.Algorithm;
        if (algorithm.TrustRegion is null)
        {
            yield break;
        }

        yield return (
            algorithm.UpdatesPerRollout > 1,
            "iterations, miniBatches",
            $"{algorithm.UpdatesPerRollout} updates per rollout, with a trust region around the policy of the rollout",
            "1, or a trustRegion of null");
        yield return (
            !algorithm.Surrogate.UsesOldPolicy,
            "surrogate",
            $"{InlineUnion.NameOf(algorithm.Surrogate)}, which says nothing of a policy other than that of the rollout",
            "importanceWeighted, or another surrogate of the ratio; or a trustRegion of null");
        yield return (
            algorithm.Value is { Trunk: ValueTrunk.Shared },
            "value.trunk",
            "shared, with a trust region: what the step does to the values is not measured",
            "own, or a trustRegion of null");
        yield return (
            stage.MixData.Length > 0,
            "trustRegion",
            "a trust region, with mixData, whose loss the line search does not measure",
            "null, or no mixData");
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfAdvantages(OnPolicyAlgorithm algorithm)
    {
        string advantage = InlineUnion.NameOf(algorithm.Advantage);
        yield return (
            algorithm.Advantage.ComparesGroup && algorithm.GroupSize < 2,
            "groupSize",
            $"{algorithm.GroupSize}, with the advantage {advantage}",
            "at least 2, as it compares the completions of one prompt; or the advantage gae, rewardToGo or greedyBaseline");
        yield return (
            algorithm.Advantage is AdvantageEstimate.BestOfGroup { AdvantageScale: AdvantageScale.Batch },
            "advantageScale",
            "batch, with the advantage bestOfGroup",
            "group or none");
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfValues(OnPolicySettings stage)
    {
        OnPolicyAlgorithm algorithm = stage.Algorithm;
        yield return (
            !algorithm.Advantage.UsesValues && algorithm.Value is not null,
            "value",
            $"a value model, which the advantage {InlineUnion.NameOf(algorithm.Advantage)} ignores",
            "null, or the advantage gae");
        yield return (
            algorithm.Advantage.UsesValues && algorithm.Value is null,
            "value",
            "null, with the advantage gae",
            "the settings of a value model: {} for the defaults");
        long updates = (long)stage.Steps * algorithm.UpdatesPerRollout;
        yield return (
            algorithm.Value?.Optimizer.Schedule.WarmupSteps > updates,
            "value.optimizer.warmupSteps",
            $"{algorithm.Value?.Optimizer.Schedule.WarmupSteps}",
            $"at most the {updates} optimizer steps of the stage");
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfKl(OnPolicyAlgorithm algorithm)
    {
        yield return (
            algorithm.KlTarget > 0 && !algorithm.KlPlacement.IsActive,
            "klTarget",
            $"{algorithm.KlTarget}, with a KL coefficient of 0, which cannot be adapted",
            "0, or an initial coefficient above 0");
        yield return (
            algorithm.KlTarget == 0 && algorithm.KlHorizon != Plain.KlHorizon,
            "klHorizon",
            $"{algorithm.KlHorizon}, which a fixed KL coefficient ignores",
            "no such setting, or a klTarget above 0");
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfDrawing(OnPolicySettings stage)
    {
        OnPolicyAlgorithm algorithm = stage.Algorithm;
        yield return (
            algorithm.DynamicSampling && algorithm.GroupSize < 2,
            "dynamicSampling",
            "true, with one completion per prompt",
            "false, as a single reward never differs; or a larger groupSize");
        yield return (
            !algorithm.DynamicSampling && algorithm.MaxSamplingRounds != Plain.MaxSamplingRounds,
            "maxSamplingRounds",
            $"{algorithm.MaxSamplingRounds}, without dynamic sampling",
            "no such setting, or dynamicSampling");
        yield return (
            algorithm.OverlongBuffer >= stage.MaxCompletionTokens,
            "overlongBuffer",
            $"{algorithm.OverlongBuffer}, with completions of at most {stage.MaxCompletionTokens} tokens",
            "fewer, as the penalty grows over the last tokens");
        yield return (
            algorithm.OverlongBuffer == 0 && algorithm.OverlongPenalty != Plain.OverlongPenalty,
            "overlongPenalty",
            $"{algorithm.OverlongPenalty}, without a buffer over which it grows",
            "no such setting, or an overlongBuffer above 0");
    }

    // Servers tell log-probs of the model itself, and what is drawn ahead is known before.
    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfServers(OnPolicySettings stage)
    {
        if (stage.Rollouts is not { } servers)
        {
            yield break;
        }

        yield return (
            stage.Algorithm.Sampling is not { Temperature: 1, TopK: 0, TopP: 1, MinP: 0 },
            "algorithm.sampling",
            "a temperature or filters, with rollouts of servers, whose log-probs are those of temperature 1 without filters",
            "no such settings, or rollouts of null");
        yield return (
            servers.Asynchronous && stage.Algorithm.DynamicSampling,
            "rollouts.asynchronous",
            "true, with dynamicSampling, which knows its prompts only when it has seen rewards",
            "false");
        yield return (
            servers.Asynchronous && stage.SecondAttempt is not null,
            "rollouts.asynchronous",
            "true, with secondAttempt, whose prompts are first attempts",
            "false");
        yield return (
            servers.Asynchronous && servers.Correction is SamplerCorrection.None,
            "rollouts.correction",
            "none, with asynchronous, whose completions are not the policy's own",
            "tokenTruncate or another correction");
    }

    // Attempts stay together, and each is rewarded as a whole.
    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfAttempts(OnPolicySettings stage)
    {
        if (stage.SecondAttempt is not { } again)
        {
            yield break;
        }

        string advantage = InlineUnion.NameOf(stage.Algorithm.Advantage);
        yield return (
            stage.Algorithm.DynamicSampling,
            "algorithm.dynamicSampling",
            "true, with secondAttempt: it would keep one attempt of a question without the other",
            "false, or a secondAttempt of null");
        yield return (
            stage.Algorithm.Advantage.UsesGreedyBaseline || stage.Algorithm.Advantage.UsesSteps,
            "algorithm.advantage",
            $"{advantage}, with secondAttempt",
            "groupRelative, leaveOneOut, gae or another that reads one reward of each completion; or a secondAttempt of null");
        yield return (
            again.PassAt != new SecondAttemptSettings().PassAt && !again.TellsVerdict,
            "secondAttempt.passAt",
            $"{again.PassAt}, without a promptWhenRight, so that nothing depends on it",
            "no such setting, or a promptWhenRight");
    }

    private static IEnumerable<(bool Broken, string Key, string Found, string Expected)> OfStage(OnPolicySettings stage)
    {
        string advantage = InlineUnion.NameOf(stage.Algorithm.Advantage);
        bool judged = stage.Algorithm.Advantage.UsesVerdicts;
        yield return (
            stage.PromptsPerStep % stage.Algorithm.MiniBatches != 0,
            "algorithm.miniBatches",
            $"{stage.Algorithm.MiniBatches}, with {stage.PromptsPerStep} prompts per step",
            "a divisor of the prompts, so that none is left out");
        yield return (
            judged && stage.Judges.Count == 0,
            "judges",
            $"none, with the advantage {advantage}",
            "at least one reward that judges completions");
        yield return (
            !judged && (stage.Judges.Count > 0 || stage.JudgePassAt != new OnPolicySettings().JudgePassAt),
            "judges, judgePassAt",
            $"judges, which the advantage {advantage} ignores",
            "no such settings, or the algorithm cgpo");
        int ofSteps = stage.Rewards.OfType<RewardSettings.Process>().Count();
        yield return (
            stage.Algorithm.Advantage.UsesSteps && ofSteps != 1,
            "rewards",
            $"{(ofSteps == 0 ? "no reward" : $"{ofSteps} rewards")} of the type process, with the advantage {advantage}",
            "one, whose rewards of steps it reads");
        yield return (
            stage.Algorithm.Advantage.UsesSteps && stage.ShuffleRewards,
            "shuffleRewards",
            $"true, with the advantage {advantage}",
            "false, as the rewards of steps belong to their completions; or another advantage");
        yield return (
            stage.Algorithm.OverlongBuffer > 0 && stage.Rewards.OfType<RewardSettings.SoftOverlong>().Any(),
            "algorithm.overlongBuffer",
            $"{stage.Algorithm.OverlongBuffer}, beside the reward softOverlong, which penalises the same tokens",
            "one of the two: the buffer, which dynamic sampling does not see (DAPO), or the reward, which counts everywhere");
        yield return (
            stage.Judges.Any(judge => judge.Weight != 1),
            "judges",
            "a judge with a weight",
            "no weight, as a completion either passes a judge or fails it");
        yield return (
            stage.MixData.Length > 0 != stage.MixCoefficient > 0,
            "mixData, mixCoefficient",
            $"\"{stage.MixData}\", {stage.MixCoefficient}",
            "both, or neither");
        yield return (
            stage.MixData.Length == 0 && stage.MixBatchSize != new OnPolicySettings().MixBatchSize,
            "mixBatchSize",
            $"{stage.MixBatchSize}, without mixData",
            "no such setting, or mixData");
    }
}
