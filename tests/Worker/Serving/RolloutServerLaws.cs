using System.Net;
using Microsoft.AspNetCore.Http;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Serving;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Tests.Serving;

/// <summary>Completions that servers draw in a trainer's place.</summary>
public sealed class RolloutServerLaws
{
    private const int MaxTokens = 60;
    private const string Nobody = "http://127.0.0.1:9/v1";

    private static readonly int[][] Prompts = [.. Enumerable.Range(0, 20).Select(i => new[] { 65 + i, 66, 67 + (i % 3) })];
    private static readonly SamplingAddress Address = new(3, RandomPurpose.Rollout, 7);

    [Fact]
    public async Task Completions_are_the_same_from_one_server_and_from_several_and_have_the_models_log_probs()
    {
        using var first = new ServedModel();
        using var second = new ServedModel(new TextServiceOptions(Rows: 5));
        IReadOnlyList<SampledCompletion> one = await DrawAsync(Settings(first.Address.ToString()));
        Assert.Equal(one, await DrawAsync(Settings(second.Address.ToString(), first.Address.ToString())));
        Assert.Equal(2 * Prompts.Length, one.Count);
        Assert.True(one.Select(completion => completion.Sequence).Distinct().Count() > Prompts.Length);
        Assert.Contains(one, completion => completion.Ended);
        Assert.Contains(one, completion => !completion.Ended);

        // The same model in this process.
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(
            engine,
            new ModelSettings { Layers = 2, Width = 32, Heads = 4, Context = 512, InitStd = 0.4, Positions = PositionKind.Rotary },
            258,
            5);
        var pass = new Trainers.Stages.PolicyPass<ManagedTensor>(engine, model, new PassLimits(64), temperature: 1);
        TokenSequence[] sequences = [.. one.Select(completion => completion.Sequence)];
        ActionLogProbs own = pass.LogProbs(sequences, PolicyRole.Old);
        for (int row = 0; row < one.Count; row++)
        {
            Assert.Equal(Prompts[row / 2], one[row].Sequence.Tokens[..3]);
            Assert.Equal(one[row].Ended, one[row].Sequence.Tokens[^1] == ByteTokenizer.End);
            for (int t = 0; t < one[row].LogProbs.Length; t++)
            {
                Assert.Equal(own.Values[(row * own.Mask.Columns) + t], one[row].LogProbs[t], 1e-3);
            }
        }
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_costs_no_completion()
    {
        using var served = new ServedModel();
        IReadOnlyList<SampledCompletion> expected = await DrawAsync(Settings(served.Address.ToString()));
        using var servers = new RolloutServers(Settings(Nobody, served.Address.ToString()), 258, [ByteTokenizer.End]);
        Assert.Equal(expected, await servers.DrawAsync(Prompts, 2, MaxTokens, new SamplingOptions(), Address, CancellationToken.None));
        Assert.True(servers.TakeFailed() > 0);
        Assert.Equal(0, servers.TakeFailed());
    }

    [Fact]
    public async Task Without_any_server_it_is_told_which_were_asked()
    {
        var failure = await Assert.ThrowsAsync<RolloutServerException>(() => DrawAsync(Settings(Nobody) with { Retries = 0 }));
        Assert.Contains(Nobody, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Start a server again, and resume", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"choices": []}""", "it gave 0 choices; expected 2")]
    [InlineData("""[]""", "no list of choices")]
    [InlineData("nothing", "not JSON")]
    [InlineData("""{"choices": [{"text": "a"}, {"text": "b"}]}""", "no token_ids; expected a server that knows return_token_ids")]
    [InlineData(
        """{"choices": [{"token_ids": [999], "logprobs": {"token_logprobs": [-1]}}, {"token_ids": [1]}]}""",
        "the token 999; expected one from 0 to 257")]
    [InlineData(
        """{"choices": [{"token_ids": [1, 2], "logprobs": {"token_logprobs": [-1, null]}}, {"token_ids": [1]}]}""",
        "1 log-probs for 2 tokens")]
    [InlineData(
        """{"choices": [{"token_ids": [], "logprobs": {"token_logprobs": []}}, {"token_ids": [1]}]}""", "drew 0 tokens; expected 1 to 60")]
    public async Task What_cannot_be_trained_on_is_refused_at_once(string reply, string message)
    {
        int asked = 0;
        await using LocalServer server = await ScriptedAsync(context =>
        {
            Interlocked.Increment(ref asked);
            return context.Response.WriteAsync(reply);
        });
        var failure = await Assert.ThrowsAsync<RolloutServerException>(
            () => DrawAsync(Settings($"{server.Address}v1") with { Model = "policy", Concurrency = 1 }));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not()
    {
        int asked = 0;
        await using LocalServer busy = await ScriptedAsync(context =>
        {
            bool answers = Interlocked.Increment(ref asked) > 2;
            context.Response.StatusCode = answers ? 200 : 429;
            context.Response.Headers.RetryAfter = "0";
            return context.Response.WriteAsync(
                """{"choices": [{"index": 1, "token_ids": [2], "logprobs": {"token_logprobs": [-2]}}, """
                    + """{"index": 0, "token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}""");
        });
        RolloutServerSettings settings = Settings($"{busy.Address}v1") with { Model = "policy", Concurrency = 1 };
        using var servers = new RolloutServers(settings, 258, [ByteTokenizer.End]);
        IReadOnlyList<SampledCompletion> drawn =
            await servers.DrawAsync([[5]], 2, 12, new SamplingOptions(), Address, CancellationToken.None);
        Assert.Equal([1, 2], drawn.Select(completion => completion.Sequence.Tokens[^1]));
        Assert.Equal(3, asked);

        using var locked = new ServedModel(key: "secret");
        var failure = await Assert.ThrowsAsync<RolloutServerException>(() => DrawAsync(Settings(locked.Address.ToString())));
        Assert.Contains("status 401", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Mend what it says", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_could_not_take_new_weights_draws_nothing_with_old_ones()
    {
        int drawn = 0;
        Task Answer(HttpContext context, bool reloads)
        {
            bool isReload = context.Request.Path.Value!.EndsWith("/reload", StringComparison.Ordinal);
            context.Response.StatusCode = isReload && !reloads ? 503 : 200;
            if (!isReload && !reloads)
            {
                Interlocked.Increment(ref drawn);
            }

            return context.Response.WriteAsync("""{"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}""");
        }

        await using LocalServer fresh = await ScriptedAsync(context => Answer(context, reloads: true));
        await using LocalServer stale = await ScriptedAsync(context => Answer(context, reloads: false));
        RolloutServerSettings settings = Settings($"{stale.Address}v1", $"{fresh.Address}v1") with { Model = "policy", Retries = 0 };
        using var servers = new RolloutServers(settings, 258, [ByteTokenizer.End]);
        servers.Give(new ServedWeights("/models/1", ""));
        await servers.DrawAsync(Prompts, 1, 12, new SamplingOptions(), Address, CancellationToken.None);
        Assert.Equal(0, drawn);
    }

    [Fact]
    public async Task A_server_that_never_answers_holds_up_nobody()
    {
        var never = new TaskCompletionSource();
        int hung = 0;
        async Task HangAsync(HttpContext context)
        {
            Interlocked.Increment(ref hung);
            await never.Task.WaitAsync(context.RequestAborted);
        }

        using var served = new ServedModel();
        IReadOnlyList<SampledCompletion> expected = await DrawAsync(Settings(served.Address.ToString()));

        // It has taken prompts: they are given to the other server too, long before the timeout of a request.
        await using LocalServer taking = await ScriptedAsync(HangAsync);
        RolloutServerSettings settings = Settings($"{taking.Address}v1", served.Address.ToString()) with { Model = "small" };
        Assert.Equal(expected, await DrawAsync(settings));
        Assert.Equal(settings.Concurrency, hung);

        // It does not even take the weights: the other does, and draws.
        int reloads = 0;
        await using LocalServer fresh = await ScriptedAsync(context =>
        {
            Interlocked.Add(ref reloads, context.Request.Path.Value!.EndsWith("/reload", StringComparison.Ordinal) ? 1 : 0);
            return context.Response.WriteAsync("""{"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}""");
        });
        hung = 0;
        using var servers = new RolloutServers(
            Settings($"{taking.Address}v1", $"{fresh.Address}v1") with { Model = "policy" }, 258, [ByteTokenizer.End]);
        for (int step = 0; step < 3; step++)
        {
            servers.Give(new ServedWeights($"/models/{step}", ""));
            Assert.Equal(20, (await servers.DrawAsync(Prompts, 1, 12, new SamplingOptions(), Address, CancellationToken.None)).Count);
        }

        // Each server is told once for all of its requests, and the one that is silent is not asked again while it is.
        Assert.Equal(3, reloads);
        Assert.Equal(1, hung);
    }

    [Fact]
    public async Task A_server_whose_connection_was_lost_is_given_the_weights_again()
    {
        var calls = new List<string>();
        await using LocalServer server = await ScriptedAsync(async context =>
        {
            string route = context.Request.Path.Value![4..];
            lock (calls)
            {
                calls.Add(route);
            }

            if (calls.Count == 2)
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync("""{"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}""");
        });
        RolloutServerSettings settings = Settings($"{server.Address}v1") with { Model = "policy", Concurrency = 1 };
        using var servers = new RolloutServers(settings, 258, [ByteTokenizer.End]);
        servers.Give(new ServedWeights("/models/0", ""));
        await servers.DrawAsync([[5]], 1, 12, new SamplingOptions(), Address, CancellationToken.None);
        Assert.Equal(["reload", "completions", "reload", "completions"], calls);
        Assert.Equal(1, servers.TakeFailed());
    }

    [Fact]
    public async Task Adapters_are_loaded_by_name_and_those_before_are_unloaded()
    {
        var calls = new List<string>();
        await using LocalServer server = await ScriptedAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            string body = await reader.ReadToEndAsync();
            lock (calls)
            {
                string told = body.Length < 100 ? body : body[..body.IndexOf(',', StringComparison.Ordinal)];
                calls.Add($"{context.Request.Path.Value![4..]} {told}");
            }

            await context.Response.WriteAsync("""{"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}""");
        });
        RolloutServerSettings settings = Settings($"{server.Address}v1") with { Model = "base", Concurrency = 1 };
        using var servers = new RolloutServers(settings, 258, [ByteTokenizer.End]);
        servers.Give(new ServedWeights("/a/rlcore-0", "rlcore-0"));
        await servers.DrawAsync([[5]], 1, 12, new SamplingOptions(), Address, CancellationToken.None);
        servers.Give(new ServedWeights("/a/rlcore-1", "rlcore-1"));
        await servers.DrawAsync([[5]], 1, 12, new SamplingOptions(), Address, CancellationToken.None);
        Assert.Equal(
            [
                """load_lora_adapter {"lora_name":"rlcore-0","lora_path":"/a/rlcore-0"}""",
                """completions {"model":"rlcore-0" """.TrimEnd(),
                """load_lora_adapter {"lora_name":"rlcore-1","lora_path":"/a/rlcore-1"}""",
                """unload_lora_adapter {"lora_name":"rlcore-0"}""",
                """completions {"model":"rlcore-1" """.TrimEnd(),
            ],
            calls);
    }

    [Theory]
    [InlineData(1, 1, false, "0 0 0 0 0 0")]
    [InlineData(3, 2, false, "0 1 2 0 1 2")]
    [InlineData(1, 1, true, "0 1 1 1 1 1")]
    [InlineData(2, 2, true, "0 1 2 1 2 1")]
    [InlineData(2, 1, true, "0 1 1 1 1 1")]
    public async Task Completions_are_as_old_as_the_settings_let_them_be(
        int updateEvery, int maxStaleness, bool asynchronous, string expected)
    {
        await using LocalServer server = await ScriptedAsync(
            context => context.Response.WriteAsync("""{"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [-1]}}]}"""));
        using var folder = new Session();
        RolloutServerSettings settings = Settings($"{server.Address}v1") with
        {
            Model = "policy",
            UpdateEvery = updateEvery,
            MaxStaleness = maxStaleness,
            Asynchronous = asynchronous,
        };
        var written = new List<string>();
        using var served = new ServedCompletions(
            settings,
            new RolloutServers(settings, 258, [ByteTokenizer.End]),
            folder.In("rollouts"),
            to =>
            {
                Directory.CreateDirectory(to);
                written.Add(Path.GetFileName(to));
                return false;
            },
            DataParallel.Alone,
            CancellationToken.None);
        var ages = new List<int>();
        for (int step = 0; step < 6; step++)
        {
            served.Begin(step);
            ages.Add(served.Staleness);
            var address = Address with { Step = (uint)step };
            Assert.Equal(20, served.Draw(Prompts, 1, 12, new SamplingOptions(), address).Count);
            if (asynchronous && step < 5)
            {
                served.BeginNext(step + 1, Prompts, 1, 12, new SamplingOptions(), Address with { Step = (uint)step + 1 });
            }
        }

        Assert.Equal(expected, string.Join(' ', ages));
        Assert.All(ages, age => Assert.InRange(age, 0, maxStaleness));
        Assert.Equal(Math.Min(2, written.Count), Directory.GetDirectories(folder.In("rollouts")).Length);
    }

    private static RolloutServerSettings Settings(params string[] endpoints) => new() { Endpoints = endpoints, Retries = 2 };

    private static async Task<IReadOnlyList<SampledCompletion>> DrawAsync(RolloutServerSettings settings)
    {
        using var servers = new RolloutServers(settings, 258, [ByteTokenizer.End]);
        return await servers.DrawAsync(Prompts, 2, MaxTokens, new SamplingOptions(), Address, CancellationToken.None);
    }

    private static Task<LocalServer> ScriptedAsync(Func<HttpContext, Task> answer) => LocalServer.StartAsync(
        new ListeningOptions(IPAddress.Loopback, 0, 0) { MostBytes = 1 << 20 }, _ => context => answer(context));
}
