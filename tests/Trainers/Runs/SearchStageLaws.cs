using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Whole runs, on disk, that learn from what a search finds under a process reward model.</summary>
public class SearchStageLaws
{
    private const string Judge = """
        { "type": "reward", "data": "steps.csv", "stepEnd": "separator", "stepSeparator": ";", "steps": 2, "batchSize": 2 },
        """;

    private const string Json = """
        {
          "characters": "abc;",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 12, "tiedHead": false, "initStd": 0.3 },
          "stages": [
            { "type": "sft", "data": "sft.csv", "steps": 2, "batchSize": 2 },
            JUDGE
            { "type": "reject", "data": "prompts.csv", "steps": 6, "promptsPerRound": 4, "stepsPerRound": 2, "batchSize": 2,
              "maxCompletionTokens": 6, "rewards": [{ "type": "length", "maxTokens": 2 }], "selection": { "keep": "topFraction" },
              "search": { "strategy": "beam", "budget": 5, "scorer": "model", "from": "FROM", "aggregate": "min", "stepSeparator": ";" } }
          ],
          "checkpoints": { "every": 1 }
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_run_that_was_stopped_and_goes_on_is_one_that_never_stopped(int steps)
    {
        using var folder = Prepare();
        string json = Json.Replace("JUDGE", Judge, StringComparison.Ordinal).Replace("FROM", "reward", StringComparison.Ordinal);
        RunSummary straight = Run(folder, json, "straight", resume: false, new SilentObserver(), Stop);
        using var stop = new CancellationTokenSource();
        var stopping = new StoppingObserver(stop, 4 + steps);
        Assert.Throws<OperationCanceledException>(() => Run(folder, json, "stopped", resume: false, stopping, stop.Token));
        RunSummary resumed = Run(folder, json, "stopped", resume: true, new SilentObserver(), Stop);
        foreach (string name in (string[])["model.safetensors", "state.json"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(straight.Checkpoint, name)), File.ReadAllBytes(Path.Combine(resumed.Checkpoint, name)));
        }

        Assert.Equal(
            File.ReadAllText(Path.Combine(straight.Folder, "samples.csv")), File.ReadAllText(Path.Combine(resumed.Folder, "samples.csv")));
    }

    [Fact]
    public void A_model_of_another_run_scores_thoughts_as_that_of_a_stage_does_and_what_is_read_is_counted()
    {
        using var folder = Prepare();
        string json = Json.Replace("JUDGE", Judge, StringComparison.Ordinal);
        var here = new RecordingObserver();
        var there = new RecordingObserver();
        RunSummary whole = Run(folder, json.Replace("FROM", "reward", StringComparison.Ordinal), "whole", resume: false, here, Stop);
        RunSummary other = Run(
            folder, Json.Replace("JUDGE", "", StringComparison.Ordinal).Replace("FROM", "whole/", StringComparison.Ordinal), "other",
            resume: false, there, Stop);
        Dictionary<string, double> Round(RecordingObserver seen, int stages) =>
            seen.Steps.First(step => step.Stage == "reject" && step.Step == 1).Values.ToDictionary();
        Dictionary<string, double> first = Round(here, 3);
        Assert.InRange(first[MetricNames.SearchScored], 1, 5 * 6);
        Assert.InRange(first[MetricNames.SearchDrawn], 1, 5 * 6);
        foreach (string name in (string[])
            [MetricNames.SearchDrawn, MetricNames.SearchScored, MetricNames.SearchCalls, MetricNames.Reward, MetricNames.MeanLength])
        {
            Assert.InRange(Round(there, 2)[name], 1e-9, double.MaxValue);
        }

        string[] header = File.ReadLines(Path.Combine(whole.Folder, "metrics.csv")).First().Split(',');
        Assert.Contains(MetricNames.SearchSolved, header);
        Assert.Contains(MetricNames.SearchKeptLength, header);
        Assert.True(File.Exists(Path.Combine(other.Checkpoint, "model.safetensors")), "The run has ended.");
        Assert.Contains(
            Path.Combine(whole.Folder, "checkpoints"), File.ReadAllText(Path.Combine(other.Folder, "run.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_that_cuts_steps_otherwise_than_its_model_is_refused_before_any_work()
    {
        string json = Json.Replace("JUDGE", Judge, StringComparison.Ordinal).Replace("FROM", "reward", StringComparison.Ordinal)
            .Replace("\"min\", \"stepSeparator\": \";\"", "\"min\", \"stepSeparator\": \"c\"", StringComparison.Ordinal);
        Assert.Contains(
            """
            stages[2].search.stepEnd: found {"stepEnd":"separator","stepSeparator":"c"}, and a reward model of steps that end otherwise;
            """.TrimEnd(),
            Assert.Throws<InputException>(() => RecipeReader.Parse(json, "recipe.json", [])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_between_thoughts_are_of_the_models_characters()
    {
        using var folder = Prepare();
        string json = Json.Replace("JUDGE", "", StringComparison.Ordinal).Replace(
            "\"beam\", \"budget\": 5, \"scorer\": \"model\", \"from\": \"FROM\", \"aggregate\": \"min\", \"stepSeparator\": \";\"",
            "\"refine\", \"revisionPrompt\": \"{prompt}z\"",
            StringComparison.Ordinal);
        Assert.Contains(
            "reject.search.revisionPrompt: found 'z' (U+007A)",
            Assert.Throws<InputException>(() => Run(folder, json, "run", resume: false, new SilentObserver(), Stop)).Message,
            StringComparison.Ordinal);
    }

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("sft.csv", "prompt,completion\na,a;a\nb,b;b\n");
        folder.Write("steps.csv", "prompt,completion,step_labels\na,a;a,1 1\nb,b;c;b,1 0 0\nc,b,0.25\n");
        folder.Write("prompts.csv", "prompt,answer\na,aa\nb,bb\n");
        return folder;
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RunSummary Run(
        TemporaryFolder folder, string json, string name, bool resume, IRunObserver observer, CancellationToken stop) =>
        OnManagedEngine.Train(
            new RunRequest(RecipeReader.Read(folder.Write($"{name}.json", json), []), Path.Combine(folder.Path, name), resume),
            observer,
            stop);
}
