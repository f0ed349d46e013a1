using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Where a stage's value model comes from, and where it goes.</summary>
public class ValueStageLaws
{
    [Fact]
    public void A_value_model_goes_on_from_an_earlier_stages_and_is_kept_at_the_end()
    {
        using var folder = new TemporaryFolder();
        string end = Run(
            folder,
            "first",
            """
            { "type": "ppo", "data": "DATA", "steps": 20 },
            {
              "type": "ppo", "name": "next", "data": "DATA", "steps": 1,
              "algorithm": { "value": { "startFrom": "ppo", "optimizer": { "learningRate": 1e-30 } } }
            }
            """);
        float[] made = Head(Path.Combine(folder.Path, "first", "checkpoints", "step-20"));
        Assert.Contains(made, weight => weight != 0);
        Assert.Equal(made, Head(end));
    }

    [Fact]
    public void A_value_model_starts_from_a_reward_model()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "pairs.csv"), "prompt,chosen,rejected\na,a,b\nb,b,a\n");
        string pairs = Path.Combine(folder.Path, "pairs.csv").Replace("\\", "/", StringComparison.Ordinal);
        string end = Run(
            folder,
            "run",
            $$$"""
            { "type": "reward", "data": "{{{pairs}}}", "steps": 1 },
            {
              "type": "ppo", "data": "DATA", "steps": 1,
              "algorithm": { "value": { "startFrom": "reward", "optimizer": { "learningRate": 1e-30 } } }
            }
            """);
        CheckpointContent first = CheckpointStore.Load(Path.Combine(folder.Path, "run", "checkpoints", "step-1"));
        float[] reward = first.Trainer.Models[TrainerState.Reward]["score.weight"].ToArray();
        Assert.Contains(reward, weight => weight != 0);
        Assert.Equal(reward, Head(end));
    }

    private static float[] Head(string checkpoint) => CheckpointStore.Load(checkpoint).Trainer.Models["value"]["score.weight"].ToArray();

    private static string Run(TemporaryFolder folder, string name, string stages)
    {
        string prompts = Path.Combine(folder.Path, "prompts.csv");
        File.WriteAllText(prompts, "prompt,answer\na,a\nb,b\n");
        const string Sampled = "\"type\": \"ppo\", \"promptsPerStep\": 8, \"maxCompletionTokens\": 2, \"rewards\": [\"exact\"]";
        string whole = stages
            .Replace("\"type\": \"ppo\"", Sampled, StringComparison.Ordinal)
            .Replace("DATA", prompts.Replace("\\", "/", StringComparison.Ordinal), StringComparison.Ordinal);
        string json = $$"""
            {
              "characters": "ab",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 6 },
              "stages": [ {{whole}} ]
            }
            """;
        Recipe recipe = RecipeReader.Parse(json, "recipe.json", []);
        var request = new RunRequest(recipe, Path.Combine(folder.Path, name), Resume: false);
        using var engine = new ManagedEngine();
        using RunFolder run = RunFolder.Open(request, engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, recipe, RunInputs.Read(recipe), run, new SilentObserver());
        return pipeline.Run(CancellationToken.None).Checkpoint;
    }
}
