using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of online DPO on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class OnlinePreferenceTrainerLaws<T>
    where T : struct, ITensor<T>
{
    [Theory]
    [InlineData(PairingKind.BestWorst, 0, "Sigmoid")]
    [InlineData(PairingKind.Random, 0, "Sigmoid")]
    [InlineData(PairingKind.BestWorst, 10, "Ipo")]
    [InlineData(PairingKind.BestWorst, 0, "SimPo")]
    public void The_reward_rises(PairingKind pairing, int refreshEvery, string loss)
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var reference = SampledToy.CreateModel(engine);
        OnlinePreferenceSettings settings = Settings(refreshEvery) with { Pairing = pairing, Loss = Losses[loss] };
        using var trainer = new OnlinePreferenceTrainer<T>(engine, model, reference, settings, SampledToy.Task);
        double[] rewards = [.. Enumerable.Range(0, settings.Steps)
            .Select(step => trainer.Step(step).Metrics.ToDictionary()[MetricNames.Reward])];
        Assert.InRange(rewards[..3].Average(), 0.0, 0.4);
        Assert.InRange(rewards[^3..].Average(), 0.75, 1.0);
    }

    [Fact]
    public void The_margin_of_scores_is_that_of_the_pairs()
    {
        // Of right and wrong completions, every pair is 1 apart.
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var trainer = Trainer(engine, model, Settings(0));
        Assert.Equal(1, trainer.Step(0).Metrics.ToDictionary()[MetricNames.ScoresMargin], 1e-12);
    }

    [Fact]
    public void Random_pairs_are_of_other_places_in_every_group()
    {
        // Rewards 0, 1, 2 in every group: where all groups give the same pair, the mean margin is a whole number.
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var reference = SampledToy.CreateModel(engine);
        var settings = Settings(0) with { Pairing = PairingKind.Random, CompletionsPerPrompt = 3, MaxCompletionTokens = 5 };
        using var trainer = new OnlinePreferenceTrainer<T>(
            engine, model, reference, settings, SampledToy.Task with { Reward = new ByPlace(3) });
        double[] margins =
            [.. Enumerable.Range(0, 3).Select(step => trainer.Step(step).Metrics.ToDictionary()[MetricNames.ScoresMargin])];
        Assert.Contains(margins, margin => margin != Math.Round(margin));
    }

    private sealed class ByPlace(int groupSize) : IReward
    {
        public string Name => "place";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) =>
            [.. batch.Select((_, i) => (double)(i % groupSize))];
    }

    [Fact]
    public void With_an_SFT_term_the_chosen_completions_stay_likely()
    {
        using var engine = CreateEngine();
        double Chosen(double weight) =>
            SampledToy.Train(
                engine,
                model => Trainer(engine, model, Settings(0) with { SftWeight = weight }),
                20,
                0).Last[MetricNames.ChosenLogProb];
        Assert.True(Chosen(1) > Chosen(0), "An SFT term did not raise the log-prob of chosen completions.");
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(4, 3)]
    [InlineData(4, 4)]
    [InlineData(4, 6)]
    public void Stopping_and_going_on_changes_nothing_also_where_the_reference_moves(int refreshEvery, int stop)
    {
        using var engine = CreateEngine();
        IStageTrainer Create(Decoder<T> model) => Trainer(engine, model, Settings(refreshEvery));
        Assert.Equal(
            SampledToy.Train(engine, Create, steps: 10, stop: 0).Weights,
            SampledToy.Train(engine, Create, steps: 10, stop).Weights);
    }

    [Fact]
    public void A_refreshed_reference_is_the_policy_of_that_step()
    {
        using var engine = CreateEngine();
        var settings = Settings(3);
        var implied = new List<double>();
        using var model = SampledToy.CreateModel(engine);
        using var trainer = Trainer(engine, model, settings);
        for (int step = 0; step < 7; step++)
        {
            implied.Add(trainer.Step(step).Metrics.ToDictionary()[MetricNames.ChosenReward]);
        }

        // The implicit reward is β·log(π/π_ref), which is 0 when the reference is the policy itself.
        Assert.Equal([0, 3, 6], Enumerable.Range(0, implied.Count).Where(step => Math.Abs(implied[step]) < 1e-6));
    }

    [Fact]
    public void Where_all_completions_are_equally_good_nothing_is_learnt()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        using var reference = SampledToy.CreateModel(engine);
        float[] before = SampledToy.Weights(model);
        using var trainer = new OnlinePreferenceTrainer<T>(
            engine,
            model,
            reference,
            Settings(0),
            SampledToy.Task with { Reward = new Indifferent() });
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        Assert.Equal((1.0, 1.0), (metrics[MetricNames.TiedFraction], metrics[MetricNames.FractionZeroStd]));
        Assert.DoesNotContain(MetricNames.Loss, metrics.Keys);
        Assert.Equal(before, SampledToy.Weights(model));
    }

    [Fact]
    public void A_loss_with_a_reference_refuses_to_start_without_one()
    {
        using var engine = CreateEngine();
        using var model = SampledToy.CreateModel(engine);
        var error = Assert.Throws<ArgumentException>(
            () => new OnlinePreferenceTrainer<T>(engine, model, null, Settings(0), SampledToy.Task));
        Assert.Contains("Sigmoid needs a reference", error.Message, StringComparison.Ordinal);
    }

    protected abstract IEngine<T> CreateEngine();

    private static OnlinePreferenceTrainer<T> Trainer(IEngine<T> engine, Decoder<T> model, OnlinePreferenceSettings settings) =>
        new(engine, model, SampledToy.CreateModel(engine), settings, SampledToy.Task);

    private static readonly Dictionary<string, PreferenceLoss> Losses = new()
    {
        ["Sigmoid"] = new PreferenceLoss.Sigmoid(0.3), ["Ipo"] = new PreferenceLoss.Ipo(0.3), ["SimPo"] = new PreferenceLoss.SimPo(0.3),
    };

    private static OnlinePreferenceSettings Settings(int refreshEvery) => new()
    {
        Name = "onlinedpo",
        Steps = 60,
        PromptsPerStep = 8,
        CompletionsPerPrompt = 8,
        RefreshEvery = refreshEvery,
        MaxCompletionTokens = 2,
        Loss = Losses["Sigmoid"],
        Optimizer = new() { LearningRate = 5e-3 },
    };

    private sealed class Indifferent : IReward
    {
        public string Name => "indifferent";

        public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) => [.. batch.Select(_ => 0.5)];
    }
}
