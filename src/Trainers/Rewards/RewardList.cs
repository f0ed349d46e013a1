using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>What the rewards of one list ask of each other.</summary>
internal static class RewardList
{
    /// <summary>Checks a list of rewards.</summary>
    /// <param name="rewards">The list.</param>
    /// <param name="errors">What happens when a reward cannot score a completion.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    public static void Check(IReadOnlyList<RewardSettings> rewards, RewardErrors errors, Action<string, string, string> add)
    {
        if (rewards.Count == 0)
        {
            add("rewards", "none", "at least one reward");
        }

        foreach (var twins in rewards.GroupBy(reward => reward.Name).Where(group => group.Count() > 1))
        {
            add("rewards", $"{twins.Count()} rewards named \"{twins.Key}\"", "a different \"name\" for each");
        }

        if (errors is { Action: RewardErrorAction.Stop, Score: not 0 })
        {
            add(
                "rewardErrorScore",
                $"{errors.Score}, which is ignored, as a completion that cannot be scored stops the run",
                "no such setting, or \"onRewardError\": \"score\"");
        }

        if (errors is { Action: RewardErrorAction.Stop, MaxShare: not RewardErrors.DefaultMaxShare })
        {
            add(
                "maxRewardErrorShare",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{errors.MaxShare}, which is ignored, as the first completion that cannot be scored stops the run"),
                "no such setting, or \"onRewardError\": \"score\"");
        }

        double most = double.MaxValue / Math.Max(1, rewards.Count);
        foreach (RewardSettings reward in rewards.Where(reward => Math.Abs(reward.Weight * errors.Score) > most))
        {
            add(
                "rewardErrorScore",
                string.Create(CultureInfo.InvariantCulture, $"{errors.Score}, which overflows with the weight of \"{reward.Name}\""),
                "a score that is finite with every weight");
        }
    }
}
