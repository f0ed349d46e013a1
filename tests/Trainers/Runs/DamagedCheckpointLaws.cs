using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A run whose newest checkpoint is damaged, or whose metrics have lost rows.</summary>
public class DamagedCheckpointLaws
{
    private const int Steps = 4;

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("policy.optimizer.safetensors")]
    [InlineData("state.json")]
    [InlineData("manifest.json")]
    public void A_run_names_the_file_and_goes_on_from_the_checkpoint_before_it_if_it_is_asked_to(string name)
    {
        using var folder = Prepare();
        RunSummary straight = Run(folder, "straight", new SilentObserver());
        Stop(folder, "stopped", 3);
        string checkpoints = Path.Combine(folder.Path, "stopped", "checkpoints");
        string file = Path.Combine(checkpoints, "step-3", name);
        FlipBit(file, (int)new FileInfo(file).Length / 2, 3);
        string refused = Assert.Throws<InputException>(() => Run(folder, "stopped", new SilentObserver(), resume: true)).Message;
        Assert.StartsWith($"{file}: ", refused, StringComparison.Ordinal);
        Assert.Contains("; or --skip-damaged, which sets this checkpoint aside and goes on from step-2", refused, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(checkpoints, "step-3")));

        var warned = new RecordingObserver();
        RunSummary resumed = Run(folder, "stopped", warned, resume: true, skipsDamaged: true);
        Assert.StartsWith("the damaged checkpoint step-3 is now ", Assert.Single(warned.Warnings), StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(checkpoints, "damaged-step-3")));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(straight.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(resumed.Checkpoint, "model.safetensors")));
        Assert.Equal(
            File.ReadLines(Path.Combine(straight.Folder, "metrics.csv")).Count(),
            File.ReadLines(Path.Combine(resumed.Folder, "metrics.csv")).Count());
    }

    [Fact]
    public void A_whole_run_is_not_touched_by_skipping()
    {
        using var folder = Prepare();
        Stop(folder, "stopped", 3);
        var warned = new RecordingObserver();
        Run(folder, "stopped", warned, resume: true, skipsDamaged: true);
        Assert.Empty(warned.Warnings);
    }

    [Fact]
    public void A_new_run_has_nothing_to_skip()
    {
        using var folder = Prepare();
        string refused = Assert.Throws<InputException>(() => Run(folder, "run", new SilentObserver(), skipsDamaged: true)).Message;
        Assert.Contains("--skip-damaged: found no --resume", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 2 }, 1)]
    [InlineData(new[] { 1, 3 }, 2)]
    [InlineData(new int[0], 0)]
    public void Rows_that_metrics_have_lost_are_counted_and_those_after_them_are_kept(int[] lost, int count)
    {
        using var folder = Prepare();
        Stop(folder, "stopped", 3);
        string file = Path.Combine(folder.Path, "stopped", "metrics.csv");
        string[] lines = File.ReadAllLines(file);
        File.WriteAllLines(file, lines.Where((_, row) => !lost.Contains(row)));
        var warned = new RecordingObserver();
        RunSummary summary = Run(folder, "stopped", warned, resume: true);
        Assert.Equal(
            count == 0 ? [] : [$"metrics.csv has lost the rows of {count} of the 3 steps"],
            warned.Warnings.Select(warning => warning[..warning.IndexOf(" that", StringComparison.Ordinal)]));
        Assert.Equal(Steps - count, File.ReadLines(Path.Combine(summary.Folder, "metrics.csv")).Count() - 1);
    }

    private static void FlipBit(string file, int place, int bit)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[place] ^= (byte)(1 << bit);
        File.WriteAllBytes(file, bytes);
    }

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("sft.csv", "prompt,completion\na,aa\nb,bb\nc,ca\n");
        folder.Write("recipe.json", """
            {
              "characters": "abc",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
              "stages": [{ "type": "sft", "data": "sft.csv", "steps": 4, "batchSize": 2 }],
              "checkpoints": { "every": 1, "keep": 2 }
            }
            """);
        return folder;
    }

    private static void Stop(TemporaryFolder folder, string name, int steps)
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run(folder, name, new StoppingObserver(stop, steps), stop: stop));
    }

    private static RunSummary Run(
        TemporaryFolder folder,
        string name,
        IRunObserver observer,
        bool resume = false,
        bool skipsDamaged = false,
        CancellationTokenSource? stop = null) =>
        OnManagedEngine.Train(
            new RunRequest(RecipeReader.Read(Path.Combine(folder.Path, "recipe.json"), []), Path.Combine(folder.Path, name), resume)
            {
                SkipsDamaged = skipsDamaged,
            },
            observer,
            stop?.Token ?? TestContext.Current.CancellationToken);
}
