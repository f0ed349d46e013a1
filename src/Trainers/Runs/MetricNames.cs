using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Runs;

/// <summary>Names of metrics, which are those of Hugging Face TRL's trainers, and the order of their columns.</summary>
public static class MetricNames
{
    /// <summary>Loss of the step.</summary>
    public const string Loss = "loss";

    /// <summary>Mean reward of the step's completions.</summary>
    public const string Reward = "reward";

    /// <summary>Mean over groups of the standard deviation of rewards within one.</summary>
    public const string RewardStd = "reward_std";

    /// <summary>Mean score of one reward, before its weight.</summary>
    /// <param name="part">The reward's name.</param>
    public static string PartMean(string part) => $"rewards/{part}/mean";

    /// <summary>Sample standard deviation (n − 1) of one reward's scores over all completions of the step.</summary>
    /// <param name="part">The reward's name.</param>
    public static string PartStd(string part) => $"rewards/{part}/std";

    /// <summary>Fraction of completions that one reward could not score, and that have the stated score instead.</summary>
    /// <param name="part">The reward's name.</param>
    public static string PartFailures(string part) => $"rewards/{part}/failures";

    /// <summary>Fraction of groups whose rewards are all equal, so that they teach nothing.</summary>
    public const string FractionZeroStd = "frac_reward_zero_std";

    /// <summary>Mean KL estimate against the reference policy, in nats a token.</summary>
    public const string Kl = "kl";

    /// <summary>Mean k3 estimate of the KL between the policy of the rollout and the current one, in nats a token.</summary>
    public const string ApproximateKl = "approx_kl";

    /// <summary>Mean entropy of the policy, in nats a token.</summary>
    public const string Entropy = "entropy";

    /// <summary>Fraction of tokens clipped below. Of the surrogates that clip: PPO's and GSPO's ratio under 1 − ε_low where the advantage is negative.</summary>
    public const string ClipLow = "clip_ratio/low_mean";

    /// <summary>Fraction of tokens clipped above: PPO's and GSPO's ratio over 1 + ε_high where the advantage is positive; CISPO's weights at their cap.</summary>
    public const string ClipHigh = "clip_ratio/high_mean";

    /// <summary>Fraction of tokens clipped at either side.</summary>
    public const string ClipRegion = "clip_ratio/region_mean";

    /// <summary>
    /// Mean over completions of what is maximised: the reward less penalties and less the KL coefficient times the KL, where the
    /// KL is in the reward.
    /// </summary>
    public const string RegularizedReward = "objective/rlhf_reward";

    /// <summary>
    /// Mean absolute difference, in nats a token, of the sampler's log-probs and the trainer's before the first update; 0 but for
    /// rounding. Not measured where filters make the sampler's distribution another.
    /// </summary>
    public const string SamplerDifference = "sampling/sampling_logp_difference/mean";

    /// <summary>
    /// Rounds of drawing that dynamic sampling needed. With it, reward, reward_std and frac_reward_zero_std are of all that was
    /// drawn.
    /// </summary>
    public const string SamplingRounds = "sampling/rounds";

    /// <summary>Fraction of completions that pass all judges.</summary>
    public const string JudgesPassed = "judges/passed";

    /// <summary>Mean reward of the greedy completions that are ReMax's baseline, penalties taken off.</summary>
    public const string GreedyReward = "reward/greedy";

    /// <summary>Mean token negative log-likelihood, in nats, of the demonstrations mixed in (PPO-ptx).</summary>
    public const string MixLoss = "loss/mix";

    /// <summary>Mean ratio of the policy to that of the rollout, over action tokens and updates.</summary>
    public const string Ratio = "val/ratio";

    /// <summary>Mean value loss ½(V − R)², clipped, over action tokens and updates.</summary>
    public const string ValueLoss = "value/loss";

    /// <summary>Fraction of action tokens whose value loss was the clipped one.</summary>
    public const string ValueClip = "value/clip_ratio";

    /// <summary>Mean value at the rollout.</summary>
    public const string ValueMean = "value/mean";

