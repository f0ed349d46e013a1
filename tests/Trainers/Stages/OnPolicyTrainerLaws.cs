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
        double[] rewards = Rewards(
            algorithm with
            {
                GroupSize = 8,
                Iterations = 1,
                KlPlacement = algorithm.KlPlacement with { KlCoefficient = algorithm.KlPlacement.KlCoefficient * 0.2 },
                Value = value,
            },
            shuffle: false);
        Assert.InRange(rewards[..5].Average(), 0.0, 0.4);

        // Pass@k is content with one right completion of a group.
        Assert.InRange(rewards[^5..].Average(), algorithm.Advantage is AdvantageEstimate.BestOfGroup ? 0.6 : 0.85, 1.0);
    }

    [Theory]
    [InlineData(2, 2, 0.0, "loss")]
    [InlineData(1, 1, 0.02, "loss")]
    [InlineData(1, 1, 0.02, "reward")]
    [InlineData(1, 2, 0.02, "reward")]
    public void Several_updates_and_a_KL_leave_the_reward_to_rise(int iterations, int miniBatches, double klCoefficient, string placement)
    {
        double[] rewards = Rewards(
            Algorithms.Grpo() with { Iterations = iterations, MiniBatches = miniBatches, KlPlacement = Placed(placement, klCoefficient) },
            shuffle: false);
        Assert.InRange(rewards[^5..].Average(), 0.85, 1.0);
    }

    [Fact]
    public void With_shuffled_rewards_nothing_is_learnt()
    {
        double[] rewards = Rewards(Algorithms.Grpo(), shuffle: true);
        Assert.InRange(rewards[^5..].Average(), 0.0, 0.5);
    }

    [Theory]
    [InlineData("Gspo")]
    [InlineData("Cispo")]
    [InlineData("Sapo")]
    [InlineData("Gmpo")]
    [InlineData("Vespo")]
    [InlineData("Reinforce")]
    [InlineData("TwoSided")]
    [InlineData("ImportanceWeighted")]
    [InlineData("Clip")]
    public void On_policy_every_surrogate_has_the_gradient_of_REINFORCE_with_its_advantages(string surrogate)
    {
        float[] clip = AfterOneStep(Plain());
        float[] other = AfterOneStep(Plain() with { Surrogate = Surrogates[surrogate] });
        AssertSame(clip, other, 1e-5f);
    }

    [Fact]
    public void Leave_one_out_is_the_centred_group_times_k_over_k_minus_one()
    {
        // Without division by a spread, and with an update proportional to the gradient, the step scales with the advantages.
        const int GroupSize = 4;
        float[] start = Start();
        float[] centred = AfterOneStep(Plain() with
        {
            GroupSize = GroupSize,
            Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None),
        });
        float[] leaveOneOut = AfterOneStep(Plain() with { GroupSize = GroupSize, Advantage = new AdvantageEstimate.LeaveOneOut() });
        for (int i = 0; i < start.Length; i++)
        {
            Assert.Equal((leaveOneOut[i] - start[i]) * (GroupSize - 1) / GroupSize, centred[i] - start[i], 2e-5f);
        }
    }

    [Theory]
    [InlineData("loss")]
    [InlineData("reward")]
    public void A_KL_needs_a_reference_and_pulls_towards_it(string placement)
    {
        var algorithm = Plain() with { KlPlacement = Placed(placement, 0.5) };
        float[] without = AfterOneStep(Plain());
        float[] with = AfterOneStep(algorithm);
        Assert.True(
            without.Zip(with).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-4f),
            "The KL to another reference changed nothing.");
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        Assert.Contains(
            "reference",
            Assert.Throws<ArgumentException>(() => Trainer(engine, model, null, Settings(algorithm, 1))).Message,
            StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, Surrogate> Surrogates = new Surrogate[]
    {
        new Surrogate.Gspo(0.2, 0.2), new Surrogate.Cispo(), new Surrogate.Sapo(), new Surrogate.Gmpo(), new Surrogate.Vespo(),
        new Surrogate.Reinforce(),
        new Surrogate.TwoSided(), new Surrogate.ImportanceWeighted(), new Surrogate.Clip(DualClip: 3),
    }.ToDictionary(surrogate => surrogate.GetType().Name);

    private static KlPenalty Placed(string placement, double coefficient) =>
        placement == "loss" ? new KlPenalty.Loss(coefficient) : new KlPenalty.Reward(coefficient);
}
