using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Rewards as recipes write them.</summary>
public class RewardSettingsLaws
{
    [Fact]
    public void A_name_stands_for_a_reward_with_its_defaults() => Assert.Equal(
        Rewards("""[{"type":"numeric"}, {"type":"exact","weight":0.5}]"""),
        Rewards("""["numeric", {"type":"exact","weight":0.5}]"""));

    [Fact]
    public void One_reward_stands_for_a_list_of_it()
    {
        Assert.Equal([new RewardSettings.Exact()], Rewards("\"exact\""));
        Assert.Equal([new RewardSettings.Exact { Weight = 2 }], Rewards("""{"type":"exact","weight":2}"""));
        Assert.Equal([new RewardSettings.Exact { Weight = 2 }], RecipeReader.ParseRewards("""{"type":"exact","weight":2}""", "--reward"));
        Assert.Equal([new RewardSettings.Exact()], RecipeReader.ParseRewards("exact", "--reward"));
    }

    [Fact]
    public void A_part_is_called_after_its_type_unless_it_has_a_name()
    {
        Assert.Equal(
            ["numeric", "strict"],
            Rewards("""["numeric", {"type":"numeric","name":"strict","within":"answer"}]""").Select(reward => reward.Name));
        Assert.Equal("strict", Rewards("""[{"type":"numeric","name":"strict","within":"answer"}]""")[0].Create(new RewardContext()).Name);
    }

    [Fact]
    public void Options_reach_a_reward_by_its_name_and_by_its_index()
    {
        foreach (string key in new[] { "exact", "1" })
        {
            var recipe = RecipeReader.Parse(
                Recipe("\"rewards\": [\"numeric\", \"exact\"]"),
                "r.json",
                [$"stages.grpo.rewards.{key}.weight=0.25"]);
            Assert.Equal(
                [new RewardSettings.Numeric(), new RewardSettings.Exact { Weight = 0.25 }],
                ((OnPolicySettings)recipe.Stages[0]).Rewards);
        }
    }

    [Theory]
    [InlineData("\"reward\": \"numeric\"", "stages[0].reward: found the unknown setting \"reward\"; expected \"rewards\", perhaps.")]
    [InlineData("\"rewards\": []", "stages[0].rewards: found none; expected at least one reward.")]
    [InlineData("\"rewards\": null", "stages[0].rewards: found null; expected a list of rewards.")]
    [InlineData("\"rewards\": [\"numerik\"]", "stages[0].rewards[0]: found \"numerik\"; expected one of ")]
    [InlineData("\"rewards\": [\"numerik\"]", "; \"numeric\", perhaps.")]
    [InlineData("\"rewards\": [{}]", "stages[0].rewards[0].type: found nothing; expected one of ")]
    [InlineData("\"rewards\": [3]", "stages[0].rewards[0]: found 3; expected an object of settings.")]
    [InlineData(
        "\"rewards\": [\"exact\", {\"type\":\"exact\",\"weight\":2}]",
        "found 2 rewards named \"exact\"; expected a different \"name\" for each.")]
    [InlineData(
        "\"rewards\": [{\"type\":\"exact\",\"weight\":0}]", "stages[0].rewards[0].weight: found 0; expected a number other than 0.")]
    [InlineData(
        "\"rewards\": [{\"type\":\"exact\",\"wieght\":1}]",
        "stages[0].rewards[0].wieght: found the unknown setting \"wieght\"; expected \"weight\", perhaps.")]
    [InlineData(
        "\"rewards\": [{\"type\":\"exact\",\"name\":\"a b\"}]",
        "rewards[0].name: found \"a b\"; expected a name of letters, digits, '-' and '_'.")]
    [InlineData(
        "\"rewards\": [{\"type\":\"exact\",\"within\":\"<answer>\"}]",
        "rewards[0].within: found \"<answer>\"; "
            + "expected the name of a tag without brackets, such as answer; or three backticks and a language.")]
    [InlineData(
        "\"rewardErrorScore\": -1",
        "stages[0].rewardErrorScore: found -1, which is ignored, as a completion that cannot be scored stops the run; expected "
            + "no such setting, or \"onRewardError\": \"score\".")]
    [InlineData(
        "\"rewards\": [{\"type\":\"exact\",\"weight\":1e200}], \"onRewardError\": \"score\", \"rewardErrorScore\": -1e200",
        "rewardErrorScore: found -1E+200, which overflows with the weight of \"exact\"; "
            + "expected a score that is finite with every weight.")]
    [InlineData("\"onRewardError\": \"skip\"", "expected one of \"stop\", \"score\"")]
    public void What_a_list_of_rewards_cannot_be_is_said(string settings, string message)
    {
        string error = Assert.Throws<InputException>(() => RecipeReader.Parse(Recipe(settings), "r.json", [])).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n'));
    }

    [Fact]
    public void An_unknown_reward_of_an_option_lists_those_that_there_are()
    {
        string recipe = Recipe("\"rewards\": [\"numeric\", \"exact\"]");
        Assert.Contains(
            "stages[0].rewards: found \"exakt\"; expected a reward: numeric (0), exact (1).",
            Assert.Throws<InputException>(() => RecipeReader.Parse(recipe, "r.json", ["stages.grpo.rewards.exakt.weight=1"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_columns_of_a_run_name_each_part()
    {
        var recipe = RecipeReader.Parse(
            Recipe("\"rewards\": [\"numeric\", {\"type\":\"exact\",\"name\":\"same\"}], \"onRewardError\": \"score\""),
            "r.json",
            []);
        string[] columns = [.. RecipeMetrics.Of(recipe)];
        Assert.Equal(
            [
                "rewards/numeric/mean", "rewards/numeric/std", "rewards/same/mean", "rewards/same/std", "rewards/numeric/failures",
                "rewards/same/failures",
            ],
            columns.Except(MetricNames.All));
        Assert.Equal(MetricNames.All.Where(columns.Contains), columns.Intersect(MetricNames.All));
    }

    private static string Recipe(string settings) =>
        "{ \"characters\": \"ab\", \"stages\": [ { \"type\": \"grpo\", \"data\": \"p.csv\", \"steps\": 1, " + settings + " } ] }";

    private static IReadOnlyList<RewardSettings> Rewards(string json) =>
        ((OnPolicySettings)RecipeReader.Parse(Recipe("\"rewards\": " + json), "r.json", []).Stages[0]).Rewards;
}
