using System.Globalization;
using System.Numerics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>What the parts of a recipe ask of each other.</summary>
internal static class RecipeRules
{
    /// <summary>What the parts of a recipe ask of each other.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void Check(Recipe recipe, Action<string, string, string> add)
    {
        if (recipe.Stages.Count == 0)
        {
            add("stages", "none", "at least one stage");
        }

        foreach (var twins in recipe.Stages.GroupBy(stage => stage.Name).Where(group => group.Count() > 1))
        {
            add("stages", $"{twins.Count()} stages named \"{twins.Key}\"", "a different name for each");
        }

        if (recipe.GradientShards != 0 && !BitOperations.IsPow2(recipe.GradientShards))
        {
            add(
                "gradientShards",
                recipe.GradientShards.ToString(CultureInfo.InvariantCulture),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a power of two, such as {BitOperations.RoundUpToPowerOf2((uint)recipe.GradientShards)}"));
        }

        CheckRewardModels(recipe, add);

        foreach (var (index, stage) in recipe.Stages.Index())
        {
            stage.CheckAfter(recipe.Stages.Take(index), (key, found, expected) => add($"stages[{index}].{key}", found, expected));
        }

        foreach (var (index, stage) in recipe.Stages.Index().Where(item => (item.Item as ITaughtStage)?.Student?.From.Length > 0))
        {
            add($"stages[{index}].student.from", "a model to start from", "the shape of a student with random weights");
        }

        CheckAdapters(recipe, add);
        if (recipe.Model.From.Length > 0)
        {
            return;
        }

        if (recipe.Tokenizer is not null && recipe.Characters != RecipeCharacters.OfDatasets)
        {
            add("characters", "characters, beside a tokenizer", "one of the two");
        }
        else if (recipe is { Tokenizer: null, Characters: not RecipeCharacters.OfDatasets }
            && CharacterTokenizer.TryFindProblem(recipe.Characters, out string found))
        {
            add(
                "characters",
                found,
                "auto, for those of the datasets, or every character of them, each once (or a model to start from, in model.from)");
        }

        CheckContext(recipe, add);
    }

    private static void CheckAdapters(Recipe recipe, Action<string, string, string> add)
    {
        if (recipe.Lora is null)
        {
            return;
        }

        if (recipe.Model.From.Length == 0)
        {
            add("lora", "adapters of random weights", "a model to start from, in model.from");
        }

        foreach (StageSettings stage in recipe.Stages.Where(stage => stage is ITaughtStage { Student: not null }))
        {
            add("lora", $"adapters, and a new student in the stage {stage.Name}", "one of the two");
        }
    }

    // A reward model must be trained before it is used; the evaluation before the first stage has none.
    private static void CheckRewardModels(Recipe recipe, Action<string, string, string> add)
    {
        var users = recipe.Stages.Select(
            (stage, index) => (
                Path: $"stages[{index}].rewards",
                Rewards: stage.RewardParts,
                Judge: stage.ThoughtJudge,
                Earlier: recipe.Stages.Take(index)))
            .Append((Path: "evaluation.rewards", Rewards: recipe.Evaluation?.Rewards ?? [], Judge: null, Earlier: []));
        foreach (var (path, rewards, judge, earlier) in users)
        {
            foreach (RewardSettings.Learnt reward in rewards.OfType<RewardSettings.Learnt>().Where(reward => !reward.IsFolder))
            {
                string[] trained = [.. earlier
                    .Where(stage => reward.ReadsSteps ? stage.TrainsProcessModel : stage.TrainsRewardModel)
                    .Select(stage => stage.Name)];
                if (!trained.Contains(reward.From))
                {
                    string stages = trained.Length > 0
                        ? $"an earlier stage that trains one ({string.Join(", ", trained)})"
                        : $"an earlier stage of the type reward{(reward.ReadsSteps ? " with stepEnd" : "")}";
                    string model = reward.ReadsSteps ? "process reward model" : "reward model";
                    string key = reward.Equals(judge) ? path.Replace(".rewards", ".search.from", StringComparison.Ordinal) : path;
                    add(key, $"a {model} from \"{reward.From}\"", $"{stages}, or a folder (with a slash) that contains one");
                }
            }
        }
    }

    private static void CheckContext(Recipe recipe, Action<string, string, string> add)
    {
        ModelSettings[] models = [.. StageModels.Along(recipe.Stages, recipe.Model)];
        var lengths = recipe.Stages
            .Select(
                (stage, index) => (Key: $"stages[{index}].maxCompletionTokens", Tokens: stage.DrawnTokens, Context: models[index].Context))
            .Append((
                Key: "evaluation.maxCompletionTokens",
                Tokens: recipe.Evaluation?.MaxCompletionTokens ?? 0,
                Context: models.Append(recipe.Model).Min(model => model.Context)));
        foreach (var (key, tokens, context) in lengths.Where(length => length.Tokens >= length.Context))
        {
            add(key, $"{tokens}", $"less than the model's context of {context}, to leave room for a prompt");
        }
    }
}
