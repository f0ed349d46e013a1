using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of the trainers on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class TrainerLaws<T>
    where T : struct, ITensor<T>
{
    private static readonly CharacterTokenizer Tokenizer = new("abcd");

    public static TheoryData<string, string> SplitCases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string shape in ModelShapes.Names)
            {
                foreach (string aggregation in (string[])["token", "sequence", "constant"])
                {
                    cases.Add(shape, aggregation);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(SplitCases))]
    public void The_gradient_does_not_depend_on_the_micro_batch_size(string shape, string aggregation)
    {
        using var engine = CreateEngine();
        var sequences = RandomSequences(13);
        var (wholeLoss, whole) = LossAndGradients(engine, shape, Of(aggregation), sequences, new PassLimits(sequences.Length));
        foreach (PassLimits limits in (PassLimits[])[new(1), new(3), new(8), new(13, 20), new(3, 1)])
        {
            var (loss, gradients) = LossAndGradients(engine, shape, Of(aggregation), sequences, limits);
            Assert.Equal(wholeLoss, loss, 1e-5);
            AssertClose(whole, gradients);
        }
    }

    [Fact]
    public void The_gradient_does_not_depend_on_the_order_of_the_sequences()
    {
        using var engine = CreateEngine();
        var sequences = RandomSequences(11);
        var (_, forward) = LossAndGradients(engine, "gpt2", Of("sequence"), sequences, new PassLimits(4));
        var (_, backward) = LossAndGradients(engine, "gpt2", Of("sequence"), [.. sequences.Reverse()], new PassLimits(4));
        AssertClose(forward, backward);
    }

    [Fact]
    public void Supervised_training_learns_its_demonstrations()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        var settings = new SupervisedSettings { Name = "sft", Steps = 150, BatchSize = 8, Optimizer = new() { LearningRate = 3e-3 } };
        TokenSequence[] data = [.. "abcd".Select(c => Demonstration($"{c}", $"{c}{c}"))];
        using var trainer = new SupervisedTrainer<T>(engine, model, settings, data, 1, 0);
        double first = Loss(trainer.Step(0));
        double last = first;
        for (int step = 1; step < settings.Steps; step++)
        {
            last = Loss(trainer.Step(step));
        }

        Assert.InRange(first, 1.0, 3.0);
        Assert.InRange(last, 0.0, 0.05);
    }

    [Fact]
    public void The_loss_and_the_entropy_are_means_over_the_tokens_that_are_learnt()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        TokenSequence[] data = [Demonstration("a", "bcd") with { Interludes = [new TokenRange(2, 4)] }, Demonstration("ab", "c")];
        (double loss, double entropy) = (0, 0);
        new PolicyPass<T>(engine, model, new PassLimits(1), 1).ForEach(data, (_, batch, output) =>
        {
            foreach (var (place, target) in batch.Targets.ToArray().Index())
            {
                loss -= target < 0 ? 0 : engine.Read(output.Scored.LogProbs)[place];
                entropy += target < 0 ? 0 : engine.Read(output.Scored.Entropy)[place];
            }
        });
        var settings = new SupervisedSettings { Name = "sft", Steps = 1, BatchSize = 2, MicroBatchSize = 1 };
        using var trainer = new SupervisedTrainer<T>(engine, model, settings, data, 1, 0);
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        Assert.Equal(2 + 2, data.Sum(sequence => sequence.ActionCount));
        Assert.Equal(loss / 4, metrics["loss"], 1e-5);
        Assert.Equal(entropy / 4, metrics["entropy"], 1e-5);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_before_the_weights_change()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        var head = model.Parameters[0].Value;
        var values = new float[head.Rows * head.Columns];
        Array.Fill(values, float.NaN);
        engine.Write(head, values);
        var before = model.Export();
        var settings = new SupervisedSettings { Name = "sft", Steps = 1, BatchSize = 2 };
        using var trainer = new SupervisedTrainer<T>(engine, model, settings, [Demonstration("a", "b")], 1, 0);
        Assert.Contains("learning rate", Assert.Throws<TrainingDivergedException>(() => trainer.Step(0)).Message, StringComparison.Ordinal);
        Assert.Equal(before["final_norm.gain"], model.Export()["final_norm.gain"]);
    }

    protected abstract IEngine<T> CreateEngine();

    private static double Loss(StepOutcome outcome) => outcome.Metrics.Single(m => m.Key == "loss").Value;

    private static Aggregation Of(string name) => name switch
    {
        "token" => new Aggregation.TokenMean(),
        "sequence" => new Aggregation.SequenceMean(),
        _ => new Aggregation.ConstantLength(6),
    };

    private static TokenSequence Demonstration(string prompt, string completion)
    {
        int[] start = Tokenizer.Encode(prompt);
        return new TokenSequence([.. start, .. Tokenizer.Encode(completion), Tokenizer.EndOfSequence], start.Length);
    }

    private static TokenSequence[] RandomSequences(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int prompt = random.Next(1, 5);
            int completion = random.Next(0, 6) + (prompt == 1 ? 1 : 0);
            return new TokenSequence(
                [.. Enumerable.Range(0, prompt + completion).Select(_ => random.Next(Tokenizer.VocabularySize))],
                prompt);
        })];
    }

    private static Decoder<T> CreateModel(IEngine<T> engine, ulong seed) =>
        Decoder<T>.Create(engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Tokenizer.VocabularySize, seed);

    private static (double Loss, Dictionary<string, float[]> Gradients) LossAndGradients(
        IEngine<T> engine,
        string shape,
        Aggregation aggregation,
        TokenSequence[] sequences,
        PassLimits limits)
    {
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Tokenizer.VocabularySize, 2);
        double loss = new PolicyPass<T>(engine, model, limits, 1).Accumulate(
            sequences,
            aggregation,
            (_, _, scored) => -scored.LogProbs);
        var gradients = model.Parameters.ToDictionary(p => p.Name, p =>
        {
            var gradient = new float[p.Value.Rows * p.Value.Columns];
            engine.ReadGradient(p.Value, gradient);
            return gradient;
        });
        return (loss, gradients);
    }

    private static void AssertClose(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        foreach (var (name, values) in expected)
        {
            double scale = Math.Max(values.Max(v => Math.Abs((double)v)), 1e-4);
            for (int i = 0; i < values.Length; i++)
            {
                Assert.True(
                    Math.Abs(values[i] - actual[name][i]) <= 2e-4 * scale,
                    $"{name}[{i}]: {values[i]} against {actual[name][i]} at scale {scale}.");
            }
        }
    }
}
