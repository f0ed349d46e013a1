using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of on-policy training on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class OnPolicyTrainerLaws<T> : OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    public static TheoryData<string> Names => [.. Algorithms.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_algorithm_raises_the_reward(string name)
    {
        var algorithm = Algorithms.All[name];
        var value = algorithm.Value is { } values ? values with { Optimizer = new() { LearningRate = 5e-3 } } : null;

        // One pass a rollout: at this learning rate more of them make up their mind before every answer was tried.
        double[] rewards = Rewards(algorithm with { GroupSize = 8, Iterations = 1, KlCoefficient = algorithm.KlCoefficient * 0.2, Value = value }, shuffle: false);
        Assert.InRange(rewards[..5].Average(), 0.0, 0.4);

        // Pass@k is content with one right completion of a group.
        Assert.InRange(rewards[^5..].Average(), algorithm.Advantage == AdvantageKind.BestOfGroup ? 0.6 : 0.85, 1.0);
    }

    [Theory]
    [InlineData(2, 2, 0.0, KlPlacement.Loss)]
    [InlineData(1, 1, 0.02, KlPlacement.Loss)]
    [InlineData(1, 1, 0.02, KlPlacement.Reward)]
    [InlineData(1, 2, 0.02, KlPlacement.Reward)]
    public void Several_updates_and_a_KL_leave_the_reward_to_rise(int iterations, int miniBatches, double klCoefficient, KlPlacement placement)
    {
        double[] rewards = Rewards(Algorithms.Grpo() with { Iterations = iterations, MiniBatches = miniBatches, KlCoefficient = klCoefficient, KlPlacement = placement }, shuffle: false);
        Assert.InRange(rewards[^5..].Average(), 0.85, 1.0);
    }

    [Fact]
    public void With_shuffled_rewards_nothing_is_learnt()
    {
        double[] rewards = Rewards(Algorithms.Grpo(), shuffle: true);
        Assert.InRange(rewards[^5..].Average(), 0.0, 0.5);
    }

    [Theory]
    [InlineData(SurrogateKind.Gspo)]
    [InlineData(SurrogateKind.Cispo)]
    [InlineData(SurrogateKind.Sapo)]
    [InlineData(SurrogateKind.Gmpo)]
    [InlineData(SurrogateKind.Vespo)]
    [InlineData(SurrogateKind.Reinforce)]
    public void On_policy_every_surrogate_has_the_gradient_of_REINFORCE_with_its_advantages(SurrogateKind surrogate)
    {
        float[] clip = AfterOneStep(Plain());
        float[] other = AfterOneStep(Plain() with { Surrogate = surrogate, WeightCap = surrogate == SurrogateKind.Cispo ? 5 : 0 });
        AssertSame(clip, other, 1e-5f);
    }

    [Fact]
    public void Leave_one_out_is_the_centred_group_times_k_over_k_minus_one()
    {
        // Without division by a spread, and with an update proportional to the gradient, the step scales with the advantages.
        const int GroupSize = 4;
        float[] start = Start();
        float[] centred = AfterOneStep(Plain() with { GroupSize = GroupSize, AdvantageScale = AdvantageScale.None });
        float[] leaveOneOut = AfterOneStep(Plain() with { GroupSize = GroupSize, Advantage = AdvantageKind.LeaveOneOut });
        for (int i = 0; i < start.Length; i++)
        {
            Assert.Equal((leaveOneOut[i] - start[i]) * (GroupSize - 1) / GroupSize, centred[i] - start[i], 2e-5f);
        }
    }

    [Theory]
    [InlineData(KlPlacement.Loss)]
    [InlineData(KlPlacement.Reward)]
    public void A_KL_needs_a_reference_and_pulls_towards_it(KlPlacement placement)
    {
        var algorithm = Plain() with { KlCoefficient = 0.5, KlPlacement = placement };
        float[] without = AfterOneStep(Plain());
        float[] with = AfterOneStep(algorithm);
        Assert.True(without.Zip(with).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-4f), "The KL to another reference changed nothing.");
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        Assert.Contains("reference", Assert.Throws<ArgumentException>(() => Trainer(engine, model, null, Settings(algorithm, 1))).Message, StringComparison.Ordinal);
    }
}
