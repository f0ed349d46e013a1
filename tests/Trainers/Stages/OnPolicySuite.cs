using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>A small task for laws of on-policy training: say the prompt's letter, then end.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    protected static CharacterTokenizer Tokenizer { get; } = new("abcd");

    // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
    protected static OptimizerSettings Proportional { get; } = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 };

    protected abstract IEngine<T> CreateEngine();

    // Token mean and one update, so that surrogates differ in nothing but themselves.
    protected static OnPolicyAlgorithm Plain() => Algorithms.Grpo() with { Aggregation = new Aggregation.TokenMean() };

    protected static OnPolicySettings Settings(OnPolicyAlgorithm algorithm, int steps) => new()
    {
        Name = "stage",
        Steps = steps,
        PromptsPerStep = 8,
        MaxCompletionTokens = 2,
        Optimizer = new() { LearningRate = 5e-3 },
        Algorithm = algorithm,
    };

    protected static Decoder<T> CreateModel(IEngine<T> engine, ulong seed) =>
        Decoder<T>.Create(engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Tokenizer.VocabularySize, seed);

    protected static ScalarModel<T> CreateValue(IEngine<T> engine, ulong seed)
    {
        using var trunk = CreateModel(engine, seed);
        return new ScalarModel<T>(engine, ModelShapes.Of("gpt2"), Tokenizer.VocabularySize, trunk.Export());
    }

    protected static OnPolicyTrainer<T> Trainer(
        IEngine<T> engine,
        Decoder<T> model,
        Decoder<T>? reference,
        OnPolicySettings settings,
        IValueModel<T>? value = null,
        IReward? reward = null,
        IReward? judge = null) =>
        new(
            engine,
            model,
            reference,
            settings,
            Task(reward ?? new ExactAnswer(), judge ?? new Given("written", sample => sample.Completion.Length > 0 ? 1 : 0)),
            value);

    // Mixed in is the letter after the prompt's.
    protected static OnPolicyTask Task(IReward reward, IReward judge)
    {
        Question[] questions = [.. "abcd".Select((c, i) => new Question($"{c}", $"{c}", "memory.csv", i + 2))];
        return new OnPolicyTask(questions, reward, Tokenizer, 1, 0)
        {
            Judges = RewardSum.Of(judge),
            Mix = [.. Enumerable.Range(0, 4).Select(i => new TokenSequence([i, (i + 1) % 4, Tokenizer.EndOfSequence], 1))],
        };
    }

    protected static float[] Flat(IEngine<T> engine, IReadOnlyList<NamedParameter<T>> parameters) =>
        [.. parameters.Read(engine).OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value)];

    protected static void AssertSame(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    protected float[] Start()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        return Flat(engine, model.Parameters);
    }

    /// <summary>The policy's parameters, then the value model's, after one step whose updates are proportional to the gradient.</summary>
    protected float[] AfterOneStep(OnPolicyAlgorithm algorithm, PassLimits? limits = null, IReward? reward = null)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        using var value = CreateValue(engine, 3);
        limits ??= new PassLimits(256);
        var settings = Settings(algorithm, 1) with
        {
            Optimizer = Proportional,
            MicroBatchSize = limits.Sequences,
            TokensPerPass = limits.Tokens,
        };
        using var trainer = Trainer(engine, model, reference, settings, value, reward);
        trainer.Step(0);
        return [.. Flat(engine, model.Parameters), .. Flat(engine, value.Parameters)];
    }

    /// <summary>What each step measured.</summary>
    protected IReadOnlyDictionary<string, double>[] Train(OnPolicyAlgorithm algorithm, int steps = 60, bool shuffle = false) =>
        [.. Outcomes(Settings(algorithm, steps) with { ShuffleRewards = shuffle }).Select(step => step.Metrics.ToDictionary())];

    /// <summary>What each step of a stage gave.</summary>
    protected StepOutcome[] Outcomes(OnPolicySettings settings, IReward? reward = null, IReward? judge = null)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 1);
        using var value = CreateValue(engine, 1);
        using var trainer = Trainer(engine, model, reference, settings, value, reward, judge);
        return [.. Enumerable.Range(0, settings.Steps).Select(trainer.Step)];
    }

    /// <summary>A reward that is a function.</summary>
    protected sealed class Given(string name, Func<RewardSample, double> score) : IReward
    {
        public string Name => name;

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) => [.. batch.Select(score)];
    }

    protected double[] Rewards(OnPolicyAlgorithm algorithm, bool shuffle) =>
        [.. Train(algorithm, shuffle: shuffle).Select(step => step[MetricNames.Reward])];

    /// <summary>All that a run holds after six steps, when a new trainer takes over after some of them.</summary>
    protected float[] AfterSixSteps(OnPolicyAlgorithm algorithm, int takeOverAfter)
    {
        const int Steps = 6;
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        using var reference = CreateModel(engine, 2);
        using var value = CreateValue(engine, 3);
        using var taken = CreateValue(engine, 4);
        var first = Trainer(engine, model, reference, Settings(algorithm, Steps), value);
        for (int step = 0; step < takeOverAfter; step++)
        {
            first.Step(step);
        }

        var state = first.Export();
        first.Dispose();
        using var second = Trainer(engine, model, reference, Settings(algorithm, Steps), taken);
        second.Import(state);
        for (int step = takeOverAfter; step < Steps; step++)
        {
            second.Step(step);
        }

        var end = second.Export();
        return
        [
            .. Flat(engine, model.Parameters),
            .. end.Models.SelectMany(m => m.Value.OrderBy(p => p.Key, StringComparer.Ordinal)).SelectMany(p => p.Value.ToArray()),
            .. end.Optimizers.OrderBy(o => o.Key, StringComparer.Ordinal)
                .SelectMany(o => o.Value.SecondMoments.OrderBy(p => p.Key, StringComparer.Ordinal))
                .SelectMany(p => p.Value),
            .. end.Scalars.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (float)s.Value),
        ];
    }
}
