using System.Text.Json;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>The memory of a run: what a pass may take, and what is refused before the start.</summary>
public class RunMemoryLaws
{
    private const int Width = 8;
    private const string Json = """
        {
          "characters": "abc",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [
            { "type": "sft", "data": "pairs.csv", "columns": { "completion": "chosen" }, "steps": 2, "batchSize": 3 },
            { "type": "dpo", "data": "pairs.csv", "steps": 3, "batchSize": 3, "tokensPerPass": 11 }
          ],
          "checkpoints": { "every": 1 }
        }
        """;

    [Fact]
    public void A_pass_takes_what_half_of_the_memory_has_room_for_beside_weights_gradients_and_moments()
    {
        using var folder = Prepare();
        const int PerToken = 1000;
        long kept = Kept(folder);
        RunSummary summary = Run(folder, "run", false, (kept + (PerToken * BytesPerToken)) * 2);
        Assert.Equal([PerToken, 11], TokensPerPass(summary.Folder));
    }

    [Theory]
    [InlineData("\"type\": \"grpo\"", 16)]
    [InlineData("\"type\": \"grpo\", \"algorithm\": { \"klPlacement\": \"loss\", \"klCoefficient\": 0.1 }", 20)]
    [InlineData("\"type\": \"ppo\", \"algorithm\": { \"klCoefficient\": 0 }", 32)]
    public void Models_beside_the_policy_are_counted(string stage, int bytesPerParameter)
    {
        using var folder = Prepare();
        folder.Write("prompts.csv", "prompt,answer\na,a\nb,b\n");
        string json = $$"""
            {
              "characters": "abc",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
              "stages": [{ {{stage}}, "data": "prompts.csv", "steps": 1, "promptsPerStep": 2, "maxCompletionTokens": 2,
                           "rewards": ["exact"] }],
              "checkpoints": { "every": 1 }
            }
            """;
        Recipe recipe = RecipeReader.Read(folder.Write("rl.json", json), []);
        RunInputs inputs = RunInputs.Read(recipe);
        long kept = Kept(folder) / 24 * bytesPerParameter;
        var memory = new EngineMemory((kept + (100 * BytesPerToken)) * 2);
        Assert.InRange(Assert.Single(new RunMemory(recipe, inputs, memory).TokensPerPass()), 99, 100);
        var less = new RunMemory(recipe, inputs, memory, gradientCopies: 3);
        Assert.True(Assert.Single(less.TokensPerPass()) < 99);
    }

    [Fact]
    public void Where_half_of_the_memory_is_taken_a_pass_is_one_sequence()
    {
        using var folder = Prepare();
        Assert.Equal([1, 11], TokensPerPass(Run(folder, "run", false, Kept(folder) + (8 * BytesPerToken)).Folder));
    }

    [Fact]
    public void What_memory_cannot_hold_is_refused_before_the_folder_is_made()
    {
        using var folder = Prepare();
        var refused = Assert.Throws<InputException>(() => Run(folder, "run", false, Kept(folder)));
        Assert.Equal(["stages[0]", "stages[1]"], refused.Problems.Select(problem => problem.Column));
        Assert.Contains("for one sequence of 4 tokens", refused.Problems[0].Found, StringComparison.Ordinal);
        Assert.Contains("gradientShards of 1", refused.Problems[0].Expected, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "run")));
    }

    [Fact]
    public void A_resumed_run_keeps_its_passes_whatever_the_memory_is_now()
    {
        using var folder = Prepare();
        long small = (Kept(folder) + (9 * BytesPerToken)) * 2;
        RunSummary straight = Run(folder, "straight", false, small);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => Run(folder, "stopped", false, small, new StoppingObserver(stop, 1), stop));
        RunSummary resumed = Run(folder, "stopped", true, 1L << 40);
        Assert.Equal([9, 11], TokensPerPass(resumed.Folder));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(straight.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(resumed.Checkpoint, "model.safetensors")));
    }

    // Of one block and the ends, in floats: MemoryEstimate states the parts.
    private static long BytesPerToken => sizeof(float) * ((3 * Width) + (4 * Width) + (3 * Width) + Width + (2 * 4 * Width));

    // Weights and moments, the gradient, and two partial sums of it over four shards.
    private static long Kept(TemporaryFolder folder)
    {
        Recipe recipe = Recipe(folder);
        return 24L * ParameterPlan.Create(recipe.Model, RunInputs.Read(recipe).Tokenizer.VocabularySize).Sum(part => (long)part.Size);
    }

    private static TemporaryFolder Prepare()
    {
        var folder = new TemporaryFolder();
        folder.Write("pairs.csv", "prompt,chosen,rejected\na,aa,bb\nb,bb,ca\nc,cc,ab\n");
        return folder;
    }

    private static Recipe Recipe(TemporaryFolder folder) => RecipeReader.Read(folder.Write("recipe.json", Json), []);

    private static RunSummary Run(
        TemporaryFolder folder,
        string name,
        bool resume,
        long memory,
        IRunObserver? observer = null,
        CancellationTokenSource? stop = null) =>
        OnManagedEngine.Train(
            new RunRequest(Recipe(folder), Path.Combine(folder.Path, name), resume),
            observer ?? new SilentObserver(),
            stop?.Token ?? TestContext.Current.CancellationToken,
            new ManagedEngineOptions { MemoryBytes = memory });

    private static long[] TokensPerPass(string run)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return [.. document.RootElement.GetProperty("tokensPerPass").EnumerateArray().Select(number => number.GetInt64())];
    }
}
