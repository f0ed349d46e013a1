using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Language models as judges, against an endpoint in this process.</summary>
public class JudgeLaws
{
    private const string Rubric = "Grade {completion} as an answer to {prompt}; it should be {answer}.";

    [Fact]
    public void A_score_is_what_the_model_replies_to_the_filled_rubric()
    {
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var endpoint = new FakeEndpoint((_, text) =>
        {
            asked.Add(text);
            return new FakeReply(200, text.Contains("good", StringComparison.Ordinal) ? "I see.\n{\"score\": 0.75}" : "{\"score\": 0.25}");
        });
        using RubricJudge judge = Judge(endpoint.Address);
        Assert.Equal(
            [0.75, 0.25, 0.75],
            judge.Score([Samples.Of("good", "7"), Samples.Of("bad {answer}", "7"), Samples.Of("good too", "7")], CancellationToken.None));
        Assert.Contains("Grade bad {answer} as an answer to ?; it should be 7.", asked);
        Assert.Contains("Authorization: Bearer none", endpoint.LastHead, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void After_a_busy_endpoint_the_request_is_sent_again(int status)
    {
        using var endpoint = new FakeEndpoint(
            (number, _) => number <= 2 ? new FakeReply(status, "busy") : new FakeReply(200, "{\"score\": 1}"));
        using RubricJudge judge = Judge(endpoint.Address);
        Assert.Equal([1], judge.Score([Samples.Of("x")], CancellationToken.None));
        Assert.Equal(3, endpoint.Requests);
    }

    [Fact]
    public void An_endpoint_that_stays_busy_is_given_up_with_its_sample()
    {
        using var endpoint = new FakeEndpoint(
            (_, text) => text.Contains("bad", StringComparison.Ordinal) ? new FakeReply(429, "too many") : new FakeReply(200, "0.5"));
        using RubricJudge judge = Judge(endpoint.Address, options => options with { Retries = 1 });
        var failure = Assert.Throws<RewardBatchException>(
            () => judge.Score([Samples.Of("good"), Samples.Of("bad")], CancellationToken.None));
        Assert.Equal([1], failure.Failures.Keys);
        Assert.Equal(0.5, failure.Scores[0]);
        Assert.Contains("replied with status 429", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, endpoint.Requests);
    }

    [Theory]
    [InlineData("I like it.")]
    [InlineData("{\"score\": 7}")]
    [InlineData("{\"score\": -1}")]
    [InlineData("")]
    public void A_reply_without_a_score_is_asked_for_once_more_and_then_refused(string reply)
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, reply));
        using RubricJudge judge = Judge(endpoint.Address, options => options with { CacheFolder = folder.Path });
        var failure = Assert.Throws<RewardBatchException>(() => judge.Score([Samples.Of("x")], CancellationToken.None));
        Assert.Contains("expected {\"score\": s} with s from 0 to 1.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, endpoint.Requests);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_request_that_takes_too_long_is_given_up()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "0.5", Delay: TimeSpan.FromSeconds(30)));
        using RubricJudge judge = Judge(endpoint.Address, options => options with { Timeout = 0.3, Retries = 1 });
        var failure = Assert.Throws<RewardBatchException>(() => judge.Score([Samples.Of("x")], CancellationToken.None));
        Assert.Contains("did not reply within 0.3 s, even after 1 retries.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, endpoint.Requests);
    }

    [Fact]
    public void A_slow_reply_is_asked_for_again()
    {
        using var endpoint = new FakeEndpoint(
            (number, _) => new FakeReply(200, "0.5", Delay: number == 1 ? TimeSpan.FromSeconds(30) : TimeSpan.Zero));
        using RubricJudge judge = Judge(endpoint.Address, options => options with { Timeout = 1 });
        Assert.Equal([0.5], judge.Score([Samples.Of("x")], CancellationToken.None));
    }

    [Fact]
    public void What_is_known_is_not_asked_again()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((number, _) => new FakeReply(200, number == 1 ? "0.5" : "0.75"));
        for (int time = 0; time < 3; time++)
        {
            using RubricJudge judge = Judge(endpoint.Address, options => options with { CacheFolder = folder.Path });
            Assert.Equal([0.5], judge.Score([Samples.Of("x")], CancellationToken.None));
        }

        Assert.Equal(1, endpoint.Requests);
        using RubricJudge other = Judge(endpoint.Address, options => options with { CacheFolder = folder.Path });
        Assert.Equal([0.75], other.Score([Samples.Of("y")], CancellationToken.None));
        Assert.Equal(2, endpoint.Requests);
        foreach (string file in Directory.GetFiles(folder.Path))
        {
            File.WriteAllText(file, "{\"reply\":");
        }

        Assert.Equal([0.75], other.Score([Samples.Of("x")], CancellationToken.None));
    }

