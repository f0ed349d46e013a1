using System.Diagnostics;
using System.Globalization;
using RlCore.Campaigns;
using RlCore.Worker.Tests.Processes;

namespace RlCore.Worker.Tests.Serving;

/// <summary>Training whose completions are drawn by servers of this program.</summary>
public sealed class ServedTrainingLaws
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");

    [Fact]
    public async Task A_run_learns_from_servers_and_goes_on_when_one_of_them_is_killed()
    {
        using var session = new Session();
        string model = await StartModelAsync(session);
        string run = session.In("served");
        Directory.CreateDirectory(run);
        using Process first = Serve(model, session.Path, out string one);
        using Process second = Serve(model, session.Path, out string other);
        try
        {
            string recipe = session.Write("served.json", $$"""
                {
                  "name": "served",
                  "model": { "from": "{{model}}" },
                  "stages": [ { "type": "grpo", "data": "prompts.csv", "steps": 40, "promptsPerStep": 2, "maxCompletionTokens": 3,
                    "algorithm": { "groupSize": 4 },
                    "rollouts": { "endpoints": ["{{one}}", "{{other}}"], "retries": 1 } } ],
                  "checkpoints": { "every": 4 }
                }
                """);
            Task<Ending> training = Session.RunAsync("train", recipe, "--output", run, "--quiet");
            string metrics = Path.Combine(run, "metrics.csv");
            while (!training.IsCompleted && (!File.Exists(metrics) || File.ReadAllLines(metrics).Length < 4))
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            first.Kill();
            Ending ending = await training;
            Assert.Equal(0, ending.ExitCode);
            string[][] rows = [.. File.ReadLines(metrics).Select(line => line.Split(','))];
            double[] Column(string name) =>
                [.. rows[1..].Select(row => double.Parse(row[Array.IndexOf(rows[0], name)], CultureInfo.InvariantCulture))];
            Assert.Equal(40, rows.Length - 1);
            Assert.All(Column("rollouts/staleness"), age => Assert.Equal(0, age));

            // The server's weights are the policy's, also after an update.
            Assert.All(Column("sampling/sampling_logp_difference/mean"), difference => Assert.InRange(difference, 0, 1e-4));
            Assert.All(Column("sampling/importance_sampling_ratio/mean"), weight => Assert.Equal(1, weight, 1e-3));
            Assert.True(Column("rollouts/failed").Sum() > 0);

            second.Kill();
            Ending alone = await Session.RunAsync("train", recipe, "--output", session.In("alone"), "--quiet");
            Assert.Equal(2, alone.ExitCode);
            Assert.Contains(one, alone.Error, StringComparison.Ordinal);
            Assert.Contains("Start a server again, and resume", alone.Error, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
            second.Kill();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_processes_learn_from_servers_what_one_does(bool asynchronous)
    {
        Mpirun.Require();
        using var session = new Session();
        string model = await StartModelAsync(session);
        using Process first = Serve(model, session.Path, out string one);
        using Process second = Serve(model, session.Path, out string other);
        try
        {
            string recipe = session.Write("served.json", $$"""
                {
                  "name": "served",
                  "model": { "from": "{{model}}" }, "shardWork": 0,
                  "stages": [ { "type": "grpo", "data": "prompts.csv", "steps": 6, "promptsPerStep": 3, "maxCompletionTokens": 3,
                    "rewards": [{ "type": "length", "maxTokens": 1 }], "algorithm": { "groupSize": 4 },
                    "rollouts": { "endpoints": ["{{one}}", "{{other}}"], "asynchronous": {{(asynchronous ? "true" : "false")}} } } ],
                  "checkpoints": { "every": 3 }
                }
                """);
            Ending alone = await Session.RunAsync("train", recipe, "--output", session.In("alone"), "--threads", "1", "--quiet");
            Assert.True(alone.ExitCode == 0, alone.Error);
            Ending two = await Mpirun.RunAsync(2, "train", recipe, "--output", session.In("two"), "--threads", "1", "--quiet");
            Assert.True(two.ExitCode == 0, two.Error + two.Output);
            RunComparison.Require(session.In("alone"), session.In("two"));
        }
        finally
        {
            first.Kill();
            second.Kill();
        }
    }

    [Fact]
    public async Task Weights_are_taken_over_only_from_the_folder_that_is_allowed_and_only_for_the_same_model()
    {
        using var session = new Session();
        string model = await StartModelAsync(session);
        Ending wider = await Session.RunAsync(
            "train", "sft", "--data", session.In("sft.csv"), "--characters", "0123456789+=", "--model-width", "16", "--model-heads", "2",
            "--model-context", "16", "--steps", "1", "--output", session.In("wider"), "--quiet");
        Assert.Equal((0, ""), (wider.ExitCode, wider.Error));
        using Process process = Serve(model, session.In("wider"), out string address);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"{address}/") };
            foreach (var (folder, message) in new[]
            {
                (session.Out, "a folder within"),
                (session.In("wider/../run"), "a folder within"),
                (session.In("wider/model"), "another model"),
                (session.In("wider/nothing"), "nothing"),
            })
            {
                using HttpResponseMessage refused = await client.PostAsync(
                    "reload", new StringContent($$"""{"folder": "{{folder}}"}"""), TestContext.Current.CancellationToken);
                Assert.Equal(400, (int)refused.StatusCode);
                Assert.Contains(
                    message,
                    await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                    StringComparison.Ordinal);
            }
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<string> StartModelAsync(Session session)
    {
        Ending ending = await Session.RunAsync(
            "train", "sft", "--data", session.In("sft.csv"), "--characters", "0123456789+=", "--model-width", "8", "--model-heads", "2",
            "--model-context", "16", "--steps", "3", "--output", session.Out, "--quiet");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        return Path.Combine(session.Out, "model");
    }

    private static Process Serve(string model, string reloadFrom, out string address)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = [Program, "serve", "--model", model, "--reload-from", reloadFrom, "--port", "0", "--name", "policy"];
        Array.ForEach(all, start.ArgumentList.Add);
        Process process = Process.Start(start)!;
        string first = process.StandardOutput.ReadLine() ?? "";
        Assert.Matches("^policy at http://127.0.0.1:[0-9]+/v1", first);
        address = first.Split(' ')[2];
        return process;
    }
}
