namespace RlCore.Trainers.Metrics;

/// <summary>Names of metrics, which follow Hugging Face TRL's trainers, and the order of their columns.</summary>
public static partial class MetricNames
{
    /// <summary>First column of a run's tables: steps done over the whole run.</summary>
    internal const string GlobalStep = "global_step";

    /// <summary>Loss of the step, aggregated as configured for the stage, averaged over its updates.</summary>
    [Metric("nats, or as defined by the loss", "all")]
    public const string Loss = "loss";

    /// <summary>Mean reward of the step's completions.</summary>
    [Metric("reward", "on-policy, reject, rejectoffline, onlinedpo with rewards, distill")]
    public const string Reward = "reward";

    /// <summary>Mean over groups of the standard deviation of rewards within a group.</summary>
    [Metric("reward", "on-policy, reject, onlinedpo with rewards, distill")]
    public const string RewardStd = "reward_std";

    /// <summary>Mean score of one reward, before its weight.</summary>
    /// <param name="part">The reward's name.</param>
    [Metric("reward", "on-policy, reject, onlinedpo with rewards, distill", Trl = "rewards/NAME/mean")]
    public static string PartMean(string part) => $"rewards/{part}/mean";

    /// <summary>Sample standard deviation (n − 1) of one reward's scores over all completions of the step.</summary>
    /// <param name="part">The reward's name.</param>
    [Metric("reward", "on-policy, reject, onlinedpo with rewards, distill", Trl = "rewards/NAME/std")]
    public static string PartStd(string part) => $"rewards/{part}/std";

    /// <summary>
    /// Fraction of completions that one reward could not score and that got the configured score instead; for an online judge
    /// (NAME is judge), the fraction left out.
    /// </summary>
    /// <param name="part">The reward's name.</param>
    [Metric("fraction", "on-policy, reject, onlinedpo, distill", Trl = "")]
    public static string PartFailures(string part) => $"rewards/{part}/failures";

    /// <summary>
    /// Fraction of completions that scored 0 because checking them passed the limit of work of one reward; only for jsonSchema.
    /// </summary>
    /// <param name="part">The reward's name.</param>
    [Metric("fraction", "on-policy, reject, onlinedpo with rewards, distill", Trl = "")]
    public static string PartUndecided(string part) => $"rewards/{part}/undecided";

    /// <summary>Fraction of groups whose rewards are all equal, so that they teach nothing.</summary>
    [Metric("fraction", "on-policy, reject, onlinedpo with rewards, distill")]
    public const string FractionZeroStd = "frac_reward_zero_std";

    /// <summary>
    /// Mean k3 estimate of the KL to the reference policy over action tokens: r − 1 − log r with r = π_ref/π; for KTO, max(0,
    /// mean log π/π_ref of completions paired with other prompts).
    /// </summary>
    [Metric("nats per token; for KTO, nats", "on-policy, kto")]
    public const string Kl = "kl";

    /// <summary>
    /// Mean k3 estimate of the KL between the policy of the rollout and the current one over action tokens: r − 1 − log r with
    /// r = π/π_old. (TRL's policy/approxkl_avg is another estimate of it, ½(log r)².)
    /// </summary>
    [Metric("nats per token", "on-policy", Trl = "")]
    public const string ApproximateKl = "approx_kl";

    /// <summary>
    /// Mean KL(π_old‖π) of the step that TRPO took, over the whole next-token distributions at the rollout's tokens: at most maxKl; 0
    /// where no step was taken.
    /// </summary>
    [Metric("nats per token", "on-policy with a trust region", Trl = "")]
    public const string RegionKl = "trust_region/kl";

    /// <summary>Length of the step that TRPO took, as a fraction of the one that the optimizer proposed; 0 where none was taken.</summary>
    [Metric("fraction", "on-policy with a trust region", Trl = "")]
    public const string RegionFraction = "trust_region/step";

    /// <summary>How often TRPO shortened the proposed step.</summary>
    [Metric("times", "on-policy with a trust region", Trl = "")]
    public const string RegionBacktracks = "trust_region/backtracks";

