using RlCore.Trainers.Recipes;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>A stage that an option shortens keeps the share of its warm-up.</summary>
public sealed class WarmupLaws
{
    private const string Json = """
        {
          "stages": [
            { "type": "sft", "data": "a.csv", "steps": 100, "optimizer": { "warmupSteps": 10 } },
            { "type": "sft", "name": "more", "data": "a.csv", "steps": 100, "optimizer": { "warmupSteps": 10 } }
          ]
        }
        """;

    [Theory]
    [InlineData(new[] { "stages[0].steps=25" }, 2, true)]
    [InlineData(new[] { "stages.sft.steps=9" }, 0, true)]
    [InlineData(new[] { "stages.0.steps=200" }, 10, false)]
    [InlineData(new[] { "stages.0.steps=25", "stages[0].optimizer.warmupSteps=5" }, 5, false)]
    [InlineData(new[] { "seed=3" }, 10, false)]
    public void A_warm_up_is_cut_with_its_steps_unless_it_is_set(string[] settings, int warmup, bool isTold)
    {
        Recipe recipe = RecipeReader.Parse(Json, "r.json", settings);
        Assert.Equal([warmup, 10], recipe.Stages.Select(stage => stage.Optimizer.Schedule.WarmupSteps));
        Assert.Equal(isTold ? 1 : 0, recipe.Notes.Count);
        Assert.All(recipe.Notes, note => Assert.StartsWith($"stages[0].optimizer.warmupSteps is {warmup}, not 10", note));
    }

    [Fact]
    public void A_warm_up_that_a_recipe_makes_too_long_is_refused() => Assert.Contains(
        "stages[0].optimizer.warmupSteps: found 200; expected at most the 100 optimizer steps of the stage",
        Assert.Throws<Inputs.InputException>(() => RecipeReader.Parse(Json.Replace("10 }", "200 }"), "r.json", [])).Message);
}
