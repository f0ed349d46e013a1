using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Online DPO on <c>prompt,answer</c> (Guo et al. 2024): the policy draws several completions of each prompt, rewards or a judge
/// make a pair of two of them, and the policy learns from the pairs with any preference loss. The reference is the model as the stage begins,
/// or the model of every so many steps ago (iterated DPO).
/// </summary>
public sealed record OnlinePreferenceSettings : PairwiseSettings, IRewardedStage
{
    /// <summary>Prompts of one step, each of which makes at most one pair.</summary>
    /// <value>64.</value>
    public int PromptsPerStep { get; init; } = 64;

    /// <summary>Completions of each prompt.</summary>
    /// <value>2.</value>
    public int CompletionsPerPrompt { get; init; } = 2;

    /// <summary>Which two completions of a prompt make a pair.</summary>
    /// <value>BestWorst.</value>
    public PairingKind Pairing { get; init; } = PairingKind.BestWorst;

    /// <summary>Steps after which the model becomes its own reference (iterated DPO); 0 keeps the model as the stage begins.</summary>
    /// <value>0.</value>
    public int RefreshEvery { get; init; }

    /// <summary>A language model that says which of two completions of a prompt is better, in place of rewards (RLAIF).</summary>
    /// <value>null: rewards say it.</value>
    public PairJudgeSettings? Judge { get; init; }

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } = new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>What becomes of a completion that a reward cannot score. With score, a pair that the judge cannot compare is left out.</summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>The part's score, before its weight, of a completion that it cannot score; read where those do not stop the run.</summary>
    /// <value>0.</value>
    public double RewardErrorScore { get; init; }

    /// <summary>Most tokens of a completion.</summary>
    /// <value>32.</value>
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>How completions are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <inheritdoc/>
    internal override IReadOnlyList<RewardSettings> RewardParts => Judge is null ? Rewards : [];

    /// <inheritdoc/>
    internal override StageSettings Locate(Func<string, string> resolve) =>
        (OnlinePreferenceSettings)base.Locate(resolve) with { Rewards = [.. Rewards.Select(reward => reward.Locate(resolve))] };

    /// <inheritdoc/>
    internal override IEnumerable<string> MetricGroups => Judge is null ? ["onlinedpo", "onlinedpo with rewards"] : ["onlinedpo"];
}
