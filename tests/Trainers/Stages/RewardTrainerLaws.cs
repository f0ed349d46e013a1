using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of the training of reward models on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class RewardTrainerLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 6;
    private const int EndOfSequence = 0;

    // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
    private static readonly OptimizerSettings Proportional = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 };

    public static TheoryData<string> Losses => [.. LossCases.Ranking.Keys];

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_rule_of_preference_is_learnt(string loss)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: false);
        int length = loss == "PlackettLuce" ? 4 : 2;
        var data = new RewardModelData(Rankings(20, length), Rankings(5, length));
        var settings = new RewardStageSettings
        {
            Name = "reward",
            Steps = 60,
            BatchSize = 20,
            Loss = LossCases.Ranking[loss],
            EvaluationData = "given",

            // The norm is clipped because the last pairs to be learnt come with gradients a hundred times the others'. Unclipped, those
            // throw the weights about after step 30, and an engine's rounding decides where they land.
            Optimizer = new() { LearningRate = 5e-3, MaxGradientNorm = 0.1 },
        };
        using var trainer = new RewardTrainer<T>(engine, model, settings, data, 1, 0);
        var start = trainer.MeasureStart().ToDictionary();
        var steps = Enumerable.Range(0, settings.Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();
        Assert.Equal((0.5, 0), (start[MetricNames.HeldOutAccuracy], start[MetricNames.HeldOutMargin]));
        Assert.Equal(Math.Log(2), start[MetricNames.HeldOutLoss], 1e-6);
        Assert.Equal((1, 1), (steps[^1][MetricNames.Accuracy], steps[^1][MetricNames.HeldOutAccuracy]));
        Assert.InRange(steps[^1][MetricNames.Loss], 0, 0.1);
        Assert.True(
            steps[^1][MetricNames.MaxReward] > steps[^1][MetricNames.MeanReward]
                && steps[^1][MetricNames.MeanReward] > steps[^1][MetricNames.MinReward],
            "The rewards spread.");
    }

    [Fact]
    public void Held_out_pairs_are_measured_as_often_as_asked_and_after_the_last_step()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: true);
        var settings = Settings("BradleyTerry") with { Steps = 5, EvaluationData = "given", EvaluationEvery = 2, Optimizer = new() };
        using var trainer = new RewardTrainer<T>(engine, model, settings, new(Rankings(8, 2), Rankings(3, 2)), 1, 0);
        int[] measured = [.. Enumerable.Range(0, settings.Steps)
            .Where(step => trainer.Step(step).Metrics.Any(metric => metric.Key == MetricNames.HeldOutAccuracy))];
        Assert.Equal([1, 3, 4], measured);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_gradient_depends_on_neither_the_micro_batch_size_nor_the_order(string loss)
    {
        using var engine = CreateEngine();
        SequenceRanking[] rankings = loss == "BradleyTerry"
            ? WithMargins(Rankings(11, 2))
            : [.. Rankings(5, 4), .. Rankings(4, 2), .. Rankings(2, 3)];
        float[] whole = AfterOneStep(engine, Settings(loss), rankings);
        foreach (int size in (int[])[1, 5, 8])
        {
            AssertClose(whole, AfterOneStep(engine, Settings(loss) with { MicroBatchSize = size }, rankings));
        }

        foreach (int tokens in (int[])[1, 25, 60])
        {
            AssertClose(whole, AfterOneStep(engine, Settings(loss) with { TokensPerPass = tokens }, rankings));
        }

        AssertClose(whole, AfterOneStep(engine, Settings(loss) with { MicroBatchSize = 6 }, [.. rankings.Reverse()]));
    }

    [Fact]
    public void Plackett_Luce_of_two_is_Bradley_Terry()
    {
        using var engine = CreateEngine();
        SequenceRanking[] pairs = Rankings(11, 2);
        AssertClose(AfterOneStep(engine, Settings("BradleyTerry"), pairs), AfterOneStep(engine, Settings("PlackettLuce"), pairs));
    }

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.7, 0.0)]
    [InlineData(0.7, 0.3)]
    public void The_heads_gradient_is_that_of_the_formula(double margin, double centring)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, head: true);
        SequenceRanking[] pairs = [.. Rankings(9, 2).Select(pair => pair with { Margin = margin })];
        float[] scores = new RewardScorer<T>(engine, model, new PassLimits(100)).Scores([.. pairs.SelectMany(pair => pair.Completions)]);
        double Loss(double shift) =>
            Enumerable.Range(0, pairs.Length)
                .Average(
                    i => RewardModelLosses.BradleyTerry(
                        new Real(scores[2 * i] + shift),
                        new Real(scores[(2 * i) + 1] + shift),
                        new Real(margin),
                        centring).Value);
        double before = engine.Read(model.Parameters[^1].Value)[0];
        var settings = Settings("BradleyTerry") with { Loss = new RankingLoss.BradleyTerry(centring), BatchSize = pairs.Length };
        using var trainer = new RewardTrainer<T>(engine, model, settings, new(pairs, []), 1, 0);
        Assert.Equal(Loss(0), trainer.Step(0).Metrics.ToDictionary()[MetricNames.Loss], 1e-5);

        // The bias shifts all rewards: its gradient is the derivative by a common shift, which is zero but for the centring.
        double gradient = (Loss(1e-4) - Loss(-1e-4)) / 2e-4;
        Assert.Equal(Update(gradient), engine.Read(model.Parameters[^1].Value)[0] - before, 2e-4);
        Assert.Equal(centring == 0, Math.Abs(gradient) < 1e-9);
    }

    [Fact]
    public void Training_that_goes_on_from_its_state_is_training_that_never_stopped()
    {
        using var engine = CreateEngine();
        var settings = Settings("BradleyTerry") with { Steps = 6, Optimizer = new() { LearningRate = 1e-2 } };
        RewardModelData data = new(Rankings(13, 2), []);
        using var straight = CreateModel(engine, head: false);
        using var trainer = new RewardTrainer<T>(engine, straight, settings, data, 1, 0);
        var metrics = Enumerable.Range(0, 3).Select(step => trainer.Step(step)).ToArray();
        var state = trainer.Export();
        metrics = [.. Enumerable.Range(3, 3).Select(step => trainer.Step(step))];

        using var resumed = CreateModel(engine, head: false);
        using var second = new RewardTrainer<T>(engine, resumed, settings, data, 1, 0);
        second.Import(state);
        Assert.Equal(metrics.SelectMany(outcome => outcome.Metrics), Enumerable.Range(3, 3).SelectMany(step => second.Step(step).Metrics));
        Assert.Equal(Weights(engine, straight), Weights(engine, resumed));
    }

    protected abstract IEngine<T> CreateEngine();

    private static RewardStageSettings Settings(string loss) => new()
    {
        Name = "reward",
        Steps = 1,
        BatchSize = 11,
        Loss = LossCases.Ranking[loss],
        MicroBatchSize = 100,
        Optimizer = Proportional,
    };

    private static double Update(double gradient) => -Proportional.LearningRate * gradient / (Math.Abs(gradient) + Proportional.Epsilon);

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

    // Of completions of one prompt, the one with more of the prompt's own token is better.
    private static SequenceRanking[] Rankings(int count, int length) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            int token = 1 + (i % (Vocabulary - 1));
            int other = 1 + ((i + 1 + (i / 5)) % (Vocabulary - 1));
            int wrong = other == token ? 1 + (token % (Vocabulary - 1)) : other;
            return new SequenceRanking(
            [
                .. Enumerable.Range(0, length)
                    .Select(
                        rank => new TokenSequence(
                            [token, .. Enumerable.Repeat(token, length - 1 - rank), .. Enumerable.Repeat(wrong, rank), EndOfSequence],
                            1)),
            ]);
        }),
    ];

    private static SequenceRanking[] WithMargins(SequenceRanking[] pairs) => [.. pairs.Select((pair, i) => pair with { Margin = i / 3.0 })];

    private static float[] AfterOneStep(IEngine<T> engine, RewardStageSettings settings, SequenceRanking[] rankings)
    {
        using var model = CreateModel(engine, head: true);
        using var trainer = new RewardTrainer<T>(engine, model, settings, new(rankings, []), 1, 0);
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
