using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Runs;

/// <summary>The ranges of settings of stages that learn from completions of a model, and what those settings ask of each other.</summary>
internal static class SampledRules
{
    /// <summary>The ranges.</summary>
    public static IEnumerable<((Type Record, string Setting) Key, SettingRule Rule)> All() =>
    [
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.PromptsPerRound, RecipeRules.AtLeast(1)),
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.CompletionsPerPrompt, RecipeRules.AtLeast(1)),
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.StepsPerRound, RecipeRules.AtLeast(1)),
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.MaxCompletionTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<StageSettings.SampledTuning>(stage => stage.RewardErrorScore, Finite),
        RecipeRules.For<StageSettings.ScoredTuning>(stage => stage.BatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<SelectionSettings>(selection => selection.Fraction, RecipeRules.Number(value => value is > 0 and <= 1, "a number above 0 and at most 1")),
        RecipeRules.For<SelectionSettings>(selection => selection.Threshold, Finite),
    ];

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
            case StageSettings.ScoredTuning stage:
                RecipeRules.CheckWarmup(stage, stage.Steps, add);
                CheckChoice(stage.Selection, add);
                break;
            case StageSettings.Rejection stage:
                RecipeRules.CheckWarmup(stage, stage.Steps, add);
                CheckRewards(stage, add);
                CheckChoice(stage.Selection, add);
                CheckSeveral(stage, add);
                break;
        }
    }

    private static void CheckRewards(StageSettings.SampledTuning stage, Action<string, string, string> add) =>
        RewardRules.CheckList(stage.Rewards, new RewardErrors(stage.OnRewardError, stage.RewardErrorScore), add);

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

    private static void CheckSeveral(StageSettings.SampledTuning stage, Action<string, string, string> add)
    {
        if (stage.CompletionsPerPrompt == 1 && stage.Selection.Keep is KeepKind.Best or KeepKind.TopFraction)
        {
            add("completionsPerPrompt", $"1, of which keep {RecipeSchema.Key(stage.Selection.Keep)} has nothing to choose", "at least 2, or keep passing");
        }
    }
}
