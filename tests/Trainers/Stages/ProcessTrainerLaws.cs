using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of the training of process reward models, and of their scores, on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class ProcessTrainerLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 6;
    private const int EndOfSequence = 0;

    // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
    private static readonly OptimizerSettings Proportional = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 };

    [Fact]
    public void Wrong_steps_are_learnt_and_the_first_of_them_is_found()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: false);
        ProcessData data = new(Rows(40), Rows(20));
        var settings = Settings() with
        {
            Steps = 80,
            BatchSize = 20,
            EvaluationData = "given",
            Optimizer = new() { LearningRate = 1e-2, MaxGradientNorm = 1 },
        };
        using var trainer = new ProcessTrainer<T>(engine, model, settings, data, 1, 0);
        var start = trainer.MeasureStart().ToDictionary();
        var steps = Enumerable.Range(0, settings.Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();

        // A head of zeros takes every step for good.
        double good = data.HeldOut.SelectMany(row => row.Labels).Average();
        Assert.Equal(Math.Log(2), start[MetricNames.HeldOutLoss], 1e-6);
        Assert.Equal(good, start[MetricNames.HeldOutAccuracy], 1e-12);
        Assert.Equal(
            (0, 1, 0),
            (start[MetricNames.HeldOutWrongAccuracy], start[MetricNames.HeldOutRightAccuracy], start[MetricNames.HeldOutF1]));
        Assert.Equal((1, 1), (steps[^1][MetricNames.StepAccuracy], steps[^1][MetricNames.HeldOutF1]));
        Assert.InRange(steps[^1][MetricNames.Loss], 0, 0.1);
        Assert.Equal(steps[^1][MetricNames.PositiveSteps], steps[^1][MetricNames.StepScore], 0.1);
    }

    [Fact]
    public void The_gradient_depends_on_neither_the_micro_batch_size_nor_the_order()
    {
        using var engine = CreateEngine();
        SteppedSequence[] rows = Rows(11);
        float[] whole = AfterOneStep(engine, Settings(), rows);
        foreach (int size in (int[])[1, 4, 8])
        {
            AssertClose(whole, AfterOneStep(engine, Settings() with { MicroBatchSize = size }, rows));
        }

        AssertClose(whole, AfterOneStep(engine, Settings() with { TokensPerPass = 25 }, rows));
        AssertClose(whole, AfterOneStep(engine, Settings() with { MicroBatchSize = 3 }, [.. rows.Reverse()]));
    }

    [Fact]
    public void The_loss_is_the_mean_over_steps_and_the_heads_gradient_that_of_the_formula()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: true);
        SteppedSequence[] rows = [.. Rows(9).Select((row, i) => row with { Labels = [.. row.Labels.Select(label => (label + i) / 10)] })];
        float[][] scores = new ProcessScorer<T>(engine, model, new PassLimits(4))
            .Scores([.. rows.Select(row => row.Sequence)], [.. rows.Select(row => row.Ends)]);
        double Loss(double shift) => rows
            .SelectMany((row, i) => row.Labels.Select(
                (label, k) => RewardModelLosses.Step<Real>(scores[i][k] + shift, label).Value))
            .Average();
        double before = engine.Read(model.Parameters[^1].Value)[0];
        using var trainer = new ProcessTrainer<T>(engine, model, Settings() with { BatchSize = rows.Length }, new(rows, []), 1, 0);
        Assert.Equal(Loss(0), trainer.Step(0).Metrics.ToDictionary()[MetricNames.Loss], 1e-5);
        double gradient = (Loss(1e-4) - Loss(-1e-4)) / 2e-4;
        Assert.Equal(
            -Proportional.LearningRate * gradient / (Math.Abs(gradient) + Proportional.Epsilon),
            engine.Read(model.Parameters[^1].Value)[0] - before,
            2e-4);
    }

    [Fact]
    public void A_steps_score_is_that_of_the_completion_up_to_it()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: true);
        SteppedSequence[] rows = Rows(7);
        float[][] scores = new ProcessScorer<T>(engine, model, new PassLimits(3)).Scores(
            [.. rows.Select(row => row.Sequence)], [.. rows.Select((row, i) => i == 2 ? (IReadOnlyList<int>)[] : row.Ends)]);
        Assert.Empty(scores[2]);
        for (int i = 0; i < rows.Length; i++)
        {
            TokenSequence whole = rows[i].Sequence;
            TokenSequence[] parts =
                [.. rows[i].Ends.Select(end => whole with { Tokens = whole.Tokens[..(whole.PromptLength + end)] })];
            float[] expected = new RewardScorer<T>(engine, model, new PassLimits(100)).Scores(parts);
            Assert.All(scores[i], (score, k) => Assert.Equal(expected[k], score, 1e-5f));
        }

        Assert.Throws<ArgumentException>(() => new ProcessScorer<T>(engine, model, new PassLimits(3)).Scores([rows[0].Sequence], []));
    }

    [Fact]
    public void Held_out_completions_are_measured_as_often_as_asked_and_after_the_last_step()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: true);
        var settings = Settings() with { Steps = 5, EvaluationData = "given", EvaluationEvery = 2, Optimizer = new() };
        using var trainer = new ProcessTrainer<T>(engine, model, settings, new(Rows(8), Rows(3)), 1, 0);
        int[] measured = [.. Enumerable.Range(0, settings.Steps)
            .Where(step => trainer.Step(step).Metrics.Any(metric => metric.Key == MetricNames.HeldOutAccuracy))];
        Assert.Equal([1, 3, 4], measured);
    }

    [Fact]
    public void Training_that_goes_on_from_its_state_is_training_that_never_stopped()
    {
        using var engine = CreateEngine();
        var settings = Settings() with { Steps = 6, BatchSize = 5, Optimizer = new() { LearningRate = 1e-2 } };
        ProcessData data = new(Rows(13), []);
        using var straight = CreateModel(engine, head: false);
        using var trainer = new ProcessTrainer<T>(engine, straight, settings, data, 1, 0);
        _ = Enumerable.Range(0, 3).Select(step => trainer.Step(step)).ToArray();
        var state = trainer.Export();
        StepOutcome[] rest = [.. Enumerable.Range(3, 3).Select(step => trainer.Step(step))];

        using var resumed = CreateModel(engine, head: false);
        using var second = new ProcessTrainer<T>(engine, resumed, settings, data, 1, 0);
        second.Import(state);
        Assert.Equal(rest.SelectMany(outcome => outcome.Metrics), Enumerable.Range(3, 3).SelectMany(step => second.Step(step).Metrics));
        Assert.Equal(Weights(engine, straight), Weights(engine, resumed));
        Assert.Equal(settings.StepEnd, state.StepEnd);
    }

    protected abstract IEngine<T> CreateEngine();

    private static RewardStageSettings Settings() => new()
    {
        Name = "process",
        Steps = 1,
        BatchSize = 11,
        StepEnd = new StepEnd.Tokens(2),
        MicroBatchSize = 100,
        Optimizer = Proportional,
    };

    private static ScalarModel<T> CreateModel(IEngine<T> engine, bool head)
    {
        ModelSettings settings = ModelShapes.Of("gpt2") with { InitStd = 0.2 };
        using var language = Decoder<T>.Create(engine, settings, Vocabulary, 4);
        var weights = language.Export().ToDictionary();
        if (head)
        {
            weights[ParameterPlan.ScoreWeight] = [.. Enumerable.Range(0, settings.Width).Select(i => (float)Math.Cos(i))];
            weights[ParameterPlan.ScoreBias] = [0.25f];
        }

        return new ScalarModel<T>(engine, settings, Vocabulary, weights);
    }

    // Of one to three steps of two tokens, a step is good if its second token is the prompt's; a wrong one is followed by wrong ones.
    private static SteppedSequence[] Rows(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            int token = 1 + (i % (Vocabulary - 1));
            int steps = 1 + (i % 3);
            int wrongFrom = i / 3 % (steps + 1);
            int[] completion = [.. Enumerable.Range(0, steps)
                .SelectMany(k => new[] { 1 + ((i + k) % (Vocabulary - 1)), k < wrongFrom ? token : 1 + (token % (Vocabulary - 1)) })];
            int[] ends = [.. Enumerable.Range(1, steps).Select(k => (2 * k) + (k == steps ? 1 : 0))];
            return new SteppedSequence(
                new TokenSequence([token, .. completion, EndOfSequence], 1),
                ends,
                [.. Enumerable.Range(0, steps).Select(k => k < wrongFrom ? 1.0 : 0.0)]);
        }),
    ];

    private static float[] AfterOneStep(IEngine<T> engine, RewardStageSettings settings, SteppedSequence[] rows)
    {
        using var model = CreateModel(engine, head: true);
        using var trainer = new ProcessTrainer<T>(engine, model, settings, new(rows, []), 1, 0);
        trainer.Step(0);
        return Weights(engine, model);
    }

    private static float[] Weights(IEngine<T> engine, ScalarModel<T> model) =>
        [.. model.Parameters.Read(engine).OrderBy(weight => weight.Key, StringComparer.Ordinal).SelectMany(weight => weight.Value)];

    private static void AssertClose(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 5e-5f);
        }
    }
}