    /// <summary>1 − Var(R − V)/Var(R) over action tokens at the rollout: 1 is perfect, 0 is no better than a constant.</summary>
    public const string ExplainedVariance = "value/explained_variance";

    /// <summary>The KL coefficient in force, where it is adaptive.</summary>
    public const string KlCoefficient = "kl_coefficient";

    /// <summary>Passes over the rollout that were made before the KL stopped them.</summary>
    public const string EpochsDone = "epochs_done";

    /// <summary>Mean tokens of a completion.</summary>
    public const string MeanLength = "completions/mean_length";

    /// <summary>Most tokens of a completion of the step.</summary>
    public const string MaxLength = "completions/max_length";

    /// <summary>Fraction of completions that were cut off by their length.</summary>
    public const string ClippedRatio = "completions/clipped_ratio";

    /// <summary>Mean implicit reward β·log(π/π_ref) of chosen completions.</summary>
    public const string ChosenReward = "rewards/chosen";

    /// <summary>Mean implicit reward of rejected completions.</summary>
    public const string RejectedReward = "rewards/rejected";

    /// <summary>Mean lead of the chosen completion's implicit reward.</summary>
    public const string RewardMargin = "rewards/margins";

    /// <summary>Fraction of pairs whose chosen completion has the larger implicit reward.</summary>
    public const string RewardAccuracy = "rewards/accuracies";

    /// <summary>Mean log-prob of chosen completions, summed over tokens, in nats.</summary>
    public const string ChosenLogProb = "logps/chosen";

    /// <summary>Mean log-prob of rejected completions, summed over tokens, in nats.</summary>
    public const string RejectedLogProb = "logps/rejected";

    /// <summary>Global norm of the gradient before it is clipped.</summary>
    public const string GradNorm = "grad_norm";

    /// <summary>Learning rate of the step's last update.</summary>
    public const string LearningRate = "learning_rate";

    /// <summary>Tokens trained on since the run began.</summary>
    public const string NumTokens = "num_tokens";

    /// <summary>Wall-clock seconds of the step. Two runs of one seed differ in this and in what follows from it only.</summary>
    public const string StepTime = "step_time";

    /// <summary>Tokens of the step by its seconds.</summary>
    public const string TokensPerSecond = "tokens_per_second";

    /// <summary>The columns of a recipe's metrics.csv: all names, with those of its rewards' parts after the reward's own.</summary>
    /// <param name="recipe">The recipe.</param>
    public static IReadOnlyList<string> Of(Recipe recipe)
    {
        var stages = recipe.Stages.OfType<StageSettings.OnPolicy>().ToArray();
        IEnumerable<string> parts = stages.SelectMany(stage => stage.Rewards).Select(reward => reward.Name).Distinct()
            .SelectMany(name => new[] { PartMean(name), PartStd(name) });
        IEnumerable<string> failures = stages.Where(stage => stage.OnRewardError == RewardErrorAction.Score)
            .SelectMany(stage => stage.Rewards).Select(reward => PartFailures(reward.Name)).Distinct();
        return [.. All.TakeWhile(name => name != FractionZeroStd), .. parts, .. failures, .. All.SkipWhile(name => name != FractionZeroStd)];
    }

    /// <summary>Those that every run has, in the order of the columns of metrics.csv.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Loss, MixLoss, Reward, RewardStd, FractionZeroStd, RegularizedReward, GreedyReward, JudgesPassed, SamplingRounds, SamplerDifference,
        Kl, KlCoefficient, ApproximateKl, Ratio, EpochsDone, Entropy, ClipLow, ClipHigh, ClipRegion,
        ValueLoss, ValueClip, ValueMean, ExplainedVariance, MeanLength, MaxLength,
        ClippedRatio, ChosenReward, RejectedReward, RewardMargin, RewardAccuracy, ChosenLogProb, RejectedLogProb, GradNorm, LearningRate, NumTokens, StepTime, TokensPerSecond,
    ];
}
