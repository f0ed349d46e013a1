using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Objectives;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Objectives;

/// <summary>What must hold of on-policy training on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class OnPolicyTrainerLaws<T>
    where T : struct, ITensor<T>
{
    private static readonly CharacterTokenizer Tokenizer = new("abcd");

    public static TheoryData<string> Names => [.. Algorithms.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_algorithm_raises_the_reward(string name)
    {
        var algorithm = Algorithms.All[name];
        double[] rewards = Rewards(algorithm with { GroupSize = 8, KlCoefficient = algorithm.KlCoefficient * 0.2 }, shuffle: false);
        Assert.InRange(rewards[..5].Average(), 0.0, 0.4);
        Assert.InRange(rewards[^5..].Average(), 0.85, 1.0);
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
        Assert.Contains("reference", Assert.Throws<ArgumentException>(() => Trainer(engine, model, null, Settings(algorithm, 1, shuffle: false))).Message, StringComparison.Ordinal);
    }

    protected abstract IEngine<T> CreateEngine();

    // Token mean and one update, so that surrogates differ in nothing but themselves.
    private static OnPolicyAlgorithm Plain() => Algorithms.Grpo() with { Aggregation = AggregationKind.TokenMean };

    private static StageSettings.OnPolicy Settings(OnPolicyAlgorithm algorithm, int steps, bool shuffle) => new()
    {
        Name = "stage",
        Steps = steps,
        PromptsPerStep = 8,
        MaxCompletionTokens = 2,
        ShuffleRewards = shuffle,
        Optimizer = new() { LearningRate = 5e-3 },
        Algorithm = algorithm,
    };

    private static Decoder<T> CreateModel(IEngine<T> engine, ulong seed) =>
        Decoder<T>.Create(engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Tokenizer.VocabularySize, seed);

    private static OnPolicyTrainer<T> Trainer(IEngine<T> engine, Decoder<T> model, Decoder<T>? reference, StageSettings.OnPolicy settings)
    {
        Question[] questions = [.. "abcd".Select((c, i) => new Question($"{c}", $"{c}", "memory", i + 2))];
        return new OnPolicyTrainer<T>(engine, model, reference, settings, new OnPolicyTask(questions, new ExactAnswer(), Tokenizer, 1, 0));
    }

    private static float[] Flat(Decoder<T> model) => [.. model.Export().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value)];

    private static void AssertSame(float[] expected, float[] actual, float tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    private float[] Start()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        return Flat(model);
    }

    // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
    private float[] AfterOneStep(OnPolicyAlgorithm algorithm)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        using var trainer = Trainer(engine, model, reference, Settings(algorithm, 1, shuffle: false) with { Optimizer = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 } });
        trainer.Step(0);
        return Flat(model);
    }

    private double[] Rewards(OnPolicyAlgorithm algorithm, bool shuffle)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 1);
        var settings = Settings(algorithm, 60, shuffle);
        using var trainer = Trainer(engine, model, reference, settings);
        return [.. Enumerable.Range(0, settings.Steps).Select(step => trainer.Step(step).Metrics.Single(m => m.Key == MetricNames.Reward).Value)];
    }
}