    /// <summary>Mean entropy −Σ π log π of the policy over action tokens.</summary>
    [Metric("nats per token", "on-policy, sft, reject, rejectoffline, distill, gkd")]
    public const string Entropy = "entropy";

    /// <summary>
    /// Fraction of tokens clipped at the lower bound, for surrogates that clip: PPO's token ratio and GSPO's sequence ratio
    /// below 1 − ε_low, GMPO's token ratio below exp(−ε_low), where the advantage is negative.
    /// </summary>
    [Metric("fraction", "on-policy")]
    public const string ClipLow = "clip_ratio/low_mean";

    /// <summary>
    /// Fraction of tokens clipped at the upper bound: the same ratios above 1 + ε_high (GMPO: exp(ε_high)), where the
    /// advantage is positive; for CISPO, weights at their cap.
    /// </summary>
    [Metric("fraction", "on-policy")]
    public const string ClipHigh = "clip_ratio/high_mean";

    /// <summary>Fraction of action tokens clipped at either bound: the sum of the two.</summary>
    [Metric("fraction", "on-policy")]
    public const string ClipRegion = "clip_ratio/region_mean";

    /// <summary>
    /// Mean over completions of the quantity that is maximised: the reward minus penalties, and minus the KL coefficient times the
    /// KL if the KL is in the reward.
    /// </summary>
    [Metric("reward", "on-policy")]
    public const string RegularizedReward = "objective/rlhf_reward";

    /// <summary>
    /// Mean absolute difference between the sampler's log-probs and the trainer's before the first update; 0 up to
    /// rounding. Not measured if sampling filters change the sampler's distribution.
    /// </summary>
    [Metric("nats per token", "on-policy")]
    public const string SamplerDifference = "sampling/sampling_logp_difference/mean";

    /// <summary>
    /// Sampling rounds that dynamic sampling needed. With it, reward, reward_std and frac_reward_zero_std cover everything that was
    /// drawn.
    /// </summary>
    [Metric("rounds", "on-policy with dynamic sampling", Trl = "")]
    public const string SamplingRounds = "sampling/rounds";

    /// <summary>Fraction of completions that pass all judges.</summary>
    [Metric("fraction", "on-policy with judges", Trl = "")]
    public const string JudgesPassed = "judges/passed";

    /// <summary>Mean reward, after penalties, of the greedy completions that are ReMax's baseline.</summary>
    [Metric("reward", "on-policy with a greedy baseline", Trl = "")]
    public const string GreedyReward = "reward/greedy";

    /// <summary>Mean negative log-likelihood per token of the demonstrations mixed in (PPO-ptx).</summary>
    [Metric("nats per token", "on-policy with mixed data", Trl = "")]
    public const string MixLoss = "loss/mix";

    /// <summary>Mean ratio of the policy to the rollout's policy, over action tokens and updates.</summary>
    [Metric("ratio", "on-policy")]
    public const string Ratio = "val/ratio";

    /// <summary>Mean value loss ½(V − R)², clipped, over action tokens and updates.</summary>
    [Metric("squared reward", "on-policy with a value model", Trl = "loss/value_avg")]
    public const string ValueLoss = "value/loss";

    /// <summary>Fraction of action tokens whose value loss was the clipped one.</summary>
    [Metric("fraction", "on-policy with a value model", Trl = "val/clipfrac_avg")]
    public const string ValueClip = "value/clip_ratio";

    /// <summary>Mean value at the rollout.</summary>
    [Metric("reward", "on-policy with a value model", Trl = "")]
    public const string ValueMean = "value/mean";

    /// <summary>1 − Var(R − V)/Var(R) over action tokens at the rollout: 1 is perfect, 0 is no better than a constant.</summary>
    [Metric("fraction", "on-policy with a value model", Trl = "")]
    public const string ExplainedVariance = "value/explained_variance";

    /// <summary>The KL coefficient in force, where it is adaptive.</summary>
    [Metric("reward per nat", "on-policy", Trl = "")]
    public const string KlCoefficient = "kl_coefficient";

    /// <summary>Number of passes over the rollout made before the KL stopped them.</summary>
    [Metric("passes", "on-policy", Trl = "")]
    public const string EpochsDone = "epochs_done";