    [Fact]
    public void No_more_requests_are_under_way_than_are_allowed()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "1", Delay: TimeSpan.FromMilliseconds(20)));
        using var chat = new ChatJudge(Options(endpoint.Address) with { Concurrency = 2 });
        using var judge = new RubricJudge(chat, Rubric, concurrency: 8);
        judge.Score([.. Enumerable.Range(0, 12).Select(i => Samples.Of($"{i}"))], CancellationToken.None);
        Assert.Equal(12, endpoint.Requests);
        Assert.InRange(endpoint.MostOpen, 1, 2);
    }

    [Fact]
    public void A_refused_key_is_said_once_for_all()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(401, "no such key"));
        using RubricJudge judge = Judge(endpoint.Address);
        var failure = Assert.Throws<RewardBatchException>(
            () => judge.Score([.. Enumerable.Range(0, 50).Select(i => Samples.Of($"{i}"))], CancellationToken.None));
        Assert.Equal(50, failure.Failures.Count);
        Assert.All(failure.Failures.Values, one => Assert.Contains("refuses the key (status 401).", one.Message, StringComparison.Ordinal));
        Assert.InRange(endpoint.Requests, 1, 8);
    }

    [Fact]
    public void An_unknown_model_is_named()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(404, "what?"));
        using RubricJudge judge = Judge(endpoint.Address);
        Assert.Contains(
            "knows no model test-model",
            Assert.Throws<RewardBatchException>(() => judge.Score([Samples.Of("x")], CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_at_the_address_is_said()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using RubricJudge judge = Judge($"http://127.0.0.1:{port}/v1", options => options with { Retries = 1 });
        Assert.Contains(
            "cannot be reached: ",
            Assert.Throws<RewardBatchException>(() => judge.Score([Samples.Of("x")], CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_ends_the_wait()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "1", Delay: TimeSpan.FromSeconds(30)));
        using RubricJudge judge = Judge(endpoint.Address);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => judge.Score([Samples.Of("x")], stop.Token));
    }

    [Fact]
    public void Waits_double_with_jitter_unless_the_endpoint_says_how_long() => Laws.Hold(
        from tries in Gen.Choose(1, 8)
        from draw in Gen.Choose(0, 1000)
        from seconds in Gen.Choose(0, 100)
        select (tries, draw: draw / 1000.0, seconds),
        c =>
        {
            var first = TimeSpan.FromMilliseconds(100);
            DateTimeOffset now = DateTimeOffset.UnixEpoch;
            double middle = 100 * Math.Pow(2, c.tries - 1);
            double wait = RetryDelay.Of(c.tries, first, "", now, c.draw).TotalMilliseconds;
            return wait >= (middle * 0.5) - 1e-6 && wait <= (middle * 1.5) + 1e-6
                && RetryDelay.Of(
                    c.tries,
                    first,
                    c.seconds.ToString(CultureInfo.InvariantCulture),
                    now,
                    c.draw) == TimeSpan.FromSeconds(c.seconds)
                && RetryDelay.Of(
                    c.tries,
                    first,
                    now.AddSeconds(c.seconds).ToString("r", CultureInfo.InvariantCulture),
                    now,
                    c.draw) == TimeSpan.FromSeconds(c.seconds);
        });

    [Fact]
    public void A_pair_is_labelled_in_both_orders_so_that_a_leaning_to_a_place_cancels() => Laws.Hold(
        from quality in Gen.Two(Gen.Choose(0, 3)) from leans in Gen.Elements("", "A", "B") select (quality, leans),
        c =>
        {
            using var endpoint = new FakeEndpoint((_, text) =>
            {
                int[] found = [.. Regex.Matches(text, "<q([0-9])>")
                    .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
                string better = c.leans.Length > 0 ? c.leans : found[0] > found[1] ? "A" : found[0] < found[1] ? "B" : "tie";
                return new FakeReply(200, $"{{\"better\": \"{better}\"}}");
            });
            using var judge = new PairJudge(new ChatJudge(Options(endpoint.Address)));
            double label = judge.Label(
                [new CandidatePair(new Question("p", "", "f", 2), $"<q{c.quality.Item1}>", $"<q{c.quality.Item2}>")],
                CancellationToken.None)[0];
            double expected = c.leans.Length > 0
                ? 0.5
                : c.quality.Item1 > c.quality.Item2 ? 1 : c.quality.Item1 < c.quality.Item2 ? 0 : 0.5;
            return label == expected && endpoint.Requests == (c.quality.Item1 == c.quality.Item2 ? 0 : 2);
        },
        count: 30);

    [Fact]
    public void Swapping_a_pair_turns_its_label_round()
    {
        using var endpoint = new FakeEndpoint(
            (_, text) => new FakeReply(
                200,
                text.IndexOf("first", StringComparison.Ordinal) < text.IndexOf("second", StringComparison.Ordinal) ? "A" : "tie"));
        using var judge = new PairJudge(new ChatJudge(Options(endpoint.Address)), "{first} or {second}: {prompt}");
        var question = new Question("p", "", "f", 2);
        Assert.Equal(
            [0.75, 0.25],
            judge.Label([new(question, "first", "second"), new(question, "second", "first")], CancellationToken.None));
    }

    [Fact]
    public void A_missing_key_is_said_before_the_run()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("q.csv", "prompt\nx\n");
        var problems = new List<InputProblem>();
        RewardSettings judge = RecipeReader.ParseRewards("""{"type":"judge","model":"m","keyVariable":"RLCORE_NO_SUCH_KEY"}""", "test")[0];
        Assert.Single(Dataset.Questions(file, new DatasetChecks { Readers = [judge] }, problems));
        Assert.Equal(
            "environment variable RLCORE_NO_SUCH_KEY: found nothing; expected the key of https://api.openai.com/v1; or "
                + "\"keyVariable\": \"\" if the endpoint needs none.",
            Assert.Single(problems).ToString());
        Assert.Contains(
            "RLCORE_NO_SUCH_KEY",
            Assert.Throws<JudgeException>(() => judge.Create(new RewardContext())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipes_judge_asks_its_endpoint_and_keeps_replies_in_the_run()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, text) => new FakeReply(200, text == "Is 4 blue?" ? "1" : "0"));
        RewardSettings settings = RecipeReader.ParseRewards(
            $$"""
            {
              "type": "judge", "model": "m", "endpoint": "{{endpoint.Address}}", "keyVariable": "",
              "rubric": "Is {completion} {colour}?", "within": "answer"
            }
            """,
            "test")[0];
        IReward judge = settings.Create(new RewardContext { Folder = folder.Path });
        using var owner = (IDisposable)judge;
        var row = new Dictionary<string, string> { ["colour"] = "blue" };
        Assert.Equal(
            [1, 0],
            judge.Score([Samples.Of("<answer>4</answer>", fields: row), Samples.Of("4", fields: row)], CancellationToken.None));
        Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "judge-replies")));
    }

    [Theory]
    [InlineData("judge", "model: found nothing; expected the name of a model.")]
    [InlineData(
        """{"type":"judge","model":"m","endpoint":"localhost"}""",
        "endpoint: found \"localhost\"; expected an address that begins with http:// or https://.")]
    [InlineData(
        """{"type":"judge","model":"m","rubric":"Grade it."}""",
        "rubric: found \"Grade it.\"; expected a text with the placeholder {completion}.")]
    [InlineData(
        """{"type":"judge","model":"m","keyVariable":"sk-123"}""",
        "expected the name of an environment variable, not the key itself; or nothing.")]
    [InlineData("""{"type":"judge","model":"m","concurrency":0}""", "concurrency: found 0; expected a whole number of at least 1.")]
    [InlineData(
        """{"type":"judge","model":"m","temperature":-2}""",
        "temperature: found -2; expected a number from 0 to 100, or -1 to leave it to the endpoint.")]
    [InlineData("""{"type":"judge","model":"m","temperature":1e39}""", "temperature: found 1e39; expected a number from 0 to 100, or -1")]
    [InlineData("""{"type":"judge","model":"m","timeout":0}""", "timeout: found 0; expected a number of seconds above 0 and at most 3600.")]
    public void What_a_judge_cannot_be_is_said(string reward, string message) =>
        Assert.Contains(message, Samples.Refusal(reward), StringComparison.Ordinal);

    private static JudgeOptions Options(string address) =>
        new() { Endpoint = address, Model = "test-model", KeyVariable = "", FirstDelay = 0.005 };

    private static RubricJudge Judge(string address, Func<JudgeOptions, JudgeOptions>? change = null) =>
        new(new ChatJudge(change is null ? Options(address) : change(Options(address))), Rubric, concurrency: 8);

}
