using System.Text.Json.Nodes;
using RlCore.Trainers.Metrics;

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
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) == await File.ReadAllTextAsync(
                Path.Combine(ReadmeLaws.Root(), "docs", "metrics.md"),
                TestContext.Current.CancellationToken),
            "docs/metrics.md is not what the code says. To write it anew: dotnet run -c Release --project src/Worker -- metrics "
                + "--write docs/metrics.md");
    }

    [Fact]
    public void Every_metric_says_what_it_is() =>
        Assert.Equal([], MetricPages.All.Where(entry => entry.Meaning.Length == 0 || entry.Stages.Length == 0).Select(entry => entry.Name));

    [Fact]
    public async Task A_run_has_the_columns_that_its_stages_fill_and_the_page_says_which()
    {
        using var session = new Session();
        string recipe = WriteAllStages(session);
        Assert.Equal(0, (await Session.RunAsync("train", recipe, "--output", session.Out, "--quiet")).ExitCode);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(session.Out, "metrics.csv")).Select(line => line.Split(','))];
        MetricEntry[] entries = [.. rows[0].Select(column => MetricPages.All.Single(entry => entry.Name == AsPart(column)))];
        foreach (string[] row in rows[1..])
        {
            string family = row[1].Split('-')[0] is var name && Families.TryGetValue(name, out string? known) ? known : name;
            Assert.Equal(
                [],
                entries.Where(
                    (entry, column) =>
                        row[column].Length > 0
                            && entry.Stages != "all"
                            && !entry.Stages.Split(", ").Any(stages => stages.Split(' ')[0] == family))
                    .Select(entry => $"{entry.Name} of {row[1]}"));
        }

        string[] everEmpty = [.. entries.Where((_, column) => rows[1..].All(row => row[column].Length == 0)).Select(entry => entry.Name)];
        Assert.Equal([], everEmpty);
        Assert.Equal(
            MetricPages.All.Where(entry => entry.Stages != Served).Select(entry => entry.Name)
                .Except([MetricNames.PartFailures("NAME"), MetricNames.PartUndecided("NAME")]),
            entries.Select(entry => entry.Name).Distinct());
        Ending list = await Session.RunAsync("metrics");
        Assert.Equal(MetricPages.All.Select(entry => entry.Name), list.Output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task A_run_of_few_stages_has_few_columns()
    {
        using var session = new Session();
        Assert.Equal(
            0,
            (await Session.RunAsync(
                "train", "sft", "--data", session.In("sft.csv"), "--steps", "1", "--characters", "0123456789+=", "--model-width", "8",
                "--model-heads", "2", "--output", session.Out, "--quiet")).ExitCode);
        Assert.Equal(
            "global_step,stage,step,loss,entropy,grad_norm,learning_rate,num_tokens,step_time,tokens_per_second",
            File.ReadLines(Path.Combine(session.Out, "metrics.csv")).First());
    }

    /// <summary>Writes a recipe of every kind of stage, with its datasets.</summary>
    /// <param name="session">Where.</param>
    /// <param name="more">Further stages.</param>
    internal static string WriteAllStages(Session session, params ReadOnlySpan<string> more)
    {
        session.Write("pairs.csv", "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n");
        session.Write("scored.csv", "prompt,completion,reward\n1+1=,2,1\n1+1=,3,0\n1+2=,3,1\n");
        session.Write("labels.csv", "prompt,completion,label\n1+1=,2,true\n1+1=,3,false\n1+2=,3,true\n1+2=,4,false\n");
        session.Write("steps.csv", "prompt,completion,step_labels\n1+1=,2,1\n1+2=,34,1 0\n");
        JsonNode recipe = JsonNode.Parse(AllStages)!;
        foreach (string stage in more)
        {
            recipe["stages"]!.AsArray().Add(JsonNode.Parse(stage));
        }

        return session.Write("all.json", recipe.ToJsonString());
    }

    // Needs servers: see ServedTrainingLaws.
    private const string Served = "on-policy with servers";

    private static readonly Dictionary<string, string> Families = new()
    {
        ["dpo"] = "preference",
        ["grpo"] = "on-policy",
        ["ppo"] = "on-policy",
        ["remax"] = "on-policy",
        ["dapo"] = "on-policy",
        ["cgpo"] = "on-policy",
        ["trpo"] = "on-policy",
    };

    // Every kind of stage, with every option that fills a column of its own.
    private const string AllStages = """
        {
          "characters": "0123456789+=",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 1, "batchSize": 2 },
            { "type": "dpo", "data": "pairs.csv", "steps": 1, "batchSize": 2 },
            { "type": "dpo", "name": "dpo-bco", "loss": "bco", "data": "pairs.csv", "steps": 1, "batchSize": 2 },
            { "type": "kto", "data": "labels.csv", "steps": 1, "batchSize": 4 },
            { "type": "reward", "data": "pairs.csv", "evaluationData": "pairs.csv", "steps": 1, "batchSize": 2 },
            { "type": "reward", "name": "reward-steps", "data": "steps.csv", "evaluationData": "steps.csv", "stepEnd": "tokens",
              "stepTokens": 1, "steps": 1, "batchSize": 2 },
            { "type": "reject", "data": "prompts.csv", "steps": 1, "promptsPerRound": 2, "completionsPerPrompt": 4,
              "stepsPerRound": 1, "batchSize": 2, "maxCompletionTokens": 2 },
            { "type": "reject", "name": "reject-search", "data": "prompts.csv", "steps": 1, "promptsPerRound": 2, "stepsPerRound": 1,
              "batchSize": 2, "maxCompletionTokens": 2, "search": { "budget": 3 } },
            { "type": "rejectoffline", "data": "scored.csv", "steps": 1, "batchSize": 2 },
            { "type": "onlinedpo", "data": "prompts.csv", "steps": 8, "promptsPerStep": 2, "completionsPerPrompt": 8,
              "maxCompletionTokens": 2, "rewards": [{ "type": "length", "maxCharacters": 1 }],
              "optimizer": { "learningRate": 1e-9 } },
            { "type": "distill", "data": "prompts.csv", "teacher": "sft", "steps": 1, "promptsPerRound": 2, "completionsPerPrompt": 2,
              "stepsPerRound": 1, "batchSize": 2, "maxCompletionTokens": 2 },
            { "type": "gkd", "data": "prompts.csv", "given": "teacher", "teacher": "sft", "steps": 1, "maxCompletionTokens": 2 },
            { "type": "ppo", "data": "prompts.csv", "steps": 2, "promptsPerStep": 4, "maxCompletionTokens": 2,
              "mixData": "sft.csv", "mixCoefficient": 1, "algorithm": { "klTarget": 1, "epochKlTarget": 1 } },
            { "type": "remax", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2 },
            { "type": "dapo", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2 },
            { "type": "cgpo", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2, "judges": ["numeric"] },
            { "type": "trpo", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2 },
            { "type": "grpo", "name": "grpo-twice", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2,
              "secondAttempt": { "prompt": "{prompt}{answer}" } },
            { "type": "grpo", "data": "prompts.csv", "steps": 1, "promptsPerStep": 4, "maxCompletionTokens": 2 }
          ]
        }
        """;

    private static string AsPart(string column) =>
        System.Text.RegularExpressions.Regex.Replace(column, "^rewards/[a-z]+/", "rewards/NAME/");
}
