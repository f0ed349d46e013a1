using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Tests.Rewards;
using RlCore.Worker.Hosting;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests;

/// <summary>A run of every kind of stage, in a process of its own, of which a collector is told.</summary>
public sealed class ToldRun : IAsyncLifetime
{
    private FakeEndpoint? _judge;

    internal Session Session { get; } = new();

    internal Collector Collector { get; } = new();

    internal int Asked => _judge?.Requests ?? 0;

    public async ValueTask InitializeAsync()
    {
        _judge = new FakeEndpoint((request, _) => new FakeReply(200, request % 2 == 0 ? "{\"score\": 0.5}" : "?"));
        Session.Write("schema.json", "{}");
        string recipe = MetricLaws.WriteAllStages(Session, $$$"""
            { "type": "grpo", "name": "judged", "data": "prompts.csv", "steps": 2, "promptsPerStep": 2, "maxCompletionTokens": 3,
              "onRewardError": "score", "maxRewardErrorShare": 1, "algorithm": { "groupSize": 4 },
              "rewards": [ "numeric", { "type": "jsonSchema", "schema": "schema.json" },
                { "type": "judge", "endpoint": "{{{_judge.Address}}}", "model": "m", "keyVariable": "", "retries": 0 } ] }
            """);
        Ending ending = await RunAsync(
            Session,
            ["train", recipe, "--output", Session.Out, "--quiet", "--tensorboard"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "teller"));
        Assert.True(ending.ExitCode == 0, ending.Error);
    }

    public ValueTask DisposeAsync()
    {
        Session.Dispose();
        Collector.Dispose();
        _judge?.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static async Task<Ending> RunAsync(Session session, string[] args, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), .. args])
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Ending(process.ExitCode, await output, await error);
    }
}

/// <summary>What a run tells OpenTelemetry is what its tables say.</summary>
public sealed class OpenTelemetryLaws(ToldRun told) : IClassFixture<ToldRun>
{
    private readonly string _run = told.Session.Out;

    [Fact]
    public async Task Every_documented_metric_has_one_name_and_number_in_the_table_on_the_page_in_TensorBoard_and_in_OpenTelemetry()
    {
        string[] documented =
        [
            .. File.ReadLines(Path.Combine(ReadmeLaws.Root(), "docs", "metrics.md"))
                .SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith('|'))

                // Needs servers: see ServedTrainingLaws.
                .Where(line => !line.Contains("| on-policy with servers |", StringComparison.Ordinal))
                .Select(line => line.Split('`')[1]),
        ];
        string[][] table = [.. File.ReadLines(Path.Combine(_run, "metrics.csv")).Select(line => line.Split(','))];
        string[] columns = table[0];
        Assert.Equal(
            documented,
            columns.Select(column => documented.Contains(column) ? column : $"rewards/NAME/{column.Split('/')[^1]}").Distinct());
        TensorBoardLaws.Check(_run);
        await CheckPageAsync(table);

