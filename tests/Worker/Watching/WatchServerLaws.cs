using System.Net;
using System.Text.Json;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests.Watching;

/// <summary>What the server of the page answers, and whom.</summary>
public sealed class WatchServerLaws
{
    [Theory]
    [InlineData("Host", "evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Host", "192.168.1.7", HttpStatusCode.Forbidden)]
    [InlineData("Host", "127.0.0.1.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost:8080", HttpStatusCode.OK)]
    [InlineData("Host", "[::1]:1", HttpStatusCode.OK)]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    public async Task Only_pages_of_its_own_are_answered(string header, string value, HttpStatusCode status)
    {
        await using Watched watched = await Watched.StartAsync();
        Assert.Equal(status, (await AskAsync(watched, "api/runs", (header, value))).StatusCode);
        Assert.Equal(status, (await AskAsync(watched, "", (header, value))).StatusCode);
    }

    [Fact]
    public async Task Its_own_origin_is_answered()
    {
        await using Watched watched = await Watched.StartAsync();
        string origin = watched.Address.TrimEnd('/');
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(watched, "api/runs", ("Origin", origin))).StatusCode);
    }

    [Fact]
    public async Task A_link_from_elsewhere_opens_the_page_and_embeds_nothing()
    {
        await using Watched watched = await Watched.StartAsync();
        (string, string)[] link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(watched, "", link)).StatusCode);
        (string, string)[] frame = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")];
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(watched, "", frame)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("style.css")]
    [InlineData("api/runs")]
    [InlineData("api/run?run=x")]
    [InlineData("nothing")]
    public async Task Every_answer_has_the_policy(string path)
    {
        await using Watched watched = await Watched.StartAsync();
        HttpResponseMessage answer = await AskAsync(watched, path);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("../secret.txt")]
    [InlineData("..%2fsecret.txt")]
    [InlineData("%2e%2e/secret.txt")]
    [InlineData("run/metrics.csv")]
    [InlineData("api/run?run=run")]
    [InlineData("api/run?run=..%2frun")]
    [InlineData("api/sample?run=/etc&index=0")]
    public async Task No_part_of_a_request_becomes_a_path(string path)
    {
        await using Watched watched = await Watched.StartAsync();
        watched.NewRun("run", "loss").Step(1, 1, (_, _) => 1);
        File.WriteAllText(Path.Combine(watched.Folder, "secret.txt"), "secret");
        HttpResponseMessage answer = await AskAsync(watched, path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Nothing_but_reading_is_asked()
    {
        await using Watched watched = await Watched.StartAsync();
        using var client = new HttpClient();
        HttpResponseMessage answer = await client.PostAsync(
            new Uri(watched.Address + "api/runs"), new StringContent(""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Runs_are_found_below_the_folder_the_latest_first_and_links_are_not_followed()
    {
        await using Watched watched = await Watched.StartAsync();
        watched.NewRun("old", "loss");
        watched.NewRun(Path.Combine("group", "new"), "loss");
        File.SetLastWriteTimeUtc(Path.Combine(watched.Folder, "old", "run.json"), DateTime.UtcNow.AddDays(-1));
        string elsewhere = Directory.CreateTempSubdirectory("rlcore-elsewhere-").FullName;
        _ = new FakeRun(Path.Combine(elsewhere, "run"), "loss");
        Directory.CreateSymbolicLink(Path.Combine(watched.Folder, "link"), elsewhere);
        JsonElement runs = await ReadAsync(watched, "api/runs");
        Assert.Equal(["group/new", "old"], runs.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("name").GetString()));
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void Runs_that_are_named_come_in_their_order()
    {
        string folder = Directory.CreateTempSubdirectory("rlcore-named-").FullName;
        string[] named = [.. "bac".Select(name => new FakeRun(Path.Combine(folder, $"{name}"), "loss").Folder)];
        IReadOnlyList<WatchedRun> runs = new RunCatalogue(named).Scan();
        Assert.Equal([("b", true), ("a", true), ("c", true)], runs.Select(run => (run.Name, run.IsNamed)));
        Assert.All(new RunCatalogue([folder]).Scan(), run => Assert.False(run.IsNamed));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Rows_after_those_that_the_page_has_are_sent_alone()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("run", "loss", "kl");
        run.Step(1, 5, (step, metric) => metric == 0 ? step : double.NaN);
        string id = await IdAsync(watched);
        JsonElement all = await ReadAsync(watched, $"api/series?run={id}&metric=loss&metric=kl&metric=none");
        Assert.Equal([1, 2, 3, 4, 5], Numbers(all, "loss", "y"));
        Assert.Empty(Numbers(all, "kl", "y"));
        Assert.False(all.GetProperty("series").TryGetProperty("none", out _));
        run.Step(6, 2, (step, _) => step);
        JsonElement fresh = await ReadAsync(watched, $"api/series?run={id}&metric=loss&after=5&generation=0");
        Assert.Equal((5, 7), (fresh.GetProperty("first").GetInt32(), fresh.GetProperty("rows").GetInt32()));
        Assert.Equal([6, 7], Numbers(fresh, "loss", "x"));
        JsonElement other = await ReadAsync(watched, $"api/series?run={id}&metric=loss&after=5&generation=1");
        Assert.Equal(7, Numbers(other, "loss", "x").Length);
    }

    [Fact]
    public async Task Events_tell_of_a_step()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("run", "loss");
        string id = await IdAsync(watched);
        using var client = new HttpClient();
        using Stream stream = await client.GetStreamAsync(
            new Uri($"{watched.Address}events?run={id}"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        await UntilAsync(reader, "\"rows\":0");
        run.Step(1, 1, (_, _) => 1);
        await UntilAsync(reader, "\"rows\":1");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_if_it_was_asked_for()
    {
        await using Watched watched = await Watched.StartAsync();
        int port = new Uri(watched.Address).Port;
        var refused = await Assert.ThrowsAsync<Trainers.Inputs.InputException>(
            () => WatchServer.StartAsync(new RunCatalogue([watched.Folder]), IPAddress.Loopback, port));
        Assert.StartsWith($"--port: found 127.0.0.1:{port}, where nothing can listen (", refused.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(StreamReader reader, string part)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains(part, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The stream ended before {part}.");
    }

    private static double[] Numbers(JsonElement answer, string metric, string axis) =>
        [.. answer.GetProperty("series").GetProperty(metric).GetProperty(axis).EnumerateArray().Select(number => number.GetDouble())];

    private static async Task<string> IdAsync(Watched watched) =>
        (await ReadAsync(watched, "api/runs")).GetProperty("runs")[0].GetProperty("id").GetString() ?? "";

    private static async Task<JsonElement> ReadAsync(Watched watched, string path)
    {
        HttpResponseMessage answer = await AskAsync(watched, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<HttpResponseMessage> AskAsync(Watched watched, string path, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient();
        var asTyped = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(watched.Address + path, asTyped));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
