using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests;

/// <summary>Every column of a run's metrics.csv is documented, and the page is what the code says.</summary>
public class MetricLaws
{
    [Fact]
    public async Task The_page_of_metrics_is_the_commands_own()
    {
        using var session = new Session();
        string file = session.In("metrics.md");
        Assert.Equal(0, (await Session.RunAsync("metrics", "--write", file)).ExitCode);
        Assert.True(
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) == await File.ReadAllTextAsync(Path.Combine(ReadmeLaws.Root(), "docs", "metrics.md"), TestContext.Current.CancellationToken),
            "docs/metrics.md is not what the code says. To write it anew: dotnet run -c Release --project src/Worker -- metrics --write docs/metrics.md");
    }

    [Fact]
    public void Every_metric_says_what_it_is() =>
        Assert.Equal([], MetricPages.All.Where(entry => entry.Meaning.Length == 0 || entry.Stages.Length == 0).Select(entry => entry.Name));

    [Fact]
    public async Task Every_column_of_a_run_is_listed_and_what_a_stage_fills_is_said_of_it()
    {
        using var session = new Session();
        session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n");
        string recipe = session.Write("three.json", Session.Recipe.Replace(
            "\"stages\": [",
            "\"stages\": [ { \"type\": \"dpo\", \"data\": \"pairs.csv\", \"steps\": 1, \"batchSize\": 2 },",
            StringComparison.Ordinal));
        Assert.Equal(0, (await Session.RunAsync("train", recipe, "--output", session.Out, "--quiet", "--set", "stages.grpo.algorithm.klCoefficient=0.1")).ExitCode);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(session.Out, "metrics.csv")).Select(line => line.Split(','))];
        rows[0] = [.. rows[0].Select(column => column.Replace("/numeric/", "/NAME/", StringComparison.Ordinal))];
        MetricEntry[] entries = [.. MetricPages.All.Where(entry => entry.Name != MetricNames.PartFailures("NAME"))];
        Assert.Equal(entries.Select(entry => entry.Name), rows[0]);
        Ending list = await Session.RunAsync("metrics");
        Assert.Equal(MetricPages.All.Select(entry => entry.Name), list.Output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        var families = new Dictionary<string, string> { ["sft"] = "sft", ["dpo"] = "preference", ["grpo"] = "on-policy" };
        foreach (string[] row in rows[1..])
        {
            string[] unsaid =
            [
                .. entries.Where((entry, column) => row[column].Length > 0 && entry.Stages != "all" && !entry.Stages.Split(", ").Contains(families[row[1]]))
                    .Select(entry => $"{entry.Name} of {row[1]}"),
            ];
            Assert.Equal([], unsaid);
        }
    }
}
