using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Completions to score, and rewards as recipes write them.</summary>
internal static class Samples
{
    public static RewardSample Of(
        string completion,
        string answer = "",
        int tokens = 1,
        bool ended = true,
        IReadOnlyDictionary<string, string>? fields = null) =>
        new(
            new Question("?", answer, "test.csv", 2) { Fields = fields ?? new Dictionary<string, string>() },
            completion,
            ended,
            new TokenSequence([0, .. Enumerable.Range(1, tokens)], 1));

    /// <summary>The score of one completion by a reward's JSON.</summary>
    public static double Score(string reward, RewardSample sample)
    {
        RewardSettings settings = RecipeReader.ParseRewards(reward, "test")[0];
        IReward made = settings.Create(new RewardContext());
        using var owner = made as IDisposable;
        return made.Score([sample], CancellationToken.None)[0];
    }

    /// <summary>What a reward's JSON is refused with.</summary>
    public static string Refusal(string reward) => Assert.Throws<InputException>(() => RecipeReader.ParseRewards(reward, "test")).Message;
}
