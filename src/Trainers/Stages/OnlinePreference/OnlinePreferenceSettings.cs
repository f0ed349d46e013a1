using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// Online DPO on <c>prompt,answer</c> (Guo et al. 2024): the policy draws several completions of each prompt, rewards or a judge
/// turn two of them into a pair, and the policy learns from the pairs with any preference loss. The reference is the model at the
/// start of the stage, or a copy refreshed at regular steps (iterated DPO).
/// </summary>
public sealed record OnlinePreferenceSettings : PairwiseSettings, IRewardedStage
{
    /// <summary>Prompts per step; each gives at most one pair.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int PromptsPerStep { get; init; } = 64;

    /// <summary>Completions per prompt.</summary>
    /// <value>2.</value>
    [Within(2)]
    public int CompletionsPerPrompt { get; init; } = 2;

    /// <summary>Which two completions of a prompt make a pair.</summary>
    /// <value>BestWorst.</value>
    public PairingKind Pairing { get; init; } = PairingKind.BestWorst;

    /// <summary>
    /// Steps after which the current model becomes the reference (iterated DPO); 0 keeps the model at the start of the stage.
    /// </summary>
    /// <value>0.</value>
    [Within(0)]
    public int RefreshEvery { get; init; }

    /// <summary>A language model that says which of two completions of a prompt is better, in place of rewards (RLAIF).</summary>
    /// <value>null: rewards decide.</value>
    public PairJudgeSettings? Judge { get; init; }

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } =
        new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>
    /// What happens when a reward cannot score a completion. With score, a pair that the judge cannot compare is skipped.
    /// </summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>
    /// The score, before its weight, of a completion that a reward cannot score; used only if such completions do not stop the
    /// run.
    /// </summary>
    /// <value>0.</value>
    [Within]
    public double RewardErrorScore { get; init; }

    /// <summary>
    /// Largest share of the last 64 or more completions that may fail to be scored, if single failures do not stop the run: a larger one
    /// does; 1 never does.
    /// </summary>
    /// <value>0.5.</value>
    [Within(0, 1)]
    public double MaxRewardErrorShare { get; init; } = RewardErrors.DefaultMaxShare;

    /// <summary>Maximum tokens per completion.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>How completions are sampled.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <inheritdoc/>
    internal override IReadOnlyList<RewardSettings> RewardParts => Judge is null ? Rewards : [];

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) =>
        (OnlinePreferenceSettings)base.Locate(resolve) with { Rewards = [.. Rewards.Select(reward => reward.Locate(resolve))] };

    /// <inheritdoc/>
    protected internal override IEnumerable<string> MetricGroups => Judge is null ? ["onlinedpo", "onlinedpo with rewards"] : ["onlinedpo"];

    /// <inheritdoc/>
    internal override IEnumerable<string> ScoredParts => RewardParts.Select(reward => reward.Name);

    /// <inheritdoc/>
    internal override IEnumerable<string> FailingParts => Judge is null ? ScoredParts : [PairPreference.PartName];

    /// <inheritdoc/>
    protected internal override string Kind => "onlinedpo";

    /// <inheritdoc/>
    internal override int DrawnPerPrompt => CompletionsPerPrompt;

    /// <inheritdoc/>
    internal override bool KeepsAnotherModel => NeedsReference;

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Prompts;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new QuestionData(reading.Questions(Data, MaxCompletionTokens, Judge is { } judge ? [judge] : Rewards));

    /// <inheritdoc/>
    protected internal override IStageTrainer CreateTrainer<T>(StageContext<T> run) =>
        new OnlinePreferenceTrainer<T>(
            run.Engine,
            run.Model,
            NeedsReference ? run.Reference() : null,
            this,
            run.Task(this, run.Data<QuestionData>().Questions, Judge is { } judge ? Compare(judge, run.Rewards) : null));

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        base.Check(add);
        Sampling.CheckVaried("sampling", add);
        if (RefreshEvery > 0 && !NeedsReference)
        {
            add("refreshEvery", $"{RefreshEvery}, with the loss {InlineUnion.NameOf(Loss)}, which has no reference", "0, or another loss");
        }

        if (CompletionsPerPrompt == 2 && Pairing == PairingKind.Random)
        {
            add("pairing", "random, with 2 completions per prompt, which form only one pair", "no such setting, or at least 3 completions");
        }

        if (Judge is not null)
        {
            CheckJudged(add);
        }
    }

    private void CheckJudged(Action<string, string, string> add)
    {
        if (CompletionsPerPrompt != 2)
        {
            add("completionsPerPrompt", $"{CompletionsPerPrompt}, with a judge, which compares two", "2, or no judge");
        }

        if (!Rewards.Equals(new OnlinePreferenceSettings().Rewards))
        {
            add("rewards", "settings of rewards, which are ignored with a judge", "no such settings, or no judge");
        }

        if (RewardErrorScore != 0)
        {
            add(
                "rewardErrorScore",
                $"{RewardErrorScore}, with a judge, which skips pairs that it cannot compare",
                "no such setting, or no judge");
        }
    }

    private RewardSum Compare(PairJudgeSettings judge, RewardContext context) =>
        new([new WeightedReward(PairPreference.Create(judge, context), 1)], ((IRewardedStage)this).Errors) { Parallel = context.Parallel };
}
