using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>What a new model's parameters start as.</summary>
public class ParameterPlanLaws
{
    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("gpt2", 8)]
    [InlineData("qwen3", 3)]
    public void Matrices_start_as_wide_as_GPT_2s_norms_at_one_and_biases_at_zero(string shape, int layers)
    {
        ModelSettings settings = ModelShapes.Of(shape) with { Layers = layers, Width = 32, InitStd = 0.02 };
        foreach (var (planned, index) in ParameterPlan.Create(settings, 50).Select((planned, index) => (planned, index)))
        {
            float[] values = planned.InitialValues(3, index);
            if (planned.Name.EndsWith(".gain", StringComparison.Ordinal))
            {
                Assert.All(values, value => Assert.Equal(1, value));
            }
            else if (planned.Name.EndsWith(".bias", StringComparison.Ordinal))
            {
                Assert.All(values, value => Assert.Equal(0, value));
            }
            else
            {
                // Each layer adds twice to the residual, whose variance is to stay that of one addition.
                bool intoTheResidual = planned.Name.EndsWith("attention.output.weight", StringComparison.Ordinal)
                    || planned.Name.EndsWith("mlp.down.weight", StringComparison.Ordinal);
                double std = 0.02 / (intoTheResidual ? Math.Sqrt(2 * layers) : 1);
                double found = Math.Sqrt(values.Average(value => (double)value * value));
                Assert.InRange(found / std, 1 - (4 / Math.Sqrt(2.0 * values.Length)), 1 + (4 / Math.Sqrt(2.0 * values.Length)));
            }
        }
    }
}
