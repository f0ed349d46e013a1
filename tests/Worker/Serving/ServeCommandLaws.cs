using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Worker.Tests.Serving;

/// <summary><c>rlcore serve</c>.</summary>
public sealed class ServeCommandLaws
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(1);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");

    [Fact]
    public async Task A_run_is_served_until_a_signal_stops_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using var session = new Session();
        string pairs = session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n2+1=,3,1\n1+2=,3,2\n2+2=,4,1\n");
        Ending trained = await Session.RunAsync(
            "train", "reward", "--data", pairs, "--steps", "60", "--learning-rate", "0.01", "--characters", "01234+=",
            "--model-width", "16", "--model-heads", "2", "--model-context", "12", "--output", session.Out, "--quiet");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        using Process process = Start("serve", "--model", session.Out, "--reward-model", session.Out, "--port", "0", "--name", "toy");
        string first = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        Assert.Matches("^toy at http://127.0.0.1:[0-9]+/v1 \\(Ctrl\\+C to stop\\)$", first);
        Assert.Equal(
            "completions (the model has no chat template), scores; 16 rows of 12 tokens",
            await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using var client = new HttpClient { BaseAddress = new Uri(first.Split(' ')[2] + "/") };
        JsonNode drawn = await AskAsync(
            client, "completions", """{"prompt": "1+2=", "seed": 9, "n": 3, "temperature": 1.5, "max_tokens": 5}""");
        Ending generated = await Session.RunAsync(
            "generate", "--model", session.Out, "--prompt", "1+2=", "--seed", "9", "--samples", "3", "--temperature", "1.5",
            "--max-tokens", "5");
        Assert.Equal(
            generated.Output.ReplaceLineEndings("\n").Split('\n').SkipLast(1).Select(line => line.TrimEnd('…')),
            drawn["choices"]!.AsArray().Select(choice => choice!["text"]!.GetValue<string>()));
        JsonNode scored = await AskAsync(client, "score", """{"prompt": "2+2=", "completion": ["4", "1"]}""");
        double[] scores = [.. scored["scores"]!.AsArray().Select(score => score!.GetValue<double>())];
        Assert.True(scores[0] > scores[1] + 0.5, scored.ToJsonString());
        JsonNode one = await AskAsync(client, "score", """{"prompt": "2+2=", "completion": "4"}""");
        Assert.Equal(scores[0], one["score"]!.GetValue<double>(), 1e-5);
        JsonNode open = await AskAsync(client, "score", """{"prompt": "2+2=", "completion": "4", "ended": false}""");
        Assert.NotEqual(scores[0], open["score"]!.GetValue<double>(), 1e-5);
        JsonNode longer = await AskAsync(client, "score", """{"prompt": "2+2=2+2=", "completion": "4444"}""");
        Assert.Equal("context_length_exceeded", longer["error"]!["code"]!.GetValue<string>());
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(process.WaitForExit(LongestStop), "The server went on after the signal.");
        Assert.Equal(0, process.ExitCode);
        Assert.Contains(
            "Finishing the requests",
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adapters_are_served_on_the_model_that_is_named()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("base"), "llama");
        string data = session.Write("data.csv", "prompt,completion\nab,cd\nef,gh\n");
        Ending trained = await Session.RunAsync(
            "train", "sft", "--model", model, "--data", data, "--steps", "3", "--learning-rate", "0.05", "--lora-rank", "2", "--output",
            session.Out, "--quiet");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        string moved = session.In("moved");
        Directory.Move(model, moved);
        using Process process = Start("serve", "--model", moved, "--adapter", session.Out, "--port", "0");
        string first = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        using var client = new HttpClient { BaseAddress = new Uri(first.Split(' ')[2] + "/") };
        const string Greedy = """{"prompt": "ab", "temperature": 0, "max_tokens": 12}""";
        JsonNode adapted = await AskAsync(client, "completions", Greedy);
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Move(moved, model);
        string[] generated =
        [
            await GreedyAsync(session.Out),
            await GreedyAsync(model),
        ];
        Assert.NotEqual(generated[0], generated[1]);
        Assert.Equal(generated[0], adapted["choices"]![0]!["text"]!.GetValue<string>());
        Ending own = await Session.RunAsync("serve", "--model", session.Out, "--adapter", session.Out);
        Assert.Equal(2, own.ExitCode);
        Assert.Contains("found a model with adapters of its own", own.Error, StringComparison.Ordinal);

        static async Task<string> GreedyAsync(string folder)
        {
            Ending ending = await Session.RunAsync("generate", "--model", folder, "--prompt", "ab", "--max-tokens", "12", "--json");
            return JsonNode.Parse(ending.Output)!["completion"]!.GetValue<string>();
        }
    }

    [Theory]
    [InlineData("--adapter", "--reward-model", "x", "--adapter", "y")]
    [InlineData("--model, --reward-model")]
    [InlineData("--rows", "--model", "x", "--rows", "0")]
    [InlineData("--queue", "--model", "x", "--queue", "-1")]
    [InlineData("--context", "--model", "x", "--context", "1")]
    [InlineData("--port", "--model", "x", "--port", "70000")]
    [InlineData("--host", "--model", "x", "--host", "nowhere")]
    public async Task An_option_out_of_range_is_named(string option, params string[] typed)
    {
        Ending ending = await Session.RunAsync(["serve", .. typed]);
        Assert.Equal(2, ending.ExitCode);
        Assert.StartsWith($"error: {option}: found ", ending.Error, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> AskAsync(HttpClient client, string route, string body)
    {
        using var content = new StringContent(body);
        using HttpResponseMessage answer = await client.PostAsync(route, content, TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = [Program, .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        return Process.Start(start)!;
    }
}