    /// <summary>Mean number of tokens per completion.</summary>
    [Metric("tokens", "on-policy, reject, onlinedpo, distill, gkd")]
    public const string MeanLength = "completions/mean_length";

    /// <summary>Largest number of tokens in a completion of the step.</summary>
    [Metric("tokens", "on-policy, reject, onlinedpo, distill, gkd")]
    public const string MaxLength = "completions/max_length";

    /// <summary>Fraction of completions truncated at the maximum length.</summary>
    [Metric("fraction", "on-policy, reject, onlinedpo, distill")]
    public const string ClippedRatio = "completions/clipped_ratio";

    /// <summary>Mean implicit reward β·log(π/π_ref) of chosen completions.</summary>
    [Metric("nats · β", "preference, kto, onlinedpo")]
    public const string ChosenReward = "rewards/chosen";

    /// <summary>Mean implicit reward β·log(π/π_ref) of rejected completions.</summary>
    [Metric("nats · β", "preference, kto, onlinedpo")]
    public const string RejectedReward = "rewards/rejected";

    /// <summary>Mean margin of the chosen completion's implicit reward over the rejected one's.</summary>
    [Metric("nats · β", "preference, kto, onlinedpo")]
    public const string RewardMargin = "rewards/margins";

    /// <summary>Fraction of pairs whose chosen completion has the larger implicit reward.</summary>
    [Metric("fraction", "preference, onlinedpo")]
    public const string RewardAccuracy = "rewards/accuracies";

    /// <summary>
    /// Mean margin of the chosen completion's reward over the rejected one's, over the pairs of the step; with a judge, |2p −
    /// 1|, where p is its preference for the chosen one.
    /// </summary>
    [Metric("reward", "onlinedpo")]
    public const string ScoresMargin = "objective/scores_margin";

    /// <summary>
    /// Fraction of the step's prompts that gave no pair, because the two completions were equally good or identical, or a
    /// judge preferred neither.
    /// </summary>
    [Metric("fraction", "onlinedpo", Trl = "")]
    public const string TiedFraction = "pairs/tied";

    /// <summary>1 if the step's completions were drawn from the student, 0 if they were given; its mean is GKD's λ.</summary>
    [Metric("0 or 1", "gkd", Trl = "")]
    public const string OnPolicyFraction = "on_policy";

    /// <summary>Mean log-prob of chosen completions, summed over tokens.</summary>
    [Metric("nats", "preference, kto, onlinedpo")]
    public const string ChosenLogProb = "logps/chosen";

    /// <summary>Mean log-prob of rejected completions, summed over tokens.</summary>
    [Metric("nats", "preference, kto, onlinedpo")]
    public const string RejectedLogProb = "logps/rejected";

    /// <summary>BCO's reward shift δ: the mean implicit reward of all completions so far.</summary>
    [Metric("nats · β", "preference, kto, onlinedpo")]
    public const string Delta = "delta";

    /// <summary>
    /// Fraction of ordered pairs whose better completion has the larger reward under the reward model; a tie counts as one
    /// half.
    /// </summary>
    [Metric("fraction", "reward")]
    public const string Accuracy = "accuracy";

    /// <summary>Mean over ordered pairs of the better completion's reward minus the worse one's.</summary>
    [Metric("reward", "reward")]
    public const string Margin = "margin";

    /// <summary>Smallest reward of the step's completions under the reward model.</summary>
    [Metric("reward", "reward")]
    public const string MinReward = "min_reward";

    /// <summary>Mean reward of the step's completions under the reward model.</summary>
    [Metric("reward", "reward")]
    public const string MeanReward = "mean_reward";

    /// <summary>Largest reward of the step's completions under the reward model.</summary>
    [Metric("reward", "reward")]
    public const string MaxReward = "max_reward";

    /// <summary>
    /// Fraction of steps that score and label agree on: a step is good if σ(score), or its label, is at least one half.
    /// </summary>
    [Metric("fraction", "reward with steps", Trl = "accuracy")]
    public const string StepAccuracy = "steps/accuracy";

    /// <summary>Fraction of steps whose label is at least one half.</summary>
    [Metric("fraction", "reward with steps", Trl = "")]
    public const string PositiveSteps = "steps/positive";

