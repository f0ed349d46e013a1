using RlCore.Engines.Managed;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>What a run says when something is wrong with it.</summary>
public class GuardLaws
{
    [Fact]
    public void A_warning_is_told_when_it_has_lasted_and_kept_for_every_step()
    {
        using var folder = new TemporaryFolder();
        var observer = new RecordingObserver();

        // No completion of two tokens is an answer of four.
        Run(folder, observer, ["stages.grpo.steps=12"], answer: "abab");
        string told = Assert.Single(observer.Warnings, warning => warning.Contains("are all equal", StringComparison.Ordinal));
        Assert.StartsWith("grpo 10/12: ", told, StringComparison.Ordinal);
        string[] rows = File.ReadAllLines(Path.Combine(folder.Path, "run", "warnings.csv"));
        Assert.Equal("global_step,stage,step,kind,message", rows[0]);
        Assert.Equal(12, rows.Count(row => row.Contains(",equal_groups,", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_run_that_diverges_names_its_step_its_rows_and_the_last_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var diverged = Assert.Throws<TrainingDivergedException>(() => Run(
            folder, new RecordingObserver(),
            [
                "stages.grpo.rewards=[{\"type\":\"exact\",\"weight\":1e200}]",
                "stages.grpo.algorithm.advantageScale=none",
                "stages.grpo.algorithm.groupSize=64",
            ]));
        Assert.StartsWith("Stage grpo, step 1: Update 1 has loss ", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("\"a\" (prompts.csv row 2)", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("\"b\" (prompts.csv row 3)", diverged.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Last checkpoint: {Path.Combine(folder.Path, "run", "checkpoints", "step-0")}.",
            diverged.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sft", "prompt,completion\na,b\nb,a\n")]
    [InlineData("dpo", "prompt,chosen,rejected\na,b,a\nb,a,b\n")]
    [InlineData("reward", "prompt,chosen,rejected\na,b,a\nb,a,b\n")]
    [InlineData("kto", "prompt,completion,label\na,b,true\nb,a,false\n")]
    public void A_stage_on_a_dataset_that_diverges_names_the_rows_of_its_file(string type, string rows)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("rows.csv", rows);
        Recipe recipe = RecipeReader.Parse(
            $$"""
            {
              "characters": "ab",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 6 },
              "stages": [
                { "type": "{{type}}", "data": "rows.csv", "steps": 4, "batchSize": 2, "optimizer": { "learningRate": 1e30 } }
              ]
            }
            """,
            "recipe.json",
            [$"stages.{type}.data={file}"]);
        using var engine = new ManagedEngine();
        using RunFolder run = RunFolder.Open(new RunRequest(recipe, Path.Combine(folder.Path, "run"), Resume: false), engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, recipe, RunInputs.Read(recipe), run, new RecordingObserver());
        var diverged = Assert.Throws<TrainingDivergedException>(() => pipeline.Run(CancellationToken.None));
        Assert.StartsWith($"Stage {type}, step ", diverged.Message, StringComparison.Ordinal);
        Assert.Contains(" The step's rows of rows.csv: ", diverged.Message, StringComparison.Ordinal);
        Assert.Equal([2, 3], diverged.Rows.Order());
    }

    private static void Run(TemporaryFolder folder, IRunObserver observer, IReadOnlyList<string> settings, string answer = "a")
    {
        const string Json = """
            {
              "characters": "ab",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 6 },
              "stages": [
                {
                  "type": "grpo", "data": "prompts.csv", "steps": 1, "promptsPerStep": 2, "maxCompletionTokens": 2,
                  "rewards": ["exact"]
                }
              ]
            }
            """;
        string prompts = Path.Combine(folder.Path, "prompts.csv");
        File.WriteAllText(prompts, $"prompt,answer\na,{answer}\nb,{answer}\n");
        Recipe recipe = RecipeReader.Parse(Json, "recipe.json", [.. settings, $"stages.grpo.data={prompts}"]);
        var request = new RunRequest(recipe, Path.Combine(folder.Path, "run"), Resume: false);
        using var engine = new ManagedEngine();
        using RunFolder run = RunFolder.Open(request, engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, recipe, RunInputs.Read(recipe), run, observer);
        pipeline.Run(CancellationToken.None);
    }
}
