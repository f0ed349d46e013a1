using System.Text.RegularExpressions;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Runs;

/// <summary>The ranges of rewards' settings, and what the rewards of one list ask of each other.</summary>
internal static partial class RewardRules
{
    /// <summary>The ranges.</summary>
    public static IEnumerable<((Type Record, string Setting) Key, SettingRule Rule)> All() =>
    [
        RecipeRules.For<RewardSettings>(reward => reward.Name, RecipeRules.Identifier),
        RecipeRules.For<RewardSettings>(reward => reward.Weight, RecipeRules.Number(value => value != 0, "a number other than 0")),
        RecipeRules.For<RewardSettings.Verifier>(reward => reward.Within, new SettingRule(value => TagName().IsMatch((string)value), "a tag's name without brackets, such as answer; or nothing")),
        RecipeRules.For<RewardSettings.Model>(reward => reward.MicroBatchSize, RecipeRules.AtLeast(1)),
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

    [GeneratedRegex("^[A-Za-z0-9_-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex TagName();
}
