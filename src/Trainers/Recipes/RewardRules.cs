using System.Text.RegularExpressions;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Recipes;

/// <summary>The ranges of rewards' settings, and what the rewards of one list ask of each other.</summary>
internal static partial class RewardRules
{
    private static SettingRule Column => new(value => ((string)value) is not ("prompt" or "answer"), "a column of its own, other than prompt and answer");

    private static SettingRule Address => new(value => Uri.TryCreate((string)value, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https", "an address that begins with http:// or https://");

    private static SettingRule ModelName => new(value => !string.IsNullOrWhiteSpace((string)value), "the name of a model");

    private static SettingRule Variable => new(value => VariableName().IsMatch((string)value), "the name of an environment variable, not the key itself; or nothing");

    private static SettingRule JudgeTemperature => RecipeRules.Number(value => value is -1 or >= 0, "a number of at least 0, or -1 to leave it to the endpoint");

    private static SettingRule Seconds => RecipeRules.Number(value => value is > 0 and <= 3600, "a number of seconds above 0 and at most 3600");

    /// <summary>The ranges.</summary>
    public static IEnumerable<((Type Record, string Setting) Key, SettingRule Rule)> All() =>
    [
        RecipeRules.For<RewardSettings>(reward => reward.Name, RecipeRules.Identifier),
        RecipeRules.For<RewardSettings>(reward => reward.Weight, RecipeRules.Number(value => value != 0, "a number other than 0")),
        RecipeRules.For<RewardSettings.RewardModel>(reward => reward.MicroBatchSize, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardSettings.Verifier>(reward => reward.Within, new SettingRule(value => PartName().IsMatch((string)value), "a tag's name without brackets, such as answer; or three backticks and a language")),
        RecipeRules.For<RewardSettings.Length>(reward => reward.MinTokens, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Length>(reward => reward.MaxTokens, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Length>(reward => reward.MinCharacters, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Length>(reward => reward.MaxCharacters, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.SoftOverlong>(reward => reward.MaxTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardSettings.SoftOverlong>(reward => reward.BufferTokens, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardSettings.Repetition>(reward => reward.Size, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardSettings.Regex>(reward => reward.Pattern, new SettingRule(value => ((string)value).Length > 0, "a regular expression")),
        RecipeRules.For<RewardSettings.JsonSchema>(reward => reward.SchemaColumn, Column),
        RecipeRules.For<RewardSettings.Program>(reward => reward.TestsColumn, Column),
        RecipeRules.For<RewardSettings.Program>(reward => reward.TimeLimit, RecipeRules.Number(value => value is >= 1 and <= 3600, "a number of seconds from 1 to 3600")),
        RecipeRules.For<RewardSettings.Program>(reward => reward.MemoryMegabytes, new SettingRule(value => (int)value is >= 32 and <= 65536, "a whole number from 32 to 65536")),
        RecipeRules.For<RewardSettings.Program>(reward => reward.Parallelism, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Endpoint, Address),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Model, ModelName),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.KeyVariable, Variable),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Temperature, JudgeTemperature),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Concurrency, RecipeRules.AtLeast(1)),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.RequestsPerMinute, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Timeout, Seconds),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.Retries, RecipeRules.AtLeast(0)),
        RecipeRules.For<RewardSettings.Judge>(reward => reward.FirstDelay, Seconds),
        RecipeRules.For<JudgeOptions>(judge => judge.Endpoint, Address),
        RecipeRules.For<JudgeOptions>(judge => judge.Model, ModelName),
        RecipeRules.For<JudgeOptions>(judge => judge.KeyVariable, Variable),
        RecipeRules.For<JudgeOptions>(judge => judge.Temperature, JudgeTemperature),
        RecipeRules.For<JudgeOptions>(judge => judge.Concurrency, RecipeRules.AtLeast(1)),
        RecipeRules.For<JudgeOptions>(judge => judge.RequestsPerMinute, RecipeRules.AtLeast(0)),
        RecipeRules.For<JudgeOptions>(judge => judge.Timeout, Seconds),
        RecipeRules.For<JudgeOptions>(judge => judge.Retries, RecipeRules.AtLeast(0)),
        RecipeRules.For<JudgeOptions>(judge => judge.FirstDelay, Seconds),
        RecipeRules.For<PairJudgeSettings>(judge => judge.TieWithin, RecipeRules.ProperFraction),
        RecipeRules.For<RewardSettings.Format>(reward => reward.Tags, new SettingRule(value => ((IReadOnlyList<string>)value).All(tag => TagName().IsMatch(tag)), "a list of tags' names without brackets")),
    ];

    /// <summary>What a list of rewards must be.</summary>
    /// <param name="rewards">The list.</param>
    /// <param name="errors">What becomes of a completion that a reward cannot score.</param>
    /// <param name="add">Takes the key, what was found, what was expected.</param>
    public static void CheckList(IReadOnlyList<RewardSettings> rewards, RewardErrors errors, Action<string, string, string> add)
    {
        if (rewards.Count == 0)
        {
            add("rewards", "none", "at least one reward");
        }

        foreach (var twins in rewards.GroupBy(reward => reward.Name).Where(group => group.Count() > 1))
        {
            add("rewards", $"{twins.Count()} rewards named \"{twins.Key}\"", "a \"name\" of its own for each");
        }

        if (errors is { Action: RewardErrorAction.Stop, Score: not 0 })
        {
            add("rewardErrorScore", $"{errors.Score}, which is not read while a completion that cannot be scored stops the run", "no such setting, or \"onRewardError\": \"score\"");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex TagName();

    [GeneratedRegex("^[A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex VariableName();

    [GeneratedRegex("^(```)?[A-Za-z0-9_#+-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
