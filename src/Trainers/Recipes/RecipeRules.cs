using System.Linq.Expressions;
using System.Reflection;
using System.Text.RegularExpressions;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>The ranges of all settings, and what settings of one record ask of each other.</summary>
internal static partial class RecipeRules
{
    private static readonly SettingRule Folder = new(value => FolderName().IsMatch((string)value), "a name of letters, digits, '-', '_' and '.', to name a folder");
    internal static readonly SettingRule Identifier = new(value => StageName().IsMatch((string)value), "a name of letters, digits, '-' and '_'");
    private static readonly SettingRule Present = new(value => !string.IsNullOrWhiteSpace((string)value), "the path of a CSV file");
    internal static readonly SettingRule Finite = Number(_ => true, "a finite number");
    private static readonly SettingRule Column = new(value => ((string)value).Length > 0, "the name of a column");
    internal static readonly SettingRule Positive = Number(value => value > 0, "a number above 0");
    internal static readonly SettingRule NotNegative = Number(value => value >= 0, "a number of at least 0");
    internal static readonly SettingRule Fraction = Number(value => value is >= 0 and <= 1, "a number from 0 to 1");
    internal static readonly SettingRule ProperFraction = Number(value => value is >= 0 and < 1, "a number from 0 to below 1");
    internal static readonly SettingRule PositiveFraction = Number(value => value is > 0 and <= 1, "a number above 0 and at most 1");

    private static readonly Dictionary<(Type Record, string Setting), SettingRule> Rules = new[]
    {
        For<Recipe>(recipe => recipe.Name, Folder),
        For<EvaluationSettings>(settings => settings.Data, Present),
        For<ColumnNames>(names => names.Prompt, Column),
        For<ColumnNames>(names => names.Completion, Column),
        For<ColumnNames>(names => names.Answer, Column),
        For<ColumnNames>(names => names.Chosen, Column),
        For<ColumnNames>(names => names.Rejected, Column),
        For<ColumnNames>(names => names.Margin, Column),
        For<ColumnNames>(names => names.Reward, Column),
        For<ColumnNames>(names => names.Label, Column),
        For<EvaluationSettings>(settings => settings.Samples, new SettingRule(value => (int)value is >= 0 and <= EvaluationMeasures.MostSamples, $"a whole number from 0 to {EvaluationMeasures.MostSamples}")),
        For<EvaluationSettings>(settings => settings.MaxCompletionTokens, AtLeast(1)),
        For<EvaluationSettings>(settings => settings.PassAt, Finite),
        For<EvaluationSettings>(settings => settings.RewardErrorScore, Finite),
        For<CheckpointSettings>(settings => settings.Every, AtLeast(1)),
        For<CheckpointSettings>(settings => settings.Keep, AtLeast(1)),
        For<StageSettings>(stage => stage.Name, Identifier),
        For<StageSettings>(stage => stage.Data, Present),
        For<StageSettings>(stage => stage.Steps, AtLeast(1)),
        For<StageSettings>(stage => stage.MicroBatchSize, AtLeast(1)),
        For<SupervisedSettings>(stage => stage.BatchSize, AtLeast(1)),
        For<OnPolicySettings>(stage => stage.PromptsPerStep, AtLeast(1)),
        For<OnPolicySettings>(stage => stage.MaxCompletionTokens, AtLeast(1)),
        For<OnPolicySettings>(stage => stage.RewardErrorScore, Finite),
        For<OnPolicySettings>(stage => stage.JudgePassAt, Finite),
        For<OnPolicySettings>(stage => stage.MixCoefficient, NotNegative),
        For<OnPolicySettings>(stage => stage.MixBatchSize, AtLeast(1)),
        For<OptimizerSettings>(settings => settings.LearningRate, Positive),
        For<OptimizerSettings>(settings => settings.MaxGradientNorm, Positive),
        For<OptimizerSettings>(settings => settings.Beta1, ProperFraction),
        For<OptimizerSettings>(settings => settings.Beta2, ProperFraction),
        For<OptimizerSettings>(settings => settings.Epsilon, Positive),
        For<OptimizerSettings>(settings => settings.WeightDecay, NotNegative),
        For<ModelSettings>(model => model.Layers, AtLeast(1)),
        For<ModelSettings>(model => model.Width, AtLeast(1)),
        For<ModelSettings>(model => model.Heads, AtLeast(1)),
        For<ModelSettings>(model => model.KeyValueHeads, AtLeast(0)),
        For<ModelSettings>(model => model.MlpWidth, AtLeast(0)),
        For<ModelSettings>(model => model.RotaryTheta, Positive),
        For<ModelSettings>(model => model.Context, AtLeast(2)),
        For<ModelSettings>(model => model.InitStd, Positive),
        For<ModelSettings>(model => model.NormEpsilon, Positive),
        For<OnPolicyAlgorithm>(algorithm => algorithm.GroupSize, AtLeast(1)),
        For<OnPolicyAlgorithm>(algorithm => algorithm.KlTarget, NotNegative),
        For<OnPolicyAlgorithm>(algorithm => algorithm.KlHorizon, Positive),
        For<OnPolicyAlgorithm>(algorithm => algorithm.EntropyCoefficient, NotNegative),
        For<OnPolicyAlgorithm>(algorithm => algorithm.MissingEndPenalty, NotNegative),
        For<OnPolicyAlgorithm>(algorithm => algorithm.EpochKlTarget, NotNegative),
        For<OnPolicyAlgorithm>(algorithm => algorithm.MaxSamplingRounds, AtLeast(1)),
        For<OnPolicyAlgorithm>(algorithm => algorithm.OverlongBuffer, AtLeast(0)),
        For<OnPolicyAlgorithm>(algorithm => algorithm.OverlongPenalty, Positive),
        For<ValueSettings>(value => value.ClipRange, NotNegative),
        For<ValueSettings>(value => value.Coefficient, Positive),
        For<OnPolicyAlgorithm>(algorithm => algorithm.Iterations, AtLeast(1)),
        For<OnPolicyAlgorithm>(algorithm => algorithm.MiniBatches, AtLeast(1)),
        For<SamplingOptions>(sampling => sampling.Temperature, Number(value => value > 0, "a number above 0, as greedy completions of one prompt are all alike")),
        For<SamplingOptions>(sampling => sampling.TopK, AtLeast(0)),
        For<SamplingOptions>(sampling => sampling.TopP, PositiveFraction),
        For<SamplingOptions>(sampling => sampling.MinP, ProperFraction),
    }.Concat(RewardRules.All()).Concat(SampledRules.All()).Concat(PreferenceRules.All()).ToDictionary(rule => rule.Key, rule => rule.Rule);

