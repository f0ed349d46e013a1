using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of distillation on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class DistillationLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 6;
    private const int EndOfSequence = 0;

    public static TheoryData<double, double, string> Divergences => new()
    {
        { 0, 1, "gpt2" },
        { 0, 0.7, "llama" },
        { 0.1, 1, "gpt2" },
        { 0.5, 1.3, "llama" },
        { 0.5, 1, "gpt2" },
        { 1, 1, "gpt2" },
        { 1, 0.7, "llama" },
    };

    [Theory]
    [MemberData(nameof(Divergences))]
    public void The_loss_is_the_mean_divergence_of_the_exact_distributions(double beta, double temperature, string shape)
    {
        using var engine = CreateEngine();
        using var student = Model(engine, shape, 1);
        using var teacher = Model(engine, "gpt2", 2);
        TokenSequence[] sequences = Sequences(5);
        double expected = 0;
        double uncertainty = 0;
        foreach (TokenSequence sequence in sequences)
        {
            Real[][] p = SampledToy.Exact(engine, teacher, sequence, temperature);
            Real[][] q = SampledToy.Exact(engine, student, sequence, temperature);
            expected += Enumerable.Range(sequence.PromptLength - 1, sequence.CompletionLength)
                .Sum(t => (double)Categorical.JensenShannon<Real>(p[t], q[t], beta));
            uncertainty -= Enumerable.Range(sequence.PromptLength - 1, sequence.CompletionLength)
                .Sum(t => q[t].Sum(logProb => Math.Exp(logProb.Value) * logProb.Value));
        }

        var (divergence, entropy) = Pass(engine, student, teacher, beta, temperature).Accumulate(sequences);
        double tokens = sequences.Sum(sequence => sequence.CompletionLength);
        Assert.Equal(expected / tokens, divergence, 1e-5);
        Assert.Equal(uncertainty / tokens, entropy, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void The_gradient_is_the_slope_in_every_direction(double beta, double temperature, string shape)
    {
        using var engine = CreateEngine();
        using var student = Model(engine, shape, 1);
        using var teacher = Model(engine, "gpt2", 2);
        TokenSequence[] sequences = Sequences(5);
        DistillationPass<T> pass = Pass(engine, student, teacher, beta, temperature);
        pass.Accumulate(sequences);
        Dictionary<string, float[]> gradient = Gradients(engine, student);
        Dictionary<string, float[]> start = student.Parameters.ToDictionary(p => p.Name, p => engine.Read(p.Value));
        const double Step = 1e-2;
        for (int direction = 0; direction < 4; direction++)
        {
            var random = new Random(direction);
            Dictionary<string, double[]> way = start.ToDictionary(
                p => p.Key,
                p => p.Value.Select(_ => random.NextDouble() - 0.5).ToArray());
            double length = Math.Sqrt(way.Values.Sum(values => values.Sum(value => value * value)));
            double Moved(double distance)
            {
                student.Parameters.Write(
                    engine,
                    start.ToDictionary(
                        p => p.Key,
                        p => p.Value.Select((value, i) => (float)(value + (distance * way[p.Key][i] / length))).ToArray()));
                return pass.Accumulate(sequences).Divergence;
            }

            double slope = (Moved(Step) - Moved(-Step)) / (2 * Step);
            double expected = gradient.Sum(p => p.Value.Select((value, i) => value * way[p.Key][i]).Sum()) / length;
            Assert.Equal(slope, expected, Math.Max(2e-2 * Math.Abs(slope), 1e-4));
        }
    }

    [Fact]
    public void Neither_pieces_nor_micro_batches_change_the_gradient()
    {
        using var engine = CreateEngine();
        using var student = Model(engine, "gpt2", 1);
        using var teacher = Model(engine, "llama", 2);
        TokenSequence[] sequences = Sequences(7);
        Dictionary<string, float[]> Run(PassLimits limits, int logits)
        {
            Clear(engine, student);
            new DistillationPass<T>(engine, student, teacher, new DistillationOptions(0.5, 1, limits, logits)).Accumulate(sequences);
            return Gradients(engine, student);
        }

        Dictionary<string, float[]> whole = Run(new PassLimits(100), 1 << 20);
        foreach (var (limits, logits) in new[]
        {
            (new PassLimits(100), 1), (new(100), 5 * Vocabulary), (new(1), 1 << 20), (new(3), 2 * Vocabulary), (new(100, 15), 1 << 20),
        })
        {
            Dictionary<string, float[]> split = Run(limits, logits);
            foreach (var (name, values) in whole)
            {
                Assert.All(values.Zip(split[name]), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void A_teacher_that_is_the_model_teaches_nothing(double beta)
    {
        using var engine = CreateEngine();
        using var student = Model(engine, "gpt2", 1);
        using var teacher = Model(engine, "gpt2", 1);
        Assert.Equal(0, Pass(engine, student, teacher, beta, 1).Accumulate(Sequences(5)).Divergence, 1e-6);
        Assert.All(Gradients(engine, student).Values, values => Assert.All(values, value => Assert.Equal(0, value, 1e-6f)));
    }

    [Fact]
    public void The_forward_KL_to_a_teacher_that_is_certain_is_supervised_fine_tuning_on_what_it_says()
    {
        using var engine = CreateEngine();
        using var student = Model(engine, "gpt2", 1);
        using var teacher = Model(engine, "llama", 2);
        T head = teacher.Head;
        engine.Write(head, [.. engine.Read(head).Select(value => 1e4f * value)]);
        int[][] prompts = [[1], [2, 3], [4, 4]];
        var sampler = new CompletionSampler<T>(engine, teacher, [EndOfSequence]);
        TokenSequence[] said =
            [.. sampler.Draw(prompts, 1, 3, SamplingOptions.Greedy, default).Select(drawn => drawn.Sequence)];
        Pass(engine, student, teacher, beta: 0, temperature: 1).Accumulate(said);
        Dictionary<string, float[]> distilled = Gradients(engine, student);
        Clear(engine, student);
        var pass = new PolicyPass<T>(engine, student, new PassLimits(100), 1);
        pass.Accumulate(said, new Aggregation.TokenMean(), (_, _, scored) => -scored.LogProbs);
        foreach (var (name, values) in Gradients(engine, student))
        {
            Assert.All(values.Zip(distilled[name]), pair => Assert.Equal(pair.First, pair.Second, 2e-5f));
        }
    }

    [Fact]
    public void Logits_of_any_size_are_compared_without_overflow()
    {
        using var engine = CreateEngine();
        using var student = Model(engine, "llama", 1);
        using var teacher = Model(engine, "llama", 2);
        foreach (Decoder<T> model in (Decoder<T>[])[student, teacher])
        {
            T head = model.Head;
            engine.Write(head, [.. engine.Read(head).Select(value => 3e3f * value)]);
        }

        foreach (double beta in (double[])[0, 0.5, 1])
        {
            double divergence = Pass(engine, student, teacher, beta, 1).Accumulate(Sequences(5)).Divergence;
            Assert.True(double.IsFinite(divergence) && divergence >= 0, $"β = {beta}: {divergence}.");
        }

        Assert.All(Gradients(engine, student).Values, values => Assert.All(values, value => Assert.True(float.IsFinite(value))));
    }

    [Theory]
    [InlineData(0, GivenKind.Dataset)]
    [InlineData(0, GivenKind.Teacher)]
    [InlineData(0.5, GivenKind.Dataset)]
    [InlineData(1, GivenKind.Dataset)]
    public void The_model_approaches_its_teacher(double lambda, GivenKind given)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        GkdSettings settings = Settings(lambda, given);
        using var trainer = Trainer(engine, model, settings);
        var steps = Enumerable.Range(0, settings.Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();
        Assert.Equal(lambda, steps.Average(step => step[MetricNames.OnPolicyFraction]), 0.2);
        double first = steps[..3].Average(step => step[MetricNames.Loss]);
        double last = steps[^3..].Average(step => step[MetricNames.Loss]);
        Assert.True(last < 0.2 * first, $"The divergence fell from {first} to {last} only.");
    }

    [Fact]
    public void Completions_that_the_teacher_gives_are_the_teachers()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var teacher = SampledToy.CreateModel(engine, seed: 5, shape: "llama");
        GkdSettings settings = Settings(0, GivenKind.Teacher);
        int[][] prompts =
        [
            .. new DataOrder(1, 0, 4, settings.BatchSize).RowsOf(0).Select(row => SampledToy.Tokenizer.Encode($"{"abcd"[row]}")),
        ];
        TokenSequence[] said =
        [
            .. new CompletionSampler<T>(engine, teacher, [SampledToy.Tokenizer.EndOfSequence])
                .Draw(prompts, 1, settings.MaxCompletionTokens, settings.Sampling, new SamplingAddress(1, RandomPurpose.Rollout, 0))
                .Select(drawn => drawn.Sequence),
        ];
        var options = new DistillationOptions(settings.Beta, settings.Temperature, new PassLimits(100));
        double expected = new DistillationPass<T>(engine, model, teacher, options).Accumulate(said).Divergence;
        Clear(engine, model);
        using var trainer = Trainer(engine, model, settings);
        Assert.Equal(expected, trainer.Step(0).Metrics.ToDictionary()[MetricNames.Loss], 1e-6);
    }

    [Fact]
    public void Stopping_and_going_on_changes_nothing()
    {
        using var engine = CreateEngine();
        IStageTrainer Create(Decoder<T> model) => Trainer(engine, model, Settings(0.5, GivenKind.Teacher));
        Assert.Equal(
            SampledToy.Train(engine, Create, steps: 8, stop: 0).Weights,
            SampledToy.Train(engine, Create, steps: 8, stop: 3).Weights);
    }

    [Fact]
    public void A_fresh_model_learns_from_its_teachers_completions_what_the_teacher_has_learnt()
    {
        using var engine = CreateEngine();
        using var teacher = SampledToy.CreateModel(engine, seed: 1);
        var reject = new RejectionSettings
        {
            Name = "reject",
            Steps = 90,
            PromptsPerRound = 16,
            StepsPerRound = 6,
            BatchSize = 8,
            MaxCompletionTokens = 2,
            Selection = new SelectionSettings { Keep = KeepKind.Passing },
            Optimizer = new() { LearningRate = 3e-3 },
        };
        using var learning = new RejectionTrainer<T>(engine, teacher, teacher, reject, SampledToy.Task);
        for (int step = 0; step < reject.Steps; step++)
        {
            learning.Step(step);
        }

        string[] Said(Decoder<T> model) =>
        [
            .. new CompletionSampler<T>(engine, model, [SampledToy.Tokenizer.EndOfSequence])
                .Draw(
                    [.. SampledToy.Questions.Select(question => SampledToy.Tokenizer.Encode(question.Prompt))],
                    1,
                    2,
                    SamplingOptions.Greedy,
                    default)
                .Select(completion => CompletionText.Of(completion, SampledToy.Tokenizer)),
        ];
        string[] answers = [.. SampledToy.Questions.Select(question => question.Answer)];
        Assert.Equal(answers, Said(teacher));
        using var student = SampledToy.CreateModel(engine, seed: 3);
        var distill = new DistillationSettings
        {
            Name = "distill",
            Teacher = "reject",
            Steps = 200,
            PromptsPerRound = 16,
            StepsPerRound = 200,
            BatchSize = 8,
            MaxCompletionTokens = 2,
            Optimizer = new() { LearningRate = 3e-3 },
        };
        using var trainer = new RejectionTrainer<T>(engine, student, teacher, distill, SampledToy.Task);
        var metrics = Enumerable.Range(0, distill.Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();
        Assert.DoesNotContain(MetricNames.Reward, metrics[0].Keys);
        Assert.Equal(answers, Said(student));
    }

    [Fact]
    public void Models_of_different_vocabularies_are_refused()
    {
        using var engine = CreateEngine();
        using var student = Model(engine, "gpt2", 1);
        using var teacher = Decoder<T>.Create(engine, ModelShapes.Of("gpt2"), Vocabulary + 1, 1);
        Assert.Contains(
            "6 tokens cannot be compared with a teacher of 7",
            Assert.Throws<ArgumentException>(() => Pass(engine, student, teacher, 0.5, 1)).Message,
            StringComparison.Ordinal);
    }

    protected abstract IEngine<T> CreateEngine();

    private static Decoder<T> Model(IEngine<T> engine, string shape, ulong seed) =>
        Decoder<T>.Create(engine, ModelShapes.Of(shape) with { InitStd = 0.3 }, Vocabulary, seed);

    private static DistillationPass<T> Pass(IEngine<T> engine, Decoder<T> student, Decoder<T> teacher, double beta, double temperature) =>
        new(engine, student, teacher, new DistillationOptions(beta, temperature, new PassLimits(3)));

    private static TokenSequence[] Sequences(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count)
            .Select(i => new TokenSequence([.. Enumerable.Range(0, 3 + (i % 3)).Select(_ => random.Next(Vocabulary))], 1 + (i % 2)))];
    }

    private static Dictionary<string, float[]> Gradients(IEngine<T> engine, Decoder<T> model)
    {
        float[] Gradient(NamedParameter<T> parameter)
        {
            var gradient = new float[parameter.Value.Rows * parameter.Value.Columns];
            engine.ReadGradient(parameter.Value, gradient);
            return gradient;
        }

        return model.Parameters.ToDictionary(parameter => parameter.Name, Gradient);
    }

    private static void Clear(IEngine<T> engine, Decoder<T> model)
    {
        using IOptimizer optimizer = engine.CreateAdamW(model.Parameters, new AdamWOptions());
        optimizer.ZeroGradients();
    }

    private static GkdTrainer<T> Trainer(IEngine<T> engine, Decoder<T> model, GkdSettings settings)
    {
        TokenSequence[] sequences = [.. "abcd".Select(
            c => new TokenSequence([.. SampledToy.Tokenizer.Encode($"{c}{c}"), EndOfSequence], 1))];
        return new GkdTrainer<T>(
            engine,
            model,
            SampledToy.CreateModel(engine, seed: 5, shape: "llama"),
            settings,
            new GkdTask(sequences, [SampledToy.Tokenizer.EndOfSequence], 1, 0));
    }

    private static GkdSettings Settings(double lambda, GivenKind given) => new()
    {
        Name = "gkd",
        Teacher = "teacher",
        Steps = 60,
        BatchSize = 16,
        Lambda = lambda,
        Given = given,
        MaxCompletionTokens = 3,
        Optimizer = new() { LearningRate = 5e-3 },
    };
}
