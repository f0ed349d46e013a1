using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Stages with a reference, on disk: what is cached, and runs that go on.</summary>
public class ReferenceStageLaws
{
    private const string Json = """
        {
          "characters": "abc",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [
            { "type": "dpo", "data": "pairs.csv", "steps": 4, "batchSize": 2, "loss": "bco", "optimizer": { "learningRate": 1e-2 } },
            { "type": "kto", "data": "labels.csv", "steps": 4, "batchSize": 2, "optimizer": { "learningRate": 1e-2 } }
          ],
          "checkpoints": { "every": 100 }
        }
        """;

    [Theory]
    [InlineData(2, "as it is")]
    [InlineData(2, "deleted")]
    [InlineData(2, "damaged")]
    [InlineData(6, "as it is")]
    [InlineData(6, "deleted")]
    public void With_the_cache_and_without_it_training_is_the_same_to_the_last_bit(int steps, string cache)
    {
        using var folder = Prepare();
        RunSummary straight = Run(folder, "straight", resume: false, new SilentObserver(), CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => Run(folder, "stopped", resume: false, new StoppingObserver(stop, steps), stop.Token));
        string[] files = Directory.GetFiles(Path.Combine(folder.Path, "stopped", "cache"));
        Assert.Equal(steps < 4 ? 1 : 3, files.Length);
        foreach (string file in files)
        {
            if (cache == "deleted")
            {
                File.Delete(file);
            }
            else if (cache == "damaged")
            {
                File.WriteAllText(file, "x");
            }
        }

        RunSummary resumed = Run(folder, "stopped", resume: true, new SilentObserver(), CancellationToken.None);
        foreach (string name in (string[])["model.safetensors", "state.json"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(straight.Checkpoint, name)),
                File.ReadAllBytes(Path.Combine(resumed.Checkpoint, name)));
        }
    }

    [Fact]
    public void The_reference_reports_each_pass_and_can_be_stopped_between_two()
    {
        using var folder = Prepare();
        string json = Json.Replace("\"steps\": 4", "\"steps\": 4, \"tokensPerPass\": 8", StringComparison.Ordinal);
        json = json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "\"gradientShards\": 1,");
        var seen = new ScoringObserver(null);
        RunSummary straight = Run(folder, "straight", resume: false, seen, CancellationToken.None, json);

        // Six completions of pairs, four of labels, and those with another prompt: each of 4 tokens with prompt and end, so 2 to a pass.
        Assert.Equal(
            ["dpo 2/6", "dpo 4/6", "dpo 6/6", "kto 2/4", "kto 4/4", "kto 2/4", "kto 4/4"],
            seen.Reports);
        using var stop = new CancellationTokenSource();
        var stopping = new ScoringObserver(stop);
        Assert.Throws<OperationCanceledException>(() => Run(folder, "stopped", resume: false, stopping, stop.Token, json));
        Assert.Equal(["dpo 2/6"], stopping.Reports);
        RunSummary resumed = Run(folder, "stopped", resume: true, new SilentObserver(), CancellationToken.None, json);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(straight.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(resumed.Checkpoint, "model.safetensors")));
    }

    [Fact]
    public void A_stage_that_starts_from_the_same_weights_on_the_same_data_finds_what_another_computed()
    {
        using var folder = Prepare();
        string json = Json.Replace(
            "\"kto\", \"data\": \"labels.csv\"",
            "\"dpo\", \"name\": \"again\", \"data\": \"pairs.csv\"",
            StringComparison.Ordinal)
            .Replace("1e-2", "1e-60", StringComparison.Ordinal);
        RunSummary summary = Run(folder, "run", resume: false, new SilentObserver(), CancellationToken.None, json);
        Assert.Single(Directory.GetFiles(Path.Combine(summary.Folder, "cache")));
    }

    private sealed class ScoringObserver(CancellationTokenSource? stop) : IRunObserver
    {
        public List<string> Reports { get; } = [];

        public void ReferenceScored(string stage, int done, int total)
        {
            Reports.Add($"{stage} {done}/{total}");
            stop?.Cancel();
        }
    }

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("pairs.csv", "prompt,chosen,rejected\na,aa,bb\nb,bb,ca\nc,cc,ab\n");
        folder.Write("labels.csv", "prompt,completion,label\na,aa,good\nb,ca,bad\nc,cc,good\na,cb,bad\n");
        return folder;
    }

    private static RunSummary Run(
        TemporaryFolder folder,
        string name,
        bool resume,
        IRunObserver observer,
        CancellationToken stop,
        string json = Json) =>
        OnManagedEngine.Train(
            new RunRequest(RecipeReader.Read(folder.Write("recipe.json", json), []), Path.Combine(folder.Path, name), resume),
            observer,
            stop);
}
