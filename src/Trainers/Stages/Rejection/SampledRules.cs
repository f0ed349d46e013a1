using RlCore.Trainers.Datasets;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>The ranges of settings of stages that learn from completions of a model, and what those settings ask of each other.</summary>
internal static class SampledRules
{
    /// <summary>The ranges.</summary>
    public static IEnumerable<((Type Record, string Setting) Key, SettingRule Rule)> All() =>
    [
        RecipeRules.For<SampledTuningSettings>(stage => stage.PromptsPerRound, RecipeRules.AtLeast(1)),
        RecipeRules.For<SampledTuningSettings>(stage => stage.CompletionsPerPrompt, RecipeRules.AtLeast(1)),
        RecipeRules.For<SampledTuningSettings>(stage => stage.StepsPerRound, RecipeRules.AtLeast(1)),
        RecipeRules.For<SampledTuningSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<SampledTuningSettings>(stage => stage.MaxCompletionTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<SampledTuningSettings>(stage => stage.RewardErrorScore, Finite),
        RecipeRules.For<OfflineRejectionSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<OnlinePreferenceSettings>(stage => stage.PromptsPerStep, RecipeRules.AtLeast(1)),
        RecipeRules.For<OnlinePreferenceSettings>(stage => stage.CompletionsPerPrompt, RecipeRules.AtLeast(2)),
        RecipeRules.For<OnlinePreferenceSettings>(stage => stage.RefreshEvery, RecipeRules.AtLeast(0)),
        RecipeRules.For<OnlinePreferenceSettings>(stage => stage.MaxCompletionTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<OnlinePreferenceSettings>(stage => stage.RewardErrorScore, Finite),
        RecipeRules.For<DistillationSettings>(stage => stage.Teacher, Taught),
        RecipeRules.For<GkdSettings>(stage => stage.Teacher, Taught),
        RecipeRules.For<GkdSettings>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<GkdSettings>(stage => stage.Lambda, RecipeRules.Fraction),
        RecipeRules.For<GkdSettings>(stage => stage.Beta, RecipeRules.Fraction),
        RecipeRules.For<GkdSettings>(stage => stage.Temperature, RecipeRules.Positive),
        RecipeRules.For<GkdSettings>(stage => stage.MaxCompletionTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<SelectionSettings>(selection => selection.Fraction, RecipeRules.PositiveFraction),
        RecipeRules.For<SelectionSettings>(selection => selection.Threshold, Finite),
    ];

    private static SettingRule Taught { get; } = new(value => !string.IsNullOrWhiteSpace((string)value), "the name of an earlier stage, or the folder of a checkpoint or of a run");

    private static SettingRule Finite => RecipeRules.Number(_ => true, "a number");

    /// <summary>What the settings of a record ask of each other.</summary>
    /// <param name="record">The record.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void Check(object record, Action<string, string, string> add)
    {
        switch (record)
        {
            case SelectionSettings selection:
                CheckSelection(selection, add);
                break;
            case OfflineRejectionSettings stage:
                ColumnRules.Check(stage.Columns, DatasetKind.Scored, add);
                RecipeRules.CheckWarmup(stage, stage.Steps, add);
                CheckChoice(stage.Selection, add);
                break;
            case OnlinePreferenceSettings stage:
                CheckRewarded(stage, stage, add);
                PreferenceRules.Check(stage, add);
                CheckReference(stage, add);
                CheckJudge(stage, add);
                break;
            case GkdSettings stage:
                CheckGkd(stage, add);
                break;
            case DistillationSettings stage:
                CheckRewarded(stage, stage, add);
                CheckUnscored(stage, add);
                CheckSeveral(stage, add);
                break;
            case RejectionSettings stage:
                CheckRewarded(stage, stage, add);
                CheckChoice(stage.Selection, add);
                CheckSeveral(stage, add);
                break;
        }
    }

    private static void CheckRewarded(StageSettings stage, IRewardedStage rewarded, Action<string, string, string> add)
    {
        ColumnRules.Check(stage.Columns, DatasetKind.Prompts, add);
        RecipeRules.CheckWarmup(stage, stage.Steps, add);
        RewardRules.CheckList(rewarded.Rewards, new RewardErrors(rewarded.OnRewardError, rewarded.RewardErrorScore), add);
    }

    private static void CheckReference(OnlinePreferenceSettings stage, Action<string, string, string> add)
    {
        if (stage.RefreshEvery > 0 && !stage.NeedsReference)
        {
            add("refreshEvery", $"{stage.RefreshEvery}, with the loss {InlineUnion.NameOf(stage.Loss)}, which has no reference", "0, or another loss");
        }

        if (stage.CompletionsPerPrompt == 2 && stage.Pairing == PairingKind.Random)
        {
            add("pairing", "random, with 2 completions a prompt, which are one pair only", "no such setting, or at least 3 completions");
        }
    }

    private static void CheckJudge(OnlinePreferenceSettings stage, Action<string, string, string> add)
    {
        var plain = new OnlinePreferenceSettings();
        if (stage.Judge is null)
        {
            return;
        }

        if (stage.CompletionsPerPrompt != 2)
        {
            add("completionsPerPrompt", $"{stage.CompletionsPerPrompt}, with a judge, which compares two", "2, or no judge");
        }

        if (!stage.Rewards.Equals(plain.Rewards))
        {
            add("rewards", "settings of rewards, which are not read beside a judge", "no such settings, or no judge");
        }

        if (stage.RewardErrorScore != 0)
        {
            add("rewardErrorScore", $"{stage.RewardErrorScore}, with a judge, which leaves out a pair that it cannot compare", "no such setting, or no judge");
        }
    }

    private static void CheckGkd(GkdSettings stage, Action<string, string, string> add)
    {
        var plain = new GkdSettings();
        ColumnRules.Check(stage.Columns, stage.ReadsCompletions ? DatasetKind.Sft : DatasetKind.Prompts, add);
        RecipeRules.CheckWarmup(stage, stage.Steps, add);
        if (stage.Lambda == 1 && stage.Given != plain.Given)
        {
            add("given", $"{RecipeSchema.Key(stage.Given)}, with lambda 1, where every completion is the model's own", "no such setting, or lambda below 1");
        }

        bool draws = stage.Lambda > 0 || stage.Given == GivenKind.Teacher;
        if (!draws && (stage.Sampling != plain.Sampling || stage.MaxCompletionTokens != plain.MaxCompletionTokens))
        {
            add("sampling, maxCompletionTokens", "settings of drawing, with lambda 0 and the dataset's completions", "no such settings, lambda above 0, or given teacher");
        }
    }

    // Without a choice no completion is scored.
    private static void CheckUnscored(DistillationSettings stage, Action<string, string, string> add)
    {
        var plain = new DistillationSettings();
        if (stage.Selection.Keep == KeepKind.All && !(stage.Rewards.Equals(plain.Rewards) && stage.OnRewardError == plain.OnRewardError))
        {
            add("rewards", "settings of rewards, which keep all does not read", "no such settings, or selection.keep best, topFraction or passing");
        }
    }

    // An option that the choice does not read is refused, with the choice that reads it.
    private static void CheckSelection(SelectionSettings selection, Action<string, string, string> add)
    {
        var plain = new SelectionSettings();
        string keep = RecipeSchema.Key(selection.Keep);
        if (selection.Keep != KeepKind.TopFraction && selection.Fraction != plain.Fraction)
        {
            add("fraction", $"{selection.Fraction}, which keep {keep} does not read", "no such setting, or keep topFraction");
        }

        if (selection.Keep != KeepKind.Passing && selection.Threshold != plain.Threshold)
        {
            add("threshold", $"{selection.Threshold}, which keep {keep} does not read", "no such setting, or keep passing");
        }
    }

    private static void CheckChoice(SelectionSettings selection, Action<string, string, string> add)
    {
        if (selection.Keep == KeepKind.All)
        {
            add("selection.keep", "all, which chooses nothing", "best, topFraction or passing; all is for the completions of a teacher");
        }
    }

    private static void CheckSeveral(SampledTuningSettings stage, Action<string, string, string> add)
    {
        if (stage.CompletionsPerPrompt == 1 && stage.Selection.Keep is KeepKind.Best or KeepKind.TopFraction)
        {
            add("completionsPerPrompt", $"1, of which keep {RecipeSchema.Key(stage.Selection.Keep)} has nothing to choose", "at least 2, or keep passing");
        }
    }
}
