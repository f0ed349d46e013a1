using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Judges that are broken, slow to end, or work against the run: each costs its samples at most, and for one batch.</summary>
public class JudgeFaultLaws
{
    private const string Rubric = "Grade {completion}.";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Alike_completions_at_once_are_one_request(bool isCached)
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, text) => new FakeReply(
            200, text == "Grade a." ? "0.25" : "0.75", Delay: TimeSpan.FromMilliseconds(20)));
        using RubricJudge judge = Judge(endpoint, options => options with { CacheFolder = isCached ? folder.Path : "" });
        RewardSample[] batch = [.. "aabaaabaab".Select(letter => Samples.Of($"{letter}"))];
        Assert.Equal(batch.Select(sample => sample.Completion == "a" ? 0.25 : 0.75), judge.Score(batch, CancellationToken.None));
        Assert.Equal(2, endpoint.Requests);
        Assert.Equal(isCached ? 2 : 0, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void Alike_requests_share_a_failure_and_its_retries()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(500, "out of order"));
        using RubricJudge judge = Judge(endpoint, options => options with { Retries = 1 });
        Assert.Equal(6, Failures(judge, [.. Enumerable.Repeat(Samples.Of("a"), 6)]).Count);
        Assert.Equal(2, endpoint.Requests);
    }

    [Fact]
    public void Alike_pairs_are_two_requests()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "A", Delay: TimeSpan.FromMilliseconds(20)));
        using var judge = new PairJudge(new ChatJudge(Options(endpoint)), "{first} or {second}?");
        var pair = new CandidatePair(new Question("p", "", "f", 2), "one", "two");
        Assert.Equal([0.5, 0.5, 0.5, 0.5], judge.Label([pair, pair, pair, pair], CancellationToken.None));
        Assert.Equal(2, endpoint.Requests);
    }

    [Fact]
    public void A_cache_that_cannot_be_used_costs_no_score()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "0.5"));

        // A file where the folder should be.
        using RubricJudge without = Judge(endpoint, options => options with { CacheFolder = folder.Write("taken", "") });
        Assert.Equal([0.5, 0.5], without.Score([Samples.Of("a"), Samples.Of("b")], CancellationToken.None));

        // Folders where the reply, and its temporary file, should be.
        using RubricJudge judge = Judge(endpoint, options => options with { CacheFolder = folder.In("replies") });
        Assert.Equal([0.5], judge.Score([Samples.Of("a")], CancellationToken.None));
        string kept = Assert.Single(Directory.GetFiles(folder.In("replies")));
        File.Delete(kept);
        Directory.CreateDirectory(kept);
        Directory.CreateDirectory(Path.Combine(folder.In("replies"), ".writing-" + Path.GetFileName(kept), "full"));
        Assert.Equal([0.5], judge.Score([Samples.Of("a")], CancellationToken.None));
        Assert.Equal(4, endpoint.Requests);
    }

    [Fact]
    public void A_cached_reply_that_somebody_else_holds_is_asked_for_again()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((number, _) => new FakeReply(200, number == 1 ? "0.5" : "0.75"));
        using RubricJudge judge = Judge(endpoint, options => options with { CacheFolder = folder.Path });
        Assert.Equal([0.5], judge.Score([Samples.Of("a")], CancellationToken.None));
        using (File.Open(Assert.Single(Directory.GetFiles(folder.Path)), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal([0.75], judge.Score([Samples.Of("a")], CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("<html>Please log in.</html>")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[null]}""")]
    [InlineData("""{"choices":[{"message":{"content":0.5}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":[{"text":1}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"\ud800"}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":"0.5"}}]""")]
    [InlineData("""{"choices":[{"finish_reason":"length","message":{"content":"0.5"}}]}""")]
    [InlineData("""{"error":{"message":"overloaded"}}""")]
    public void An_odd_reply_is_asked_for_again_and_then_one_samples_failure(string body)
    {
        using var folder = new TemporaryFolder();
        int broken = 1;
        using var endpoint = new FakeEndpoint((_, text) => text.Contains("bad", StringComparison.Ordinal) && Volatile.Read(ref broken) == 1
            ? new FakeReply(200, "") { Body = body }
            : new FakeReply(200, "0.5"));
        using RubricJudge judge = Judge(endpoint, options => options with { CacheFolder = folder.Path, Retries = 0 });
        var failures = Failures(judge, Samples.Of("bad"), Samples.Of("good"));
        Assert.Equal([0], failures.Keys);
        Assert.Contains("test-model at ", failures[0].Message, StringComparison.Ordinal);
        Assert.Contains(" gave no reply that can be read: ", failures[0].Message, StringComparison.Ordinal);
        Assert.Equal(3, endpoint.Requests);
        Assert.Single(Directory.GetFiles(folder.Path));

        // Nothing of it is left for the next batch.
        Volatile.Write(ref broken, 0);
        Assert.Equal([0.5, 0.5], judge.Score([Samples.Of("bad"), Samples.Of("other")], CancellationToken.None));
    }

    [Fact]
    public void An_odd_reply_followed_by_a_good_one_is_a_score()
    {
        using var endpoint = new FakeEndpoint((number, _) => new FakeReply(200, "0.5") { Body = number == 1 ? "{\"choices\":" : null });
        using RubricJudge judge = Judge(endpoint);
        Assert.Equal([0.5], judge.Score([Samples.Of("x")], CancellationToken.None));
    }

    [Theory]
    [InlineData("""[{"type":"text","text":"0."},{"type":"text","text":"5"}]""")]
    [InlineData("\"0.5\"")]
    public void A_reply_says_a_text_or_a_list_of_texts(string content)
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "")
        {
            Body = $$$"""{"choices":[{"finish_reason":"eos","message":{"content":{{{content}}}}}]}""",
        });
        using RubricJudge judge = Judge(endpoint);
        Assert.Equal([0.5], judge.Score([Samples.Of("x")], CancellationToken.None));
    }

    [Fact]
    public void A_connection_that_is_cut_fails_its_sample_and_no_other()
    {
        using var endpoint = new FakeEndpoint((number, text) => new FakeReply(200, "0.5")
        {
            Missing = text.Contains("bad", StringComparison.Ordinal) || number == 1 ? 10 : 0,
        });
        using RubricJudge judge = Judge(endpoint, options => options with { Retries = 1, Concurrency = 1 });
        var failures = Failures(judge, Samples.Of("good"), Samples.Of("bad"), Samples.Of("good too"));
        Assert.Equal([1], failures.Keys);
        Assert.Contains("gave no whole reply", failures[1].Message, StringComparison.Ordinal);
        Assert.Equal(5, endpoint.Requests);
    }

    [Fact]
    public void A_failure_that_all_of_a_batch_share_is_not_remembered_in_the_next()
    {
        using var endpoint = new FakeEndpoint((number, _) => number == 1 ? new FakeReply(401, "not yet") : new FakeReply(200, "0.5"));
        using RubricJudge judge = Judge(endpoint, options => options with { Concurrency = 1 });
        Assert.Equal([0, 1, 2], Failures(judge, Samples.Of("a"), Samples.Of("b"), Samples.Of("c")).Keys.Order());
        Assert.Equal(1, endpoint.Requests);
        Assert.Equal([0.5], judge.Score([Samples.Of("a")], CancellationToken.None));
    }

    [Fact]
    public void A_completion_with_half_of_a_surrogate_pair_is_judged()
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "0.5"));
        using RubricJudge judge = Judge(endpoint, options => options with { CacheFolder = folder.Path });
        Assert.Equal([0.5], judge.Score([Samples.Of("a\ud800b")], CancellationToken.None));
    }

    [Fact]
    public void A_reply_may_be_as_large_as_the_limit_and_no_larger()
    {
        const string Good = """{"choices":[{"message":{"content":"0.5"}}]}""";
        using var endpoint = new FakeEndpoint((_, text) => new FakeReply(200, "")
        {
            Body = Good.PadRight(text == "Grade good." ? 2048 : 2049),
        });
        using RubricJudge judge = Judge(endpoint, options => options with { MaxReplyBytes = 2048 });
        var failures = Failures(judge, Samples.Of("good"), Samples.Of("bad"));
        Assert.Equal([1], failures.Keys);
        Assert.Contains(
            "sent more than 2048 bytes, the limit of a reply (maxReplyBytes); the reply was cut off.",
            failures[1].Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task An_endless_reply_is_cut_at_the_limit(int status)
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(status, "0.5") { IsEndless = true });
        using RubricJudge judge = Judge(endpoint);
        Assert.Contains(
            "sent more than 1048576 bytes", Failures(judge, Samples.Of("x"))[0].Message, StringComparison.Ordinal);
        Assert.Equal(2, endpoint.Requests);

        // The connections are closed, so that the endpoint cannot go on; what was sent stood in buffers of the system.
        long sent;
        do
        {
            sent = endpoint.Sent;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        while (endpoint.Sent > sent);
        Assert.InRange(sent, 2 << 20, 64 << 20);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public void A_redirection_is_not_followed_and_is_said(int status)
    {
        using var other = new FakeEndpoint((_, _) => new FakeReply(200, "1"));
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(status, "there")
        {
            Header = $"Location: {other.Address}/chat/completions\r\n",
        });
        using RubricJudge judge = Judge(endpoint);
        Assert.Contains(
            $"{endpoint.Address} redirects to {other.Address}/chat/completions (status {status}). Redirections are not followed",
            Failures(judge, Samples.Of("secret"))[0].Message,
            StringComparison.Ordinal);
        Assert.Equal((1, 0), (endpoint.Requests, other.Requests));
    }

    private static Dictionary<int, Exception> Failures(RubricJudge judge, params RewardSample[] batch) =>
        Assert.Throws<RewardBatchException>(() => judge.Score(batch, CancellationToken.None)).Failures.ToDictionary();

    private static JudgeOptions Options(FakeEndpoint endpoint) =>
        new() { Endpoint = endpoint.Address, Model = "test-model", KeyVariable = "", FirstDelay = 0.005 };

    private static RubricJudge Judge(FakeEndpoint endpoint, Func<JudgeOptions, JudgeOptions>? change = null)
    {
        JudgeOptions options = change is null ? Options(endpoint) : change(Options(endpoint));
        return new RubricJudge(new ChatJudge(options), Rubric, options.Concurrency);
    }
}