    /// <summary>Mean σ(score) over steps: how likely the reward model takes them to be good.</summary>
    [Metric("probability", "reward with steps", Trl = "")]
    public const string StepScore = "steps/score";

    /// <summary>
    /// Mean −log σ(r_w − r_l) over held-out pairs, or cross-entropy over held-out steps, after the step's update; the row of step 0 is
    /// measured before the first update.
    /// </summary>
    [Metric("nats", "reward, reward with steps")]
    public const string HeldOutLoss = "eval_loss";

    /// <summary>
    /// Fraction of held-out pairs whose better completion has the larger reward, or of held-out steps that score and label agree on, after
    /// the step's update.
    /// </summary>
    [Metric("fraction", "reward, reward with steps")]
    public const string HeldOutAccuracy = "eval_accuracy";

    /// <summary>Mean margin of the better completion over held-out pairs, after the step's update.</summary>
    [Metric("reward", "reward")]
    public const string HeldOutMargin = "eval_margin";

    /// <summary>Fraction of held-out completions with a wrong step whose first wrong step is found.</summary>
    [Metric("fraction", "reward with steps", Trl = "")]
    public const string HeldOutWrongAccuracy = "eval_accuracy/wrong";

    /// <summary>Fraction of held-out completions without a wrong step in which none is found.</summary>
    [Metric("fraction", "reward with steps", Trl = "")]
    public const string HeldOutRightAccuracy = "eval_accuracy/right";

    /// <summary>
    /// ProcessBench's F1 on held-out completions: the harmonic mean of the accuracy on those with a wrong step and on those without one.
    /// </summary>
    [Metric("fraction", "reward with steps", Trl = "")]
    public const string HeldOutF1 = "eval_f1";

    /// <summary>Global norm √Σ g² of the gradient before it is clipped.</summary>
    [Metric("nats, or as defined by the loss", "all")]
    public const string GradNorm = "grad_norm";

    /// <summary>Learning rate of the step's last update.</summary>
    [Metric("", "all")]
    public const string LearningRate = "learning_rate";

    /// <summary>Tokens trained on since the run began.</summary>
    [Metric("tokens", "all")]
    public const string NumTokens = "num_tokens";

    /// <summary>Wall-clock seconds of the step. Two runs with the same seed differ only in this and in what is computed from it.</summary>
    [Metric("seconds", "all")]
    public const string StepTime = "step_time";

    /// <summary>Tokens of the step divided by its seconds.</summary>
    [Metric("tokens per second", "all", Trl = "")]
    public const string TokensPerSecond = "tokens_per_second";

    /// <summary>All except those of individual rewards, in the column order of metrics.csv.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Loss, MixLoss, Reward, RewardStd, FractionZeroStd, FirstAttempt, SecondAttempt, AttemptsBetter, AttemptsWorse, AttemptsRepeated,
        Staleness, FailedRequests, SamplerWeight, Surprise,
        KeptReward, KeptFraction, SearchDrawn, SearchScored, SearchCalls, SearchSolved, SearchKeptLength, RegularizedReward,
        GreedyReward, JudgesPassed, SamplingRounds, SamplerDifference,
        Kl, KlCoefficient, ApproximateKl, Ratio, EpochsDone, RegionKl, RegionFraction, RegionBacktracks,
        Entropy, ClipLow, ClipHigh, ClipRegion,
        ValueLoss, ValueClip, ValueMean, ExplainedVariance, MeanLength, MaxLength,
        ClippedRatio, OnPolicyFraction, ChosenReward, RejectedReward, RewardMargin,
        RewardAccuracy, ScoresMargin, TiedFraction, ChosenLogProb, RejectedLogProb, Delta,
        Accuracy, Margin, MinReward, MeanReward, MaxReward, StepAccuracy, PositiveSteps, StepScore,
        HeldOutLoss, HeldOutAccuracy, HeldOutMargin, HeldOutWrongAccuracy, HeldOutRightAccuracy, HeldOutF1,
        GradNorm, LearningRate, NumTokens, StepTime, TokensPerSecond,
    ];
}