    /// <summary>The rule of a setting, if there is one.</summary>
    public static SettingRule? Of(PropertyInfo setting) =>
        Rules.GetValueOrDefault((setting.DeclaringType ?? typeof(object), setting.Name)) ?? SettingRule.Of(setting, setting.PropertyType);

    /// <summary>What the settings of one record ask of each other, each setting being in its own range.</summary>
    /// <param name="record">The record.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void CheckRecord(object record, Action<string, string, string> add)
    {
        switch (record)
        {
            case ModelSettings model:
                CheckHeads(model, add);
                break;
            case SupervisedSettings stage:
                ColumnRules.Check(stage.Columns, DatasetKind.Sft, add);
                CheckWarmup(stage, stage.Steps, add);
                break;
            case OnPolicySettings stage:
                ColumnRules.Check(stage.Columns, DatasetKind.Prompts, add);
                CheckWarmup(stage, (long)stage.Steps * stage.Algorithm.Iterations * stage.Algorithm.MiniBatches, add);
                AlgorithmRules.Check(stage, add);
                RewardRules.CheckList(stage.Rewards, new RewardErrors(stage.OnRewardError, stage.RewardErrorScore), add);
                if (stage.PromptsPerStep % stage.Algorithm.MiniBatches != 0)
                {
                    add("algorithm.miniBatches", $"{stage.Algorithm.MiniBatches}, with {stage.PromptsPerStep} prompts a step", "a divisor of the prompts, so that none is left out");
                }

                break;
            case ValueSettings value:
                AlgorithmRules.Check(value, add);
                break;
            case PreferenceSettings stage:
                ColumnRules.Check(stage.Columns, DatasetKind.Preferences, add);
                CheckWarmup(stage, stage.Steps, add);
                PreferenceRules.Check(stage, add);
                break;
            case UnpairedSettings stage:
                ColumnRules.Check(stage.Columns, DatasetKind.Unpaired, add);
                CheckWarmup(stage, stage.Steps, add);
                PreferenceRules.Check(stage, add);
                break;
            case RewardStageSettings stage:
                ColumnRules.Check(
                    stage.Columns,
                    stage.Loss is RankingLoss.PlackettLuce ? DatasetKind.Rankings : DatasetKind.Preferences,
                    add,
                    stage.EvaluationData.Length > 0 ? DatasetKind.Preferences : null);
                CheckWarmup(stage, stage.Steps, add);
                PreferenceRules.Check(stage, add);
                break;
            case SelectionSettings or SampledTuningSettings or OfflineRejectionSettings or OnlinePreferenceSettings or GkdSettings:
                SampledRules.Check(record, add);
                break;
            case EvaluationSettings evaluation:
                ColumnRules.Check(evaluation.Columns, DatasetKind.Prompts, add);
                RewardRules.CheckList(evaluation.Rewards, new RewardErrors(evaluation.OnRewardError, evaluation.RewardErrorScore), add);
                break;
            case RewardSettings reward:
                reward.Check(add);
                break;
            case PairJudgeSettings judge:
                judge.Check(add);
                break;
            case Recipe recipe:
                CheckRecipe(recipe, add);
                break;
        }
    }

