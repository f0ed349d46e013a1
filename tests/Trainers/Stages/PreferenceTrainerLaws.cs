using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of learning from preferences on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class PreferenceTrainerLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 6;
    private const int EndOfSequence = 0;

    public static TheoryData<string> Losses => [.. LossCases.Preference.Keys];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Every_loss_falls_and_the_chosen_completion_comes_to_lead(string kind)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine);
        using var reference = CreateModel(engine);
        using var trainer = new PreferenceTrainer<T>(engine, model, reference, Settings(kind), Pairs(12), 1, 0);
        var steps = Enumerable.Range(0, Settings(kind).Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();
        Assert.True(
            steps[^1][MetricNames.Loss] < steps[0][MetricNames.Loss] - 1e-3,
            $"{kind}: {steps[0][MetricNames.Loss]} fell to {steps[^1][MetricNames.Loss]} only.");
        if (kind == "DiscoPop")
        {
            return; // Its loss is not monotone in the margin, so it can fall while a pair stays in the wrong order.
        }

        Assert.True(steps[^1][MetricNames.RewardMargin] > steps[0][MetricNames.RewardMargin], $"{kind}: the margin did not grow.");
        Assert.InRange(steps[^1][MetricNames.RewardAccuracy], 0.9, 1);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_gradient_does_not_depend_on_the_micro_batch_size(string kind)
    {
        using var engine = CreateEngine();
        // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
        var settings = Settings(kind) with
        {
            SftWeight = 0.3,
            Optimizer = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 },
        };
        float[] whole = AfterOneStep(engine, settings with { MicroBatchSize = 100 });
        foreach (var (size, tokens) in ((int Size, int Tokens)[])[(1, 0), (6, 0), (10, 0), (100, 30)])
        {
            float[] split = AfterOneStep(engine, settings with { MicroBatchSize = size, TokensPerPass = tokens });
            for (int i = 0; i < whole.Length; i++)
            {
                Assert.Equal(whole[i], split[i], 5e-5f);
            }
        }
    }

    [Fact]
    public void At_the_reference_DPO_is_log_two_and_no_pair_leads()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine);
        using var reference = CreateModel(engine);
        using var trainer = new PreferenceTrainer<T>(engine, model, reference, Settings("Sigmoid"), Pairs(12), 1, 0);
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        Assert.Equal(Math.Log(2), metrics[MetricNames.Loss], 1e-5);
        Assert.Equal(0, metrics[MetricNames.RewardMargin], 1e-5);
    }

    [Fact]
    public void A_loss_with_a_reference_refuses_to_start_without_one()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine);
        var error = Assert.Throws<ArgumentException>(() => new PreferenceTrainer<T>(engine, model, null, Settings("Ipo"), Pairs(2), 1, 0));
        Assert.Contains("Ipo", error.Message, StringComparison.Ordinal);
        using var referenceFree = new PreferenceTrainer<T>(engine, model, null, Settings("SimPo"), Pairs(2), 1, 0);
        Assert.True(double.IsFinite(referenceFree.Step(0).Metrics[0].Value), "SimPO needs no reference.");
    }

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var (kind, loss) in LossCases.Preference)
            {
                cases.Add(kind, "plain");
                if (loss.DependsOnDifference)
                {
                    cases.Add(kind, "referenceFree");
                }

                if (loss.AcceptsDivergence)
                {
                    cases.Add(kind, "forwardKl");
                    cases.Add(kind, "alpha");
                }
            }

            cases.Add("Sigmoid", "jensenShannon");
            cases.Add("SimPo", "rewardAlpha");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gradient_is_that_of_the_formula_of_the_log_probs(string kind, string variant)
    {
        using var engine = CreateEngine();
        var settings = Vary(
            Settings(kind) with
            {
                SftWeight = 0.3,
                BatchSize = 11,
                Optimizer = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 },
            },
            variant);
        SequencePair[] pairs = Pairs(11);
        using var model = CreateModel(engine);
        using var reference = Decoder<T>.Create(engine, model.Settings, Vocabulary, 9);
        var formula = PreferenceFormula.Of(
            settings,
            pairs,
            sequences => new PolicyPass<T>(engine, model, new PassLimits(64), 1).Sums(sequences),
            sequences => new PolicyPass<T>(engine, reference, new PassLimits(64), 1).Sums(sequences));

        using var expected = CreateModel(engine);
        var optimizer = engine.CreateAdamW(expected.Parameters, new AdamWOptions { Epsilon = 100 });
        new PolicyPass<T>(engine, expected, new PassLimits(64), 1).Accumulate(formula.Sequences, (first, batch, output) =>
        {
            var sums = T.SumOverTime(output.Scored.LogProbs, batch.Mask);
            return T.SumOverBatch(sums * T.FromValues(sums, batch.Rows, 1, formula.Derivatives.AsSpan(first, batch.Rows)));
        });
        optimizer.Step(100, 1e9);

        using var trainer = new PreferenceTrainer<T>(engine, model, reference, settings, pairs, 1, 0);
        double loss = trainer.Step(0).Metrics[0].Value;
        Assert.Equal(formula.Loss, loss, 1e-4 * Math.Max(1, Math.Abs(formula.Loss)));
        foreach (var (name, values) in expected.Export())
        {
            float[] found = model.Export()[name];
            for (int i = 0; i < values.Length; i++)
            {
                Assert.Equal(values[i], found[i], 1e-4f);
            }
        }
    }

    [Fact]
    public void A_step_compares_its_rows_with_their_own_references()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine);
        using var reference = Decoder<T>.Create(engine, model.Settings, Vocabulary, 9);
        var settings = Settings("Sigmoid") with { BatchSize = 3, Optimizer = new() { LearningRate = 1e-12 } };
        SequencePair[] pairs = Pairs(12);
        using var trainer = new PreferenceTrainer<T>(engine, model, reference, settings, pairs, 1, 0);
        for (int step = 0; step < 4; step++)
        {
            SequencePair[] taken = [.. trainer.RowsOf(step).Select(row => pairs[row])];
            using var alone = new PreferenceTrainer<T>(engine, model, reference, settings, taken, 1, 0);
            var expected = alone.Step(0).Metrics.ToDictionary();
            var found = trainer.Step(step).Metrics.ToDictionary();
            Assert.All(
                (string[])[MetricNames.Loss, MetricNames.ChosenReward, MetricNames.RejectedReward],
                name => Assert.Equal(expected[name], found[name], 1e-5));
        }
    }

    [Fact]
    public void AOT_of_a_policy_that_is_its_reference_is_log_two()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine);
        using var reference = CreateModel(engine);
        using var trainer = new PreferenceTrainer<T>(engine, model, reference, Settings("Aot"), Pairs(12), 1, 0);
        Assert.Equal(Math.Log(2), trainer.Step(0).Metrics[0].Value, 1e-5);
    }

    [Theory]
    [InlineData("Sigmoid")]
    [InlineData("Bco")]
    public void Training_that_goes_on_from_its_state_is_training_that_never_stopped(string kind)
    {
        using var engine = CreateEngine();
        using var reference = CreateModel(engine);
        using var straight = CreateModel(engine);
        using var trainer = new PreferenceTrainer<T>(engine, straight, reference, Settings(kind) with { BatchSize = 5 }, Pairs(12), 1, 0);
        for (int step = 0; step < 3; step++)
        {
            trainer.Step(step);
        }

        var weights = straight.Export();
        var state = trainer.Export();
        double[] expected = [.. Enumerable.Range(3, 3).SelectMany(step => trainer.Step(step).Metrics.Select(metric => metric.Value))];
        using var resumed = Decoder<T>.Load(engine, straight.Settings, Vocabulary, weights);
        using var second = new PreferenceTrainer<T>(engine, resumed, reference, Settings(kind) with { BatchSize = 5 }, Pairs(12), 1, 0);
        second.Import(state);
        Assert.Equal(
            expected,
            Enumerable.Range(3, 3).SelectMany(step => second.Step(step).Metrics.Select(metric => metric.Value)).ToArray());
    }

    protected abstract IEngine<T> CreateEngine();

    private static PreferenceSettings Vary(PreferenceSettings settings, string variant) => variant switch
    {
        "referenceFree" => settings with { ReferenceFree = true },
        "forwardKl" => settings with { Divergence = new FDivergence.ForwardKl() },
        "jensenShannon" => settings with { Divergence = new FDivergence.JensenShannon() },
        "alpha" => settings with { Divergence = new FDivergence.Alpha(0.4) },
        "rewardAlpha" => settings with { Loss = (PreferenceLoss.SimPo)settings.Loss with { RewardAlpha = 0.25 } },
        _ => settings,
    };

    private static PreferenceSettings Settings(string kind) => new()
    {
        Name = "dpo",
        Steps = 40,
        BatchSize = 12,
        Loss = LossCases.Preference[kind],
        SftWeight = LossCases.Preference[kind].NeedsSft ? 0.5 : 0,
        Optimizer = new() { LearningRate = 5e-3 },
    };

    private static Decoder<T> CreateModel(IEngine<T> engine) =>
        Decoder<T>.Create(engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Vocabulary, 4);

    // What is preferred can be learnt: the chosen completion repeats the prompt's token, the rejected one does not; lengths differ.
    private static SequencePair[] Pairs(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            int token = 1 + (i % (Vocabulary - 1));
            int other = 1 + ((i + 1 + (i / 5)) % (Vocabulary - 1));
            int wrong = other == token ? 1 + (token % (Vocabulary - 1)) : other;
            return new SequencePair(
                new TokenSequence([token, .. Enumerable.Repeat(token, 1 + (i % 3)), EndOfSequence], 1),
                new TokenSequence([token, .. Enumerable.Repeat(wrong, 1 + (i % 2)), EndOfSequence], 1));
        }),
    ];

    [Theory]
    [MemberData(nameof(Losses))]
    public void What_a_step_reports_does_not_depend_on_the_micro_batch_size(string kind)
    {
        using var engine = CreateEngine();
        Dictionary<string, double> whole = Reported(Settings(kind) with { MicroBatchSize = 100 });
        Dictionary<string, double> split = Reported(Settings(kind) with { MicroBatchSize = 4 });
        Assert.Equal(whole.Keys, split.Keys);
        Assert.All(whole, metric => Assert.Equal(metric.Value, split[metric.Key], 1e-4 * Math.Max(1, Math.Abs(metric.Value))));

        Dictionary<string, double> Reported(PreferenceSettings settings)
        {
            using var model = CreateModel(engine);
            using var reference = Decoder<T>.Create(engine, model.Settings, Vocabulary, 9);
            using var trainer = new PreferenceTrainer<T>(engine, model, reference, settings, Pairs(11), 1, 0);
            return trainer.Step(0).Metrics.ToDictionary();
        }
    }

    private static float[] AfterOneStep(IEngine<T> engine, PreferenceSettings settings)
    {
        using var model = CreateModel(engine);
        using var reference = Decoder<T>.Create(engine, model.Settings, Vocabulary, 9);
        using var trainer = new PreferenceTrainer<T>(engine, model, reference, settings, Pairs(11), 1, 0);
        trainer.Step(0);
        return [.. model.Export().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value)];
    }
}
