using RlCore.Trainers.Files;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>When a run evaluates, saves and drops out.</summary>
public class PipelineLaws
{
    private const string Rows = """
        { "type": "sft", "data": "sft.csv", "steps": 5, "batchSize": 1, "optimizer": { "learningRate": 1e-30 } }
        """;

    private const string Drawn = """
        { "type": "grpo", "data": "rl.csv", "steps": 3, "promptsPerStep": 2, "maxCompletionTokens": 4,
          "rewards": [ { "type": "length", "maxTokens": 2 } ], "algorithm": { "groupSize": 4, "iterations": 2 },
          "optimizer": { "learningRate": 1e-2 } }
        """;

    [Theory]
    [InlineData(1, new[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(2, new[] { 0, 2, 4, 5 })]
    [InlineData(3, new[] { 0, 3, 5 })]
    [InlineData(5, new[] { 0, 5 })]
    [InlineData(9, new[] { 0, 5 })]
    public void Checkpoints_are_written_at_every_multiple_of_the_interval_and_at_the_end(int every, int[] steps)
    {
        using var folder = new TemporaryFolder();
        var watched = new RecordingObserver();
        Run(folder, "run", "null", Rows, watched, $$""", "checkpoints": { "every": {{every}} }""");
        Assert.Equal(steps.Select(step => $"step-{step}"), watched.Checkpoints);
    }

    [Fact]
    public void An_evaluation_that_a_killed_run_has_made_is_not_made_again()
    {
        using var folder = new TemporaryFolder();
        const string Evaluated = """, "evaluation": { "data": "rl.csv", "rewards": [ { "type": "length", "maxTokens": 2 } ] }""";
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() =>
                Run(folder, "run", "null", Rows, new StoppingObserver(stop, 1), Evaluated, stop: stop.Token));
        }

        // Killed between the evaluation and the checkpoint that follows it.
        Directory.Delete(Path.Combine(folder.Path, "run", "checkpoints"), recursive: true);
        var watched = new RecordingObserver();
        Run(folder, "run", "null", Rows, watched, Evaluated);
        Assert.Equal(["sft"], watched.Evaluations);
    }

    [Fact]
    public void Adapters_drop_other_elements_at_every_step_of_a_stage_on_rows()
    {
        double[] whole = Gradients("""{ "rank": 4 }""");
        Assert.All(whole, norm => Assert.Equal(whole[0], norm));
        double[] dropping = Gradients("""{ "rank": 4, "dropout": 0.5 }""");
        Assert.Equal(5, dropping.Distinct().Count());

        static double[] Gradients(string lora)
        {
            using var folder = new TemporaryFolder();
            var watched = new RecordingObserver();
            Run(folder, "run", lora, Rows, watched);
            return [.. watched.Steps.Select(step => step.Values.Single(value => value.Key == MetricNames.GradNorm).Value)];
        }
    }

    [Fact]
    public void Adapters_drop_nothing_in_a_stage_that_compares_the_policy_with_itself()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Trained("whole", """{ "rank": 4 }"""), Trained("dropping", """{ "rank": 4, "dropout": 0.5 }"""));

        byte[] Trained(string name, string lora) => File.ReadAllBytes(Path.Combine(
            Run(folder, name, lora, Drawn, new SilentObserver()).Checkpoint, "adapter_model.safetensors"));
    }

    private static RunSummary Run(
        TemporaryFolder folder,
        string name,
        string lora,
        string stage,
        IRunObserver observer,
        string more = "",
        CancellationToken? stop = null)
    {
        folder.Write("sft.csv", "prompt,completion\nab,cd\n");
        folder.Write("rl.csv", "prompt,answer\nab,1\nb,2\nc,3\n");
        string model = RandomModels.Write(Path.Combine(folder.Path, "model"), "llama", NumberType.F32);
        string file = folder.Write(
            "recipe.json", $$"""{ "model": { "from": "{{model}}" }, "lora": {{lora}}, "stages": [ {{stage}} ]{{more}} }""");
        string output = Path.Combine(folder.Path, name);
        return OnManagedEngine.Train(
            new RunRequest(RecipeReader.Read(file, []), output, Directory.Exists(output)),
            observer,
            stop ?? TestContext.Current.CancellationToken);
    }
}