    private static void CheckHeads(ModelSettings model, Action<string, string, string> add)
    {
        if (model.Width % model.Heads != 0)
        {
            add("heads", $"{model.Heads}, with a width of {model.Width}", "a divisor of the width");
        }
        else if (model.Positions == PositionKind.Rotary && model.Width / model.Heads % 2 != 0)
        {
            add("heads", $"{model.Heads}, so heads of width {model.Width / model.Heads}", "heads of an even width, as rotary positions turn pairs");
        }

        if (model.KeyValueHeads > 0 && model.Heads % model.KeyValueHeads != 0)
        {
            add("keyValueHeads", $"{model.KeyValueHeads}, with {model.Heads} heads", "a divisor of the heads, or 0 for as many");
        }
    }

    internal static void CheckWarmup(StageSettings stage, long steps, Action<string, string, string> add)
    {
        if (stage.Optimizer.Schedule.WarmupSteps > steps)
        {
            add("optimizer.warmupSteps", $"{stage.Optimizer.Schedule.WarmupSteps}", $"at most the {steps} optimizer steps of the stage");
        }
    }

    private static void CheckRecipe(Recipe recipe, Action<string, string, string> add)
    {
        if (recipe.Stages.Count == 0)
        {
            add("stages", "none", "at least one stage");
        }

        foreach (var twins in recipe.Stages.GroupBy(stage => stage.Name).Where(group => group.Count() > 1))
        {
            add("stages", $"{twins.Count()} stages named \"{twins.Key}\"", "a name of its own for each");
        }

        CheckRewardModels(recipe, add);

        foreach (var (index, stage) in recipe.Stages.Index())
        {
            string from = (stage as OnPolicySettings)?.Algorithm.Value?.StartFrom ?? "";
            if (from.Length > 0 && recipe.Stages.Take(index).All(earlier => earlier.Name != from))
            {
                add($"stages[{index}].algorithm.value.startFrom", $"\"{from}\"", "the name of an earlier stage that makes a value or reward model");
            }
        }

        if (recipe.StartFrom.Length > 0)
        {
            return;
        }

        if (CharacterTokenizer.TryFindProblem(recipe.Characters, out string found))
        {
            add("characters", found, "every character of the datasets, each once (or a checkpoint in startFrom)");
        }

        CheckContext(recipe, add);
    }

    // A reward model is trained before it judges; the evaluation before the first stage has none yet.
    private static void CheckRewardModels(Recipe recipe, Action<string, string, string> add)
    {
        var users = recipe.Stages.Select((stage, index) => (Path: $"stages[{index}].rewards", Rewards: stage.RewardParts, Earlier: recipe.Stages.Take(index)))
            .Append((Path: "evaluation.rewards", Rewards: recipe.Evaluation?.Rewards ?? [], Earlier: []));
        foreach (var (path, rewards, earlier) in users)
        {
            string[] trained = [.. earlier.OfType<RewardStageSettings>().Select(stage => stage.Name)];
            foreach (RewardSettings.RewardModel reward in rewards.OfType<RewardSettings.RewardModel>().Where(reward => !reward.IsFolder && !trained.Contains(reward.From)))
            {
                add(path, $"a reward model from \"{reward.From}\"", $"{(trained.Length > 0 ? $"an earlier stage that trains one ({string.Join(", ", trained)})" : "an earlier stage of the type reward")}, or a folder (with a slash) that holds one");
            }
        }
    }

    private static void CheckContext(Recipe recipe, Action<string, string, string> add)
    {
        ModelSettings[] models = [.. StageModels.Along(recipe, recipe.Model)];
        var lengths = recipe.Stages
            .Select((stage, index) => (Key: $"stages[{index}].maxCompletionTokens", Tokens: StageModels.DrawnTokens(stage), Context: models[index].Context))
            .Append((Key: "evaluation.maxCompletionTokens", Tokens: recipe.Evaluation?.MaxCompletionTokens ?? 0, Context: models.Append(recipe.Model).Min(model => model.Context)));
        foreach (var (key, tokens, context) in lengths.Where(length => length.Tokens >= length.Context))
        {
            add(key, $"{tokens}", $"less than the model's context of {context}, to leave room for a prompt");
        }
    }

    internal static SettingRule AtLeast(int least) => new(value => (int)value >= least, $"a whole number of at least {least}");

    internal static SettingRule Number(Func<double, bool> accepts, string expected) => new(value => double.IsFinite((double)value) && accepts((double)value), expected);

    internal static ((Type, string) Key, SettingRule Rule) For<TRecord>(Expression<Func<TRecord, object>> setting, SettingRule rule)
    {
        Expression body = setting.Body is UnaryExpression boxed ? boxed.Operand : setting.Body;
        MemberInfo member = ((MemberExpression)body).Member;
        return ((member.DeclaringType ?? typeof(TRecord), member.Name), rule);
    }

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_.-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex FolderName();

    [GeneratedRegex("^[A-Za-z0-9_-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex StageName();
}
