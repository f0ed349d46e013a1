using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Recipes;

/// <summary>What is proposed for a name that is not known.</summary>
public sealed class NamesLaws
{
    [Theory]
    [InlineData("ppo", "", "dpo", "kto", "sft")]
    [InlineData("bata", "beta", "data", "beta")]
    [InlineData("bata", "", "data")]
    [InlineData("grop", "grpo", "gspo", "grpo")]
    [InlineData("rgpo", "grpo", "dpo", "grpo")]
    [InlineData("Prompt", "prompt", "prompt", "answer")]
    [InlineData("lerningRate", "learningRate", "learningRate", "warmupSteps")]
    [InlineData("numerc", "numeric", "exact", "numeric")]
    [InlineData("x", "", "data", "seed")]
    public void The_nearest_name_begins_as_what_was_typed(string typed, string expected, params string[] known)
    {
        Assert.Equal(expected.Length > 0, Names.TryNearest(typed, known, out string nearest));
        Assert.Equal(expected, nearest);
    }
}
