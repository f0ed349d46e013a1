using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of rejection sampling on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class RejectionTrainerLaws<T>
    where T : struct, ITensor<T>
{
    public static TheoryData<KeepKind> Choices => [KeepKind.Best, KeepKind.TopFraction, KeepKind.Passing];

    [Theory]
    [MemberData(nameof(Choices))]
    public void Every_choice_raises_the_reward(KeepKind keep)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        RejectionSettings settings = Settings(keep);
        using var trainer = new RejectionTrainer<T>(engine, model, model, settings, SampledToy.Task);
        var rounds = Enumerable.Range(0, settings.Steps)
            .Select(step => trainer.Step(step).Metrics.ToDictionary())
            .Where(step => step.ContainsKey(MetricNames.Reward))
            .ToArray();
        Assert.Equal(settings.Steps / settings.StepsPerRound, rounds.Length);
        Assert.InRange(rounds[0][MetricNames.Reward], 0.0, 0.4);
        Assert.InRange(rounds[^1][MetricNames.Reward], 0.85, 1.0);
        Assert.All(
            rounds,
            round => Assert.True(
                round[MetricNames.KeptReward] >= round[MetricNames.Reward],
                "What was kept is worse than what was drawn."));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    public void Stopping_in_a_round_and_going_on_changes_nothing(int stop)
    {
        using var engine = CreateEngine();
        IStageTrainer Create(Decoder<T> model) =>
            new RejectionTrainer<T>(engine, model, model, Settings(KeepKind.Passing), SampledToy.Task);
        Assert.Equal(
            SampledToy.Train(engine, Create, steps: 14, stop: 0).Weights,
            SampledToy.Train(engine, Create, steps: 14, stop).Weights);
    }

    [Fact]
    public void A_round_that_keeps_nothing_leaves_the_model_and_is_drawn_again()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        float[] before = SampledToy.Weights(model);
        RejectionSettings settings = Settings(KeepKind.Passing) with { Selection = new SelectionSettings
        {
            Keep = KeepKind.Passing,
            Threshold = 2,
        } };
        using var trainer = new RejectionTrainer<T>(engine, model, model, settings, SampledToy.Task);
        string[][] drawn =
        [
            .. Enumerable.Range(0, 2).Select(step =>
            {
                StepOutcome outcome = trainer.Step(step);
                var metrics = outcome.Metrics.ToDictionary();
                Assert.Equal(0, metrics[MetricNames.KeptFraction]);
                Assert.DoesNotContain(MetricNames.Loss, metrics.Keys);
                return outcome.Samples.Select(sample => sample.Completion).ToArray();
            }),
        ];
        Assert.NotEqual(drawn[0], drawn[1]);
        Assert.Equal(before, SampledToy.Weights(model));
    }

    [Fact]
    public void A_round_of_one_prompt_whose_best_is_kept_is_that_demonstration()
    {
        using var engine = CreateEngine();
        var settings = Settings(KeepKind.Best) with { PromptsPerRound = 1, BatchSize = 1, Steps = 1 };
        TokenSequence[] kept = [];
        float[] rejection = SampledToy.Train(
            engine,
            model =>
            {
                var trainer = new RejectionTrainer<T>(engine, model, model, settings, SampledToy.Task);
                return new Watched(trainer, state => kept = [.. state]);
            },
            steps: 1,
            stop: 0).Weights;
        var supervised = new SupervisedSettings { Name = "sft", Steps = 1, BatchSize = 1, Optimizer = settings.Optimizer };
        Assert.Equal(
            rejection,
            SampledToy.Train(engine, model => new SupervisedTrainer<T>(engine, model, supervised, kept, 1, 0), 1, 0).Weights);
    }

    protected abstract IEngine<T> CreateEngine();

    private static RejectionSettings Settings(KeepKind keep) => new()
    {
        Name = "reject",
        Steps = 60,
        PromptsPerRound = 16,
        CompletionsPerPrompt = 8,
        StepsPerRound = 6,
        BatchSize = 8,
        MaxCompletionTokens = 2,
        Selection = keep switch
        {
            KeepKind.TopFraction => new SelectionSettings { Keep = keep, Fraction = 0.125 },
            KeepKind.Passing => new SelectionSettings { Keep = keep, Threshold = 1 },
            _ => new SelectionSettings(),
        },
        Optimizer = new() { LearningRate = 3e-3 },
    };

    // Tells what a trainer holds after each step.
    private sealed class Watched(IStageTrainer inner, Action<IReadOnlyList<TokenSequence>> kept) : IStageTrainer
    {
        public StepOutcome Step(int step)
        {
            StepOutcome outcome = inner.Step(step);
            kept(inner.Export().Sequences["kept"]);
            return outcome;
        }

        public TrainerState Export() => inner.Export();

        public void Import(TrainerState state) => inner.Import(state);

        public void Dispose() => inner.Dispose();
    }
}
