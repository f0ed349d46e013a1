using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>The weights after a step and all that it reports are those of the formulas, told again in plain numbers.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class OnPolicyStepLaws<T> : OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    // Updates in proportion to the gradient, large enough that ratios leave their ranges at once.
    private static readonly OptimizerSettings Large = new()
    {
        LearningRate = 40, Epsilon = 100, MaxGradientNorm = 1e9, Schedule = new Schedule.Linear(),
    };

    private static readonly Dictionary<string, Surrogate> Surrogates = new Surrogate[]
    {
        new Surrogate.Clip(0.03, 0.1), new Surrogate.TwoSided(0.03, 0.1, 1.2),
        new Surrogate.Gspo(0.02, 0.06), new Surrogate.Gmpo(0.03, 0.1),
        new Surrogate.Cispo(1.1), new Surrogate.Sapo(1, 2.5), new Surrogate.Vespo(), new Surrogate.ImportanceWeighted(),
    }.ToDictionary(surrogate => surrogate.GetType().Name);

    // Each estimator with some of the surrogates.
    public static TheoryData<string, KlEstimator> Cases
    {
        get
        {
            KlEstimator[] estimators = [KlEstimator.K3, KlEstimator.K1, KlEstimator.K2];
            var cases = new TheoryData<string, KlEstimator>();
            foreach (var (place, name) in Surrogates.Keys.Index())
            {
                cases.Add(name, estimators[place % estimators.Length]);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Two_steps_of_every_surrogate_with_a_KL_are_those_of_its_formula(string surrogate, KlEstimator estimator) => AssertReplays(
        Several() with { Surrogate = Surrogates[surrogate], KlPlacement = new KlPenalty.Loss(0.3, estimator) });

    [Fact]
    public void A_dual_clip_of_every_pass_is_that_of_its_formula() => AssertReplays(
        Several() with { Surrogate = new Surrogate.Clip(0.03, 0.1, DualClip: 1.1), Iterations = 3, ShuffleMiniBatches = true });

    [Fact]
    public void Mini_batches_are_cut_anew_in_every_pass_of_every_step() => AssertReplays(
        Several() with { MiniBatches = 4, ShuffleMiniBatches = true });

    [Fact]
    public void The_mini_batches_of_a_single_pass_have_the_ratios_to_the_rollouts_policy() => AssertReplays(
        Several() with { Iterations = 1, MiniBatches = 4 });

    [Fact]
    public void Under_filters_and_a_temperature_the_old_policy_is_the_trainers_own() => AssertReplays(
        Several() with { Sampling = new() { Temperature = 0.6, TopK = 3, TopP = 0.9, MinP = 0.05 } });

    [Fact]
    public void A_KL_in_the_reward_is_taken_off_what_is_to_come_and_whitened_over_the_tokens() => AssertReplays(
        Several() with
        {
            Advantage = new AdvantageEstimate.RewardToGo(),
            KlPlacement = new KlPenalty.Reward(0.2),
            WhitenAdvantages = true,
            Sampling = new() { Temperature = 1.4 },
        });

    [Fact]
    public void A_greedy_baseline_is_that_of_the_completions_own_prompt() => AssertReplays(
        Plain() with { GroupSize = 4, Advantage = new AdvantageEstimate.GreedyBaseline(), Surrogate = new Surrogate.Reinforce() });

    [Fact]
    public void Demonstrations_are_mixed_in_by_their_coefficient_other_ones_at_every_update() => AssertReplays(
        Several(), settings => settings with { MixCoefficient = 0.4, MixBatchSize = 3, MixData = "memory" });

    [Fact]
    public void A_pass_that_is_stopped_for_its_KL_leaves_no_gradient()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        var settings = Settings(Several() with { EpochKlTarget = 1e-9 }, 1) with { Optimizer = Large };
        using var trainer = Trainer(engine, model, reference, settings, reward: Graded);
        Assert.Equal(0.5, trainer.Step(0).Metrics.ToDictionary()[MetricNames.EpochsDone]);
        foreach (NamedParameter<T> parameter in model.Parameters)
        {
            var gradient = new float[parameter.Value.Rows * parameter.Value.Columns];
            engine.ReadGradient(parameter.Value, gradient);
            Assert.All(gradient, value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void An_adaptive_coefficient_is_steered_by_the_KL_of_a_whole_completion()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        double kl = 0;
        var measured = new Given("measured", sample =>
        {
            double Sum(Decoder<T> of) => new PolicyPass<T>(engine, of, new PassLimits(64), 1).Sums([sample.Sequence])[0];
            kl += Sum(model) - Sum(reference);
            return 0;
        });
        var algorithm = Plain() with { KlPlacement = new KlPenalty.Loss(0.1), KlTarget = 0.01, KlHorizon = 1000 };
        using (var once = Trainer(engine, model, reference, Settings(algorithm, 1), reward: measured))
        {
            once.Step(0);
        }

        // A target near the KL, so that the error is not cut off.
        double perCompletion = kl / (8 * algorithm.GroupSize);
        Assert.True(perCompletion > 0, $"The KL of this rollout is {perCompletion}.");
        using var fresh = CreateModel(engine, 1);
        using var trainer = Trainer(
            engine, fresh, reference, Settings(algorithm with { KlTarget = perCompletion / 1.1 }, 2), reward: new Given("none", _ => 0));
        double[] coefficients =
            [.. Enumerable.Range(0, 2).Select(step => trainer.Step(step).Metrics.ToDictionary()[MetricNames.KlCoefficient])];
        Assert.Equal(0.1, coefficients[0]);
        Assert.Equal(0.1 * (1 + (0.1 * 8 * algorithm.GroupSize / 1000)), coefficients[1], 1e-6);
    }

    [Fact]
    public void Presets_differ_where_their_papers_do()
    {
        // Li et al. 2023 (ReMax): a greedy baseline, REINFORCE, the KL in the reward. Yu et al. 2025 (DAPO): a higher upper bound, no KL,
        // means over tokens. Ahmadian et al. 2024 (RLOO): the others' mean, REINFORCE of whole completions, the KL in the reward.
        OnPolicyAlgorithm reMax = Algorithms.ReMax();
        Assert.Equal(new AdvantageEstimate.GreedyBaseline(), reMax.Advantage);
        Assert.Equal(new Surrogate.Reinforce(), reMax.Surrogate);
        Assert.True(reMax.KlPlacement.InReward);
        OnPolicyAlgorithm dapo = Algorithms.Dapo();
        Assert.Equal(new Surrogate.Clip(0.2, 0.28), dapo.Surrogate);
        Assert.Equal((false, true), (dapo.KlPlacement.IsActive, dapo.DynamicSampling));
        Assert.Equal(new Aggregation.TokenMean(), dapo.Aggregation);
        OnPolicyAlgorithm rloo = Algorithms.Rloo();
        Assert.Equal(new AdvantageEstimate.LeaveOneOut(), rloo.Advantage);
        Assert.Equal(new Surrogate.Reinforce(), rloo.Surrogate);
        Assert.Equal(new Aggregation.SequenceSum(), rloo.Aggregation);
        Assert.True(rloo.KlPlacement.InReward);
    }

    [Fact]
    public void A_completion_passes_when_all_judges_accept_it()
    {
        var judges = new RewardSum(
            [
                new(new Given("always", _ => 1), 1), new(new Given("ended", sample => sample.Ended ? 1 : 0.99), 1),
                new(new Given("also", _ => 2), 1),
            ],
            RewardErrors.Stop);
        var metrics = Outcomes(Settings(Algorithms.Cgpo(), 1), Graded, judges)[0].Metrics.ToDictionary();
        Assert.InRange(metrics[MetricNames.ClippedRatio], 0.1, 0.9);
        Assert.Equal(1 - metrics[MetricNames.ClippedRatio], metrics[MetricNames.JudgesPassed], 1e-12);
    }

    [Fact]
    public void The_value_loss_of_a_shared_trunk_is_scaled_by_its_coefficient()
    {
        double BiasAfterAStep(double coefficient)
        {
            using var engine = CreateEngine();
            using var model = CreateModel(engine, 1);
            var algorithm = Valued(new ValueSettings { Trunk = ValueTrunk.Shared, Coefficient = coefficient }) with { Iterations = 1 };
            using var trainer = Trainer(
                engine, model, null, Settings(algorithm, 1) with { Optimizer = Proportional }, reward: new Given("one", _ => 1));
            trainer.Step(0);
            return trainer.Export().Models["value"]["score.bias"].ToArray()[0];
        }

        double one = BiasAfterAStep(0.1);
        Assert.True(Math.Abs(one) > 1e-3, $"The values moved by {one} only.");
        Assert.Equal(3 * one, BiasAfterAStep(0.3), 1e-2 * Math.Abs(one));
    }

    [Fact]
    public void A_value_that_has_left_its_range_moves_no_further()
    {
        using var engine = CreateEngine();
        Dictionary<string, double> Train(double range, out float[] values)
        {
            using var model = CreateModel(engine, 1);
            using var value = CreateValue(engine, 3);
            var optimizer = new OptimizerSettings { LearningRate = 1, Epsilon = 100, MaxGradientNorm = 1e9, Beta1 = 0 };
            var algorithm = Valued(new ValueSettings { ClipRange = range, Optimizer = optimizer }) with { Iterations = range == 0 ? 1 : 3 };
            using var trainer = Trainer(engine, model, null, Settings(algorithm, 1), value, new Given("one", _ => 1));
            var metrics = trainer.Step(0).Metrics.ToDictionary();
            values = Flat(engine, value.Parameters);
            return metrics;
        }

        Train(0, out float[] afterOne);
        var metrics = Train(1e-7, out float[] afterThree);
        AssertSame(afterOne, afterThree, 1e-6f);
        Assert.Equal(2.0 / 3, metrics[MetricNames.ValueClip], 1e-6);

        // Values of zero explain nothing.
        Assert.Equal(0, metrics[MetricNames.ValueMean]);
    }

    [Fact]
    public void Dynamic_sampling_goes_through_the_prompts_and_draws_every_round_anew()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        var task = Task(Graded, Graded);
        var unequal = new Batches((_, i) => i % 2);
        var settings = Settings(Algorithms.Dapo() with { GroupSize = 2 }, 4) with { PromptsPerStep = 1 };
        using (var trainer = new OnPolicyTrainer<T>(engine, model, null, settings, task with { Reward = unequal }))
        {
            Assert.Equal(
                ["a", "b", "c", "d"],
                Enumerable.Range(0, 4).Select(step => trainer.Step(step).Samples[0].Prompt).Order());
        }

        var equal = new Batches((_, _) => 0);
        var wide = Settings(Algorithms.Dapo() with { GroupSize = 8, MaxSamplingRounds = 3 }, 1) with { PromptsPerStep = 1 };
        using var again = new OnPolicyTrainer<T>(
            engine, model, null, wide, task with { Reward = equal, Questions = [task.Questions[0]] });
        again.Step(0);
        Assert.Equal(3, equal.Asked.Distinct().Count());
    }

    /// <summary>A reward by the place in the batch, which keeps what it was asked.</summary>
    private sealed class Batches(Func<RewardSample, int, double> score) : IReward
    {
        public List<string> Asked { get; } = [];

        public string Name => "batches";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
        {
            Asked.Add(string.Join(' ', batch.Select(sample => sample.Completion)));
            return [.. batch.Select(score)];
        }
    }

    // A graded reward, so that groups differ in more than right and wrong.
    private static Given Graded { get; } = new(
        "graded",
        sample => (sample.Completion.Length == 0 ? -0.3 : 0.5 * (sample.Completion[0] - 'a')) + (sample.Ended ? 0.2 : 0));

    private static OnPolicyAlgorithm Several() => Plain() with
    {
        Advantage = new AdvantageEstimate.GroupRelative(AdvantageScale.None),
        Surrogate = new Surrogate.Clip(0.03, 0.1),
        GroupSize = 4,
        Iterations = 2,
        MiniBatches = 2,
        Sampling = new() { Temperature = 0.8 },
    };

    private static OnPolicyAlgorithm Valued(ValueSettings value) => Algorithms.Ppo() with
    {
        GroupSize = 4,
        KlPlacement = new KlPenalty.Reward(),
        WhitenAdvantages = false,
        Value = value,
    };

    private void AssertReplays(OnPolicyAlgorithm algorithm, Func<OnPolicySettings, OnPolicySettings>? change = null)
    {
        var settings = Settings(algorithm, 2) with { Optimizer = Large };
        settings = change?.Invoke(settings) ?? settings;
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var expected = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        float[] start = Flat(engine, model.Parameters);
        using var trainer = Trainer(engine, model, reference, settings, reward: Graded);
        using var replay = new OnPolicyReplay<T>(engine, expected, reference, settings, Task(Graded, Graded));
        for (int step = 0; step < settings.Steps; step++)
        {
            var metrics = trainer.Step(step).Metrics.ToDictionary();
            foreach (var (name, value) in replay.Step(step))
            {
                Assert.True(
                    Math.Abs(value - metrics[name]) <= 1e-4 * Math.Max(1, Math.Abs(value)),
                    $"step {step}: {name} is {metrics[name]}, expected {value}");
            }

            AssertMoved(start, Flat(engine, expected.Parameters), Flat(engine, model.Parameters), step);
            if (algorithm.Surrogate.Clips && algorithm.UpdatesPerRollout > 1 && step == 0)
            {
                Assert.InRange(metrics[MetricNames.ClipRegion], 0.02, 0.9);
            }
        }
    }

    private static void AssertMoved(float[] start, float[] expected, float[] found, int step)
    {
        double largest = expected.Zip(start, (after, before) => Math.Abs((double)after - before)).Max();
        Assert.True(largest > 1e-2, $"step {step} moved the weights by {largest} at most.");
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - (double)found[i]) <= 2e-3 * largest,
                $"step {step}, weight {i}: {start[i]} became {found[i]}, expected {expected[i]}");
        }
    }
}
