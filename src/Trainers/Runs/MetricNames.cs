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

    /// <summary>Mean reward of the completions that rejection sampling has kept; on the step that draws a round.</summary>
    public const string KeptReward = "selection/reward";

    /// <summary>Fraction of the round's completions that rejection sampling has kept, equal ones once where the stage says so.</summary>
    public const string KeptFraction = "selection/kept";

    /// <summary>Mean KL estimate against the reference policy, in nats a token.</summary>
    public const string Kl = "kl";

    /// <summary>Mean k3 estimate of the KL between the policy of the rollout and the current one, in nats a token.</summary>
    public const string ApproximateKl = "approx_kl";

    /// <summary>Mean entropy of the policy, in nats a token.</summary>
    public const string Entropy = "entropy";

    /// <summary>Fraction of tokens clipped below.</summary>
    public const string ClipLow = "clip_ratio/low_mean";

    /// <summary>Fraction of tokens clipped above.</summary>
    public const string ClipHigh = "clip_ratio/high_mean";

    /// <summary>Fraction of tokens clipped at either side.</summary>
    public const string ClipRegion = "clip_ratio/region_mean";

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

    /// <summary>Mean lead of the chosen completion's reward over the rejected one's, over the pairs of an online step.</summary>
    public const string ScoresMargin = "objective/scores_margin";

    /// <summary>Fraction of the step's prompts that made no pair, as the two completions were equally good or the same.</summary>
    public const string TiedFraction = "pairs/tied";

    /// <summary>1 where the step's completions were drawn from the model that learns, 0 where they were given (GKD's λ is its mean).</summary>
    public const string OnPolicyFraction = "on_policy";

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
        var stages = recipe.Stages.OfType<IRewardedStage>().ToArray();
        IEnumerable<string> parts = stages.SelectMany(stage => stage.Rewards).Select(reward => reward.Name).Distinct()
            .SelectMany(name => new[] { PartMean(name), PartStd(name) });
        IEnumerable<string> failures = stages.Where(stage => stage.OnRewardError == RewardErrorAction.Score)
            .SelectMany(stage => stage.Rewards).Select(reward => PartFailures(reward.Name)).Distinct();
        return [.. All.TakeWhile(name => name != FractionZeroStd), .. parts, .. failures, .. All.SkipWhile(name => name != FractionZeroStd)];
    }

    /// <summary>Those that every run has, in the order of the columns of metrics.csv.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Loss, Reward, RewardStd, FractionZeroStd, KeptReward, KeptFraction, Kl, ApproximateKl, Entropy, ClipLow, ClipHigh, ClipRegion, MeanLength, MaxLength,
        ClippedRatio, OnPolicyFraction, ChosenReward, RejectedReward, RewardMargin, RewardAccuracy, ScoresMargin, TiedFraction, ChosenLogProb, RejectedLogProb, GradNorm, LearningRate, NumTokens, StepTime, TokensPerSecond,
    ];
}