        // A gauge has the last number of each stage.
        (string, string, double)[] last =
        [
            .. from rows in table[1..].GroupBy(row => row[1])
               from column in columns.Index()
               let cell = rows.Select(row => row[column.Index]).LastOrDefault(cell => cell.Length > 0, "")
               where column.Item != "stage" && cell.Length > 0
               select (column.Item, $"run=run stage={rows.Key}", double.Parse(cell, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(
            last.Order(),
            told.Collector.Metrics().Where(metric => !metric.Name.StartsWith("rlcore.", StringComparison.Ordinal))
                .Select(metric => (metric.Name, metric.Tags, metric.Value)).Order());
    }

    // What the page draws is what the table says, row by row.
    private async Task CheckPageAsync(string[][] table)
    {
        await using LocalServer server = await WatchServer.StartAsync(new RunCatalogue([_run]), IPAddress.Loopback, 0);
        using var client = new HttpClient { BaseAddress = server.Address };
        JsonNode runs = JsonNode.Parse(await client.GetStringAsync("api/runs", TestContext.Current.CancellationToken))!;
        string id = runs["runs"]![0]!["id"]!.GetValue<string>();
        foreach (var (index, column) in table[0].Index().Where(column => column.Item is not ("stage" or "step" or "global_step")))
        {
            JsonNode drawn = JsonNode.Parse(await client.GetStringAsync(
                $"api/series?run={id}&metric={Uri.EscapeDataString(column)}", TestContext.Current.CancellationToken))!["series"]![column]!;
            string[][] rows = [.. table[1..].Where(row => row[index].Length > 0)];

            // Between stages a point without a value parts the lines. A curve has eight digits, and what is measured before a stage's first
            // step stands half a step before it.
            var points = drawn["x"]!.AsArray().Zip(drawn["y"]!.AsArray()).Where(point => point.Second is not null).ToList();
            Assert.Equal(
                rows.Select(row => double.Parse(row[0], CultureInfo.InvariantCulture) - (row[2] == "0" ? 0.5 : 0)),
                points.Select(point => point.First!.GetValue<double>()));
            Assert.All(rows.Zip(points), pair =>
            {
                double told = double.Parse(pair.First[index], CultureInfo.InvariantCulture);
                Assert.InRange(pair.Second.Second!.GetValue<double>() - told, -1e-7 * Math.Abs(told), 1e-7 * Math.Abs(told));
            });
        }
    }

    [Fact]
    public void What_a_run_does_is_counted()
    {
        var counted = told.Collector.Metrics().Where(metric => metric.Name.StartsWith("rlcore.", StringComparison.Ordinal))
            .ToLookup(metric => metric.Name);
        Assert.Equal(Telemetry.Instruments.Select(instrument => instrument.Name).Order(), counted.Select(group => group.Key).Order());
        double Of(string name, string tags) => Assert.Single(counted[name], metric => metric.Tags == tags).Value;
        string[][] rows = [.. File.ReadLines(Path.Combine(_run, "metrics.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(rows.Count(row => row[2] != "0"), counted["rlcore.steps"].Sum(metric => metric.Value));
        Assert.Equal(8, Of("rlcore.steps", "run=run stage=onlinedpo"));
        int total = Array.IndexOf(File.ReadLines(Path.Combine(_run, "metrics.csv")).First().Split(','), MetricNames.NumTokens);
        Assert.Equal(double.Parse(rows[^1][total], CultureInfo.InvariantCulture), counted["rlcore.tokens"].Sum(metric => metric.Value));
        const string Judged = "run=run stage=judged";
        Assert.Equal(2 * 2 * 4, Of("rlcore.rollouts", $"purpose=rollout {Judged}"));
        Assert.InRange(Of("rlcore.rollout.tokens", $"purpose=rollout {Judged}"), 2 * 2 * 4, 2 * 2 * 4 * 3);
        Measured rewards = Assert.Single(counted["rlcore.rewards"], metric => metric.Tags == Judged);
        Assert.Equal(2 * 2 * 4, rewards.Count);
        int reward = Array.IndexOf(File.ReadLines(Path.Combine(_run, "metrics.csv")).First().Split(','), MetricNames.Reward);
        Assert.Equal(
            rows.Where(row => row[1] == "judged").Sum(row => double.Parse(row[reward], CultureInfo.InvariantCulture) * 2 * 4),
            rewards.Value,
            1e-9);
        Assert.Equal(told.Asked, counted["rlcore.judge.calls"].Sum(metric => metric.Count));
        Assert.Equal(
            [$"model=m outcome=replied {Judged}"], counted["rlcore.judge.calls"].Select(metric => metric.Tags));
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(_run, "checkpoints")).Length, counted["rlcore.checkpoints"].Sum(metric => metric.Value));
        Assert.Equal(["teller"], told.Collector.Services);
    }

    [Fact]
    public void What_a_run_does_is_traced_each_within_what_it_is_part_of()
    {
        IReadOnlyList<Traced> traces = told.Collector.Traces();
        var byId = traces.ToDictionary(trace => trace.Id);
        Traced run = Assert.Single(traces, trace => trace.Parent.Length == 0);
        Assert.Equal(("run", "run=run"), (run.Name, run.Tags));
        string[] paths = [.. traces.Select(Path).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["run", "run/checkpoint", "run/stage", "run/stage/checkpoint", "run/stage/step", "run/stage/step/rewards",
                "run/stage/step/rewards/judge", "run/stage/step/rollout"],
            paths);
        Assert.Equal(
            Telemetry.Spans.Select(span => span.Name).Except(["evaluation"]).Order(),
            traces.Select(trace => trace.Name).Distinct().Order());
        Assert.Equal(2, traces.Count(trace => trace.Name == "step" && trace.Tags == "run=run stage=judged"));
        Assert.Equal(told.Asked, traces.Count(trace => trace.Name == "judge"));

        string Path(Traced trace) => trace.Parent.Length == 0 ? trace.Name : $"{Path(byId[trace.Parent])}/{trace.Name}";
    }
}
