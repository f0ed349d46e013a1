using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>The memory that a training step is expected to need.</summary>
public class MemoryEstimateLaws
{
    private const int Vocabulary = 50;

    private static readonly ModelSettings Model = ModelShapes.Of("gpt2") with { Layers = 2, Width = 32, Context = 16 };

    private static readonly long Numbers = ParameterPlan.Create(Model, Vocabulary).Sum(planned => (long)planned.Size);

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 6)]
    public void A_number_that_is_trained_costs_its_weight_a_gradient_and_two_moments(bool bfloat16, int weight)
    {
        MemoryEstimate estimate = MemoryEstimate.Of(Model, Vocabulary, new MemoryScenario { BFloat16 = bfloat16 });
        Assert.Equal(weight * Numbers, estimate.Parameters);
        Assert.Equal((4 * Numbers, 8 * Numbers, 0), (estimate.Gradients, estimate.Optimizer, estimate.OtherModels));
        Assert.Equal((weight + 12) * Numbers, estimate.Kept);
    }

    [Theory]
    [InlineData(true, false, 4)]
    [InlineData(false, true, 16)]
    [InlineData(true, true, 20)]
    public void A_reference_costs_its_weights_and_a_value_model_what_a_policy_costs(bool reference, bool value, int bytes) =>
        Assert.Equal(
            bytes * Numbers,
            MemoryEstimate.Of(Model, Vocabulary, new MemoryScenario { Reference = reference, ValueModel = value }).OtherModels);

    [Fact]
    public void Rollouts_and_passes_do_not_overlap_and_grow_with_their_tokens()
    {
        var one = new MemoryScenario { MicroBatchSize = 1, SequenceLength = 8, RolloutBatch = 1 };
        MemoryEstimate single = MemoryEstimate.Of(Model, Vocabulary, one);
        MemoryEstimate passes = MemoryEstimate.Of(Model, Vocabulary, one with { MicroBatchSize = 3 });
        MemoryEstimate rollouts = MemoryEstimate.Of(Model, Vocabulary, one with { RolloutBatch = 500 });
        Assert.Equal(3 * single.Activations, passes.Activations);
        Assert.Equal(500 * single.KeyValueCache, rollouts.KeyValueCache);

        // Keys and values of every layer, in F32.
        Assert.Equal(2 * 2 * 32 * 8 * sizeof(float), single.KeyValueCache);
        Assert.Equal(passes.Kept + passes.Activations, passes.Total);
        Assert.Equal(rollouts.Kept + rollouts.KeyValueCache, rollouts.Total);
        Assert.InRange(
            MemoryEstimate.Of(Model, Vocabulary, one with { GradientCheckpointing = true }).Activations, 1, single.Activations - 1);
    }
}
