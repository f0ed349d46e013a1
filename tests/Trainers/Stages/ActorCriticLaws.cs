using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of PPO with a value model on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class ActorCriticLaws<T> : OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    public static TheoryData<ValueTrunk> Trunks => [.. Enum.GetValues<ValueTrunk>()];

    [Fact]
    public void With_lambda_one_and_values_of_zero_PPO_is_REINFORCE_with_the_KL_of_each_token()
    {
        // A new scalar head gives zero everywhere.
        var ppo = OneUpdate(ValueTrunk.Own) with { Advantage = new AdvantageEstimate.Gae(Lambda: 1), WhitenAdvantages = false };
        var reinforce = ppo with { Advantage = new AdvantageEstimate.RewardToGo(), Value = null, Surrogate = new Surrogate.Reinforce() };
        int policy = Start().Length;
        AssertSame(AfterOneStep(reinforce)[..policy], AfterOneStep(ppo)[..policy], 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Trunks))]
    public void An_update_of_policy_and_values_does_not_depend_on_the_micro_batch_size(ValueTrunk trunk)
    {
        var algorithm = Started(trunk) with { Iterations = 2, MiniBatches = 2 };
        float[] whole = AfterOneStep(algorithm);
        foreach (PassLimits limits in (PassLimits[])[new(1), new(3), new(256, 17)])
        {
            AssertSame(whole, AfterOneStep(algorithm, limits), 2e-5f);
        }
    }

    [Theory]
    [MemberData(nameof(Trunks))]
    public void An_update_of_policy_and_values_does_not_depend_on_the_order_of_the_completions(ValueTrunk trunk)
    {
        var algorithm = Started(trunk);
        AssertSame(
            AfterOneStep(algorithm with { ShuffleMiniBatches = false }),
            AfterOneStep(algorithm with { ShuffleMiniBatches = true }),
            2e-5f);
    }

    [Theory]
    [MemberData(nameof(Trunks))]
    public void Values_learn_what_reward_is_to_come(ValueTrunk trunk)
    {
        var value = new ValueSettings
        {
            Trunk = trunk,
            Optimizer = new() { LearningRate = 5e-3 },
            Coefficient = trunk == ValueTrunk.Shared ? 0.5 : 0.1,
        };
        var steps = Train(Algorithms.Ppo() with { GroupSize = 8, KlPlacement = new KlPenalty.Reward(), Iterations = 2, Value = value });
        Assert.Equal(0, steps[0][MetricNames.ValueMean]);

        // Values that are all alike explain none of the variance of the returns.
        Assert.Equal(0, steps[0][MetricNames.ExplainedVariance], 1e-9);
        Assert.InRange(Math.Abs(steps[^1][MetricNames.ValueMean] - steps[^1][MetricNames.Reward]), 0, 0.15);
        Assert.True(
            steps[^1][MetricNames.ValueLoss] < 0.5 * steps[0][MetricNames.ValueLoss],
            $"{steps[0][MetricNames.ValueLoss]} became {steps[^1][MetricNames.ValueLoss]}.");
    }

    [Fact]
    public void A_passed_KL_target_ends_the_passes_after_the_first_update()
    {
        var algorithm = Algorithms.Ppo() with { KlPlacement = new KlPenalty.Reward(), MiniBatches = 2, EpochKlTarget = 1e-9 };
        Assert.Equal(0.5, Train(algorithm, 1)[0][MetricNames.EpochsDone]);
        Assert.Equal(4, Train(algorithm with { EpochKlTarget = 1e9 }, 1)[0][MetricNames.EpochsDone]);
    }

    [Fact]
    public void An_adaptive_KL_coefficient_grows_while_the_KL_is_over_its_target_and_falls_under_it()
    {
        var algorithm = Algorithms.Ppo() with { GroupSize = 8, KlHorizon = 64 };
        double[] over = [.. Train(algorithm with { KlTarget = 1e-3 }, 10).Select(step => step[MetricNames.KlCoefficient])];
        double[] under = [.. Train(algorithm with { KlTarget = 1e3 }, 10).Select(step => step[MetricNames.KlCoefficient])];
        Assert.Equal(algorithm.KlPlacement.KlCoefficient, over[0]);
        Assert.Equal(algorithm.KlPlacement.KlCoefficient * Math.Pow(0.8, 9), under[^1], 1e-12);

        // The first rollout is the reference's own: a KL of 0 lowers the coefficient once.
        Assert.Equal(algorithm.KlPlacement.KlCoefficient * 0.8, over[1], 1e-12);

        // Far over its target it grows by the most that a step may: 0.2 of itself for as many rows as the horizon.
        Assert.Equal(1.2, over[^1] / over[^2], 1e-12);
    }

    [Fact]
    public void Entropy_is_raised_by_its_coefficient()
    {
        var algorithm = Algorithms.Grpo();
        Assert.True(
            Train(algorithm with { EntropyCoefficient = 1 })[^1][MetricNames.Entropy] > 1.2,
            "The entropy bonus outweighs the reward, and should have kept the policy near uniform.");
        Assert.True(Train(algorithm)[^1][MetricNames.Entropy] < 0.5, "Without a bonus the reward takes the entropy away.");
    }

    [Fact]
    public void What_was_cut_off_costs_its_penalty()
    {
        var plain = Train(Algorithms.Grpo(), 1)[0];
        var fined = Train(Algorithms.Grpo() with { MissingEndPenalty = 0.5 }, 1)[0];
        Assert.Equal(plain[MetricNames.Reward], fined[MetricNames.Reward]);
        Assert.Equal(plain[MetricNames.Reward] - (0.5 * plain[MetricNames.ClippedRatio]), fined[MetricNames.RegularizedReward], 1e-12);
    }

    [Theory]
    [InlineData(ValueTrunk.Own)]
    [InlineData(ValueTrunk.Shared)]
    public void A_resumed_run_is_bit_identical_to_one_never_stopped(ValueTrunk trunk)
    {
        var algorithm = Algorithms.Ppo() with { KlTarget = 0.1, KlHorizon = 100, MiniBatches = 2, Value = new() { Trunk = trunk } };
        Assert.Equal(AfterSixSteps(algorithm, takeOverAfter: 6), AfterSixSteps(algorithm, takeOverAfter: 2));
    }

    [Fact]
    public void An_algorithm_with_values_needs_a_value_model()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        var settings = Settings(Algorithms.Ppo() with { KlPlacement = new KlPenalty.Reward() }, 1);
        Assert.Contains(
            "PPO needs a value model",
            Assert.Throws<ArgumentException>(() => Trainer(engine, model, null, settings)).Message,
            StringComparison.Ordinal);
    }

    private static OnPolicyAlgorithm OneUpdate(ValueTrunk trunk) =>
        Algorithms.Ppo() with { GroupSize = 8, Iterations = 1, Value = new() { Trunk = trunk, Optimizer = Proportional } };

    // Advantages and value targets that are not of a fresh value model alone.
    private static OnPolicyAlgorithm Started(ValueTrunk trunk) =>
        OneUpdate(trunk) with { Advantage = new AdvantageEstimate.Gae(0.9, 0.7), WhitenAdvantages = false };
}
