using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Stages;

/// <summary>
/// What stages have in common that imitate completions which a model draws, chosen by their rewards: in rounds of drawing,
/// choosing, and supervised fine-tuning on what was kept.
/// </summary>
public abstract record SampledTuningSettings : StageSettings, IRewardedStage
{
    /// <summary>Prompts of one round.</summary>
    /// <value>256.</value>
    [Within(1)]
    public int PromptsPerRound { get; init; } = 256;

    /// <summary>Completions of each prompt.</summary>
    /// <value>8.</value>
    [Within(1)]
    public int CompletionsPerPrompt { get; init; } = 8;

    /// <summary>
    /// Optimizer steps of one round; then the next is drawn. A round that keeps nothing is drawn again at the next step, which
    /// leaves the model as it is.
    /// </summary>
    /// <value>50.</value>
    [Within(1)]
    public int StepsPerRound { get; init; } = 50;

    /// <summary>Sequences of one optimizer step.</summary>
    /// <value>64.</value>
    [Within(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>How completions are scored: the weighted sum of these.</summary>
    /// <value>Numeric.</value>
    public IReadOnlyList<RewardSettings> Rewards { get; init => field = new ValueList<RewardSettings>(value); } = new ValueList<RewardSettings>([new RewardSettings.Numeric()]);

    /// <summary>What becomes of a completion that a reward cannot score.</summary>
    /// <value>Stop.</value>
    public RewardErrorAction OnRewardError { get; init; } = RewardErrorAction.Stop;

    /// <summary>The part's score, before its weight, of a completion that it cannot score; read where those do not stop the run.</summary>
    /// <value>0.</value>
    [Within]
    public double RewardErrorScore { get; init; }

    /// <summary>Which completions are kept.</summary>
    public SelectionSettings Selection { get; init; } = new();

    /// <summary>Most tokens of a completion.</summary>
    /// <value>32.</value>
    [Within(1)]
    public int MaxCompletionTokens { get; init; } = 32;

    /// <summary>How completions are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <inheritdoc/>
    protected internal override StageSettings Locate(Func<string, string> resolve) =>
        (SampledTuningSettings)base.Locate(resolve) with { Rewards = [.. Rewards.Select(reward => reward.Locate(resolve))] };

    /// <inheritdoc/>
    protected internal override DatasetKind DataKind => DatasetKind.Prompts;

    /// <inheritdoc/>
    protected internal override StageData Read(StageReading reading) =>
        new QuestionData(reading.Questions(Data, MaxCompletionTokens, Selection.Keep == KeepKind.All ? [] : Rewards));

    /// <inheritdoc/>
    protected internal override void Check(Action<string, string, string> add)
    {
        Sampling.CheckVaried("sampling", add);
        if (CompletionsPerPrompt == 1 && Selection.Keep is KeepKind.Best or KeepKind.TopFraction)
        {
            add("completionsPerPrompt", $"1, of which keep {SettingsSchema.Key(Selection.Keep)} has nothing to choose", "at least 2, or keep passing");
        }
    }
}
