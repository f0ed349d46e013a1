using System.Text.RegularExpressions;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Rewards;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Online DPO on the preferences of a language model, which is an endpoint in this process.</summary>
public partial class OnlineJudgeLaws
{
    [Fact]
    public void What_the_judge_prefers_becomes_more_frequent_and_pairs_point_that_way()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, text) => Prefer(Answers(text), (mine, other) => mine.Length.CompareTo(other.Length)));
        string run = Run(folder, endpoint, steps: 40);
        double[] lengths = [.. Column(run, MetricNames.MeanLength).Select(double.Parse)];
        Assert.True(
            lengths[^5..].Average() > lengths[..5].Average() + 0.5,
            $"Mean lengths went from {lengths[..5].Average()} to {lengths[^5..].Average()}.");
        Assert.All(Column(run, MetricNames.ScoresMargin).Where(cell => cell.Length > 0), margin => Assert.Equal("1", margin));
        Assert.DoesNotContain("reward", Header(run));

        // Of each prompt's two completions, the longer one is chosen, and equals make no pair.
        string[][] samples = [.. Rows(run, "samples.csv")];
        foreach (string[][] two in samples.Chunk(2))
        {
            int lead = two[0][3].Length.CompareTo(two[1][3].Length);
            Assert.Equal((lead, -lead), (int.Parse(two[0][6], null), int.Parse(two[1][6], null)));
        }

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(run, "rewards", "judge-replies")));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("B")]
    [InlineData("tie")]
    public void A_judge_that_leans_to_a_place_or_sees_ties_teaches_nothing(string reply)
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, $"{{\"better\": \"{reply}\"}}"));
        string run = Run(folder, endpoint, steps: 2);
        Assert.Equal(["1", "1"], Column(run, MetricNames.TiedFraction));
        Assert.Equal(["", ""], Column(run, MetricNames.Loss));
        Assert.True(endpoint.Requests > 0);
    }

    [Theory]
    [InlineData(0.1, "0.5", false)]
    [InlineData(0.5, "", true)]
    public void A_half_preference_is_a_pair_or_a_tie_as_the_recipe_says(double tieWithin, string margin, bool tied)
    {
        using var folder = new TemporaryFolder();

        // Asked in one order it prefers the lesser text, in the other it sees a tie.
        using var endpoint = new FakeEndpoint(
            (_, text) => Answers(text) is var (a, b) && string.CompareOrdinal(a, b) < 0
                ? new FakeReply(200, "{\"better\": \"A\"}")
                : new FakeReply(200, "{\"better\": \"tie\"}"));
        string run = Run(folder, endpoint, steps: 1, judge => judge with { TieWithin = tieWithin });
        Assert.Equal([margin], Column(run, MetricNames.ScoresMargin));
        Assert.Equal(tied, Column(run, MetricNames.TiedFraction)[0] == "1");
    }

    [Fact]
    public void A_judge_that_fails_stops_the_run_with_a_checkpoint_from_which_it_goes_on()
    {
        using var folder = new TemporaryFolder();
        int mostReplies = 40;
        using var endpoint = new FakeEndpoint(
            (number, text) =>
                number > Volatile.Read(ref mostReplies)
                    ? new FakeReply(500, "out of order")
                    : Prefer(Answers(text), string.CompareOrdinal));
        var failure = Assert.Throws<RewardFailedException>(() => Run(folder, endpoint, steps: 30));
        Assert.Contains("the reward \"judge\" could not score a completion of ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("replied with status 500", failure.Message, StringComparison.Ordinal);
        Assert.True(CheckpointStore.TryFindLatest(Path.Combine(folder.Path, "run"), out string checkpoint));
        Assert.InRange(CheckpointStore.Load(checkpoint).State.StageStep, 1, 29);
        Volatile.Write(ref mostReplies, int.MaxValue);
        Assert.Equal(30, Column(Run(folder, endpoint, steps: 30), MetricNames.TiedFraction).Length);
    }

    [Fact]
    public void With_a_stated_score_pairs_without_a_verdict_are_left_out()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "I like both."));
        string run = Run(folder, endpoint, steps: 1, change: stage => stage with { OnRewardError = RewardErrorAction.Score });
        Assert.Equal(["1"], Column(run, MetricNames.TiedFraction));
        Assert.True(double.Parse(Column(run, MetricNames.PartFailures("judge"))[0], null) > 0);
    }

    [Fact]
    public void A_judge_that_fails_too_often_stops_even_a_run_that_states_a_score_for_failures()
    {
        using var folder = new TemporaryFolder();
        int mostReplies = 40;
        using var endpoint = new FakeEndpoint((number, text) => number > Volatile.Read(ref mostReplies)
            ? new FakeReply(200, "I like both.")
            : Prefer(Answers(text), string.CompareOrdinal));
        OnlinePreferenceSettings Tolerant(OnlinePreferenceSettings stage) => stage with
        {
            OnRewardError = RewardErrorAction.Score,
            MaxRewardErrorShare = 0.25,
        };
        var failure = Assert.Throws<RewardFailedException>(() => Run(folder, endpoint, steps: 60, change: Tolerant));
        Assert.Matches(
            @"^[0-9]+ of the last [0-9]+ completions could not be scored, more than the share 0\.25 that ""maxRewardErrorShare"" allows; "
                + @"among them: the reward ""judge"" could not score a completion of .*prompts\.csv, row [0-9]+: JudgeException: ",
            failure.Message);
        Assert.True(CheckpointStore.TryFindLatest(Path.Combine(folder.Path, "run"), out string checkpoint));
        Assert.InRange(CheckpointStore.Load(checkpoint).State.StageStep, 2, 59);
        Volatile.Write(ref mostReplies, int.MaxValue);
        Assert.Equal(60, Column(Run(folder, endpoint, steps: 60, change: Tolerant), MetricNames.TiedFraction).Length);
    }

    [Fact]
    public void A_judge_is_told_the_answer_and_columns_where_its_rubric_asks_for_them()
    {
        using var folder = new TemporaryFolder();
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var endpoint = new FakeEndpoint((_, text) =>
        {
            asked.Add(text);
            return new FakeReply(200, "A");
        });
        folder.Write("told.csv", "prompt,answer,colour\na,b,blue\n");
        Run(
            folder,
            endpoint,
            steps: 1,
            judge => judge with { Rubric = "{prompt} {answer} {colour}: {first} or {second}?" },
            stage => stage with { Data = Path.Combine(folder.Path, "told.csv") });
        Assert.All(asked, text => Assert.StartsWith("a b blue: ", text, StringComparison.Ordinal));
        Assert.NotEmpty(asked);
    }

    [Fact]
    public void What_a_judge_is_missing_is_said_before_any_work()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "A"));
        string Error(PairJudgeSettings judge) =>
            Assert.Throws<InputException>(() => RunInputs.Read(Recipe(folder, endpoint, 1, _ => judge))).Message;
        var plain = new PairJudgeSettings { Model = "m", KeyVariable = "" };
        Assert.Equal(
            "environment variable RLCORE_NO_SUCH_KEY: found nothing; expected the key of https://api.openai.com/v1; or "
                + "\"keyVariable\": \"\" if the endpoint needs none.",
            Error(plain with { KeyVariable = "RLCORE_NO_SUCH_KEY" }));
        Assert.Contains(
            "column answer: found the columns \"prompt\"; expected a column named \"answer\".",
            Error(plain with { Rubric = "{answer} {first} {second}" }),
            StringComparison.Ordinal);
        Assert.Contains(
            "column colour: found the columns \"prompt\"; expected a column named \"colour\".",
            Error(plain with { Rubric = "{colour} {first} {second}" }),
            StringComparison.Ordinal);
        Assert.Equal(0, endpoint.Requests);
    }

    [Theory]
    [InlineData(
        """{"model":"m"}""", "\"maxRewardErrorShare\": 0.1",
        "stages[0].maxRewardErrorShare: found 0.1, which is ignored, as the first completion that cannot be scored stops the run; "
            + "expected no such setting, or \"onRewardError\": \"score\".")]
    [InlineData("{}", "", "stages[0].judge.model: found nothing; expected the name of a model.")]
    [InlineData(
        """{"model":"m","endpoint":"here"}""", "",
        "stages[0].judge.endpoint: found \"here\"; expected an address that begins with http:// or https://.")]
    [InlineData(
        """{"model":"m","rubric":"{first}?"}""", "",
        "stages[0].judge.rubric: found \"{first}?\"; expected a text with the placeholders {first} and {second}.")]
    [InlineData(
        """{"model":"m","keyVariable":"sk-1"}""", "",
        "stages[0].judge.keyVariable: found \"sk-1\"; expected the name of an environment variable, not the key itself; or nothing.")]
    [InlineData("""{"model":"m","tieWithin":1}""", "", "stages[0].judge.tieWithin: found 1; expected a number from 0 to below 1.")]
    [InlineData(
        """{"model":"m","firstDelay":0}""", "",
        "stages[0].judge.firstDelay: found 0; expected a number of seconds above 0 and at most 3600.")]
    [InlineData("""{"model":"m","question":"?"}""", "", "stages[0].judge.question: found the unknown setting \"question\"")]
    [InlineData(
        """{"model":"m"}""", "\"completionsPerPrompt\": 4",
        "stages[0].completionsPerPrompt: found 4, with a judge, which compares two; expected 2, or no judge.")]
    [InlineData(
        """{"model":"m"}""", "\"rewards\": [\"exact\"]",
        "stages[0].rewards: found settings of rewards, which are ignored with a judge; expected no such settings, or no judge.")]
    [InlineData(
        """{"model":"m"}""", "\"onRewardError\": \"score\", \"rewardErrorScore\": 0.5",
        "stages[0].rewardErrorScore: found 0.5, with a judge, which skips pairs that it cannot compare; expected no such "
            + "setting, or no judge.")]
    public void What_a_stage_cannot_have_beside_its_judge_is_said(string judge, string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Parse(judge, settings)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("null", "")]
    [InlineData("""{"model":"m","tieWithin":0.5,"rubric":"{first} or {second}?"}""", "\"onRewardError\": \"score\"")]
    public void What_is_written_is_read_back(string judge, string settings)
    {
        Recipe recipe = Parse(judge, settings);
        Assert.Equal(recipe, RecipeReader.Parse(RecipeWriter.Print(recipe), "again.json", []));
    }

    private static Recipe Parse(string judge, string settings) => RecipeReader.Parse(
        "{ \"characters\": \"ab\", \"stages\": [ { \"type\": \"onlinedpo\", \"data\": \"d.csv\", \"steps\": 1, \"judge\": "
            + $"{judge}{(settings.Length > 0 ? ", " : "")}{settings} }} ] }}", "recipe.json", []);

    private static Recipe Recipe(
        TemporaryFolder folder,
        FakeEndpoint endpoint,
        int steps,
        Func<PairJudgeSettings, PairJudgeSettings>? judge = null,
        Func<OnlinePreferenceSettings, OnlinePreferenceSettings>? change = null)
    {
        var options = new PairJudgeSettings { Endpoint = endpoint.Address, Model = "m", KeyVariable = "", Retries = 0, FirstDelay = 0.005 };
        var stage = new OnlinePreferenceSettings
        {
            Name = "onlinedpo",
            Data = folder.Write("prompts.csv", "prompt\na\nb\nab\nba\n"),
            Steps = steps,
            PromptsPerStep = 4,
            MaxCompletionTokens = 5,
            Loss = new PreferenceLoss.Sigmoid(0.3),
            Judge = judge is null ? options : judge(options),
            Optimizer = new OptimizerSettings { LearningRate = 1e-2 },
        };
        return new Recipe
        {
            Characters = "ab",
            Model = new ModelSettings { Layers = 1, Width = 16, Heads = 2, Context = 8, InitStd = 0.1 },
            Stages = [change is null ? stage : change(stage)],
            Checkpoints = new CheckpointSettings { Every = 1000 },
        };
    }

    // Runs, or goes on where the folder holds a run; gives the folder.
    private static string Run(
        TemporaryFolder folder,
        FakeEndpoint endpoint,
        int steps,
        Func<PairJudgeSettings, PairJudgeSettings>? judge = null,
        Func<OnlinePreferenceSettings, OnlinePreferenceSettings>? change = null)
    {
        Recipe recipe = Recipe(folder, endpoint, steps, judge, change);
        string output = Path.Combine(folder.Path, "run");
        using var engine = new ManagedEngine(new ManagedEngineOptions { Threads = 1 });
        using RunFolder run = RunFolder.Open(new RunRequest(recipe, output, Directory.Exists(output)), engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, recipe, RunInputs.Read(recipe), run, new SilentObserver());
        pipeline.Run(CancellationToken.None);
        return output;
    }

    private static FakeReply Prefer((string A, string B) answers, Comparison<string> compare) =>
        new(200, $"{{\"better\": \"{compare(answers.A, answers.B) switch { > 0 => "A", < 0 => "B", _ => "tie" }}\"}}");

    private static (string A, string B) Answers(string text) =>
        AnswerPattern().Matches(text) is [var a, var b] ? (a.Groups[1].Value, b.Groups[1].Value) : throw new ArgumentException(text);

    private static string[] Header(string run) => File.ReadLines(Path.Combine(run, "metrics.csv")).First().Split(',');

    private static string[] Column(string run, string name) =>
        [.. Rows(run, "metrics.csv").Select(row => row[Array.IndexOf(Header(run), name)])];

    private static IEnumerable<string[]> Rows(string run, string file) =>
        File.ReadLines(Path.Combine(run, file)).Skip(1).Select(line => line.Split(','));

    [GeneratedRegex("<answer id=\"[AB]\">\n(.*?)\n</answer>", RegexOptions.Singleline)]
    private static partial Regex AnswerPattern();
}
