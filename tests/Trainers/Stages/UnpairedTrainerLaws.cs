using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>What must hold of learning from completions with labels on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class UnpairedTrainerLaws<T>
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 6;
    private const int EndOfSequence = 0;

    // With ε far above the gradients an update is proportional to the gradient; a small ε would show the sign of its rounding.
    private static readonly OptimizerSettings Proportional = new() { LearningRate = 100, Epsilon = 100, MaxGradientNorm = 1e9 };

    public static TheoryData<string> Losses => [.. LossCases.Unpaired.Keys];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Every_loss_falls_and_good_completions_come_to_lead(string kind)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 4);
        using var reference = CreateModel(engine, 4);
        var settings = Settings(kind) with { Steps = 40, Optimizer = new() { LearningRate = 5e-3 } };
        using var trainer = Create(engine, model, reference, settings, Rows(12));
        var steps = Enumerable.Range(0, settings.Steps).Select(step => trainer.Step(step).Metrics.ToDictionary()).ToArray();
        Assert.True(
            steps[^1][MetricNames.Loss] < steps[0][MetricNames.Loss] - 1e-3,
            $"{kind}: {steps[0][MetricNames.Loss]} fell to {steps[^1][MetricNames.Loss]} only.");
        Assert.Equal(0, steps[0][MetricNames.RewardMargin], 1e-5);
        Assert.InRange(steps[^1][MetricNames.RewardMargin], 0.1, 1000);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_gradient_depends_on_neither_the_micro_batch_size_nor_the_order(string kind)
    {
        using var engine = CreateEngine();
        LabelledSequence[] rows = Rows(12);
        float[] whole = AfterOneStep(engine, Settings(kind) with { MicroBatchSize = 100 }, rows);
        foreach (int size in (int[])[1, 5, 6])
        {
            AssertClose(whole, AfterOneStep(engine, Settings(kind) with { MicroBatchSize = size }, rows));
        }

        foreach (int tokens in (int[])[1, 25, 60])
        {
            AssertClose(whole, AfterOneStep(engine, Settings(kind) with { TokensPerPass = tokens }, rows));
        }

        if (kind != "Kto")
        {
            // KTO's mismatched completions follow the order of the data.
            AssertClose(whole, AfterOneStep(engine, Settings(kind), [.. rows.Reverse()]));
        }
    }

    [Theory]
    [InlineData("Kto", 4, 9)]
    [InlineData("Kto", 9, 4)]
    [InlineData("ApoZero", 4, 9)]
    [InlineData("Bco", 4, 9)]
    [InlineData("Aot", 4, 9)]
    public void The_gradient_is_that_of_the_formula_of_the_log_probs(string kind, ulong policy, ulong start)
    {
        using var engine = CreateEngine();
        var settings = Settings(kind) with { Loss = Weighted(LossCases.Unpaired[kind]) };
        LabelledSequence[] rows = Rows(12);
        using var model = CreateModel(engine, policy);
        using var reference = CreateModel(engine, start);
        using var expected = CreateModel(engine, policy);
        TokenSequence[] sequences = [.. rows.Select(row => row.Sequence)];
        double[] logProbs = Sums(engine, model, sequences);
        double[] refLogProbs = Sums(engine, reference, sequences);

        using var trainer = Create(engine, model, reference, settings, rows);
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        double shift = kind == "Kto" ? metrics[MetricNames.Kl]
            : kind == "Bco" ? settings.Loss.Beta * logProbs.Zip(refLogProbs, (l, r) => l - r).Average() : 0;
        if (kind == "Bco")
        {
            Assert.Equal(shift, metrics[MetricNames.Delta], 1e-5);
        }

        var derivatives = new double[rows.Length];
        double loss = 0;
        for (int variable = 0; variable < rows.Length; variable++)
        {
            Dual<Real> value = Formula(
                settings,
                rows,
                [.. logProbs.Select(
                    (l, i) => Dual<Real>.Shift(i == variable ? Dual<Real>.Variable(l) : Dual<Real>.Constant(l), -refLogProbs[i]))],
                shift);
            (loss, derivatives[variable]) = (value.Value, value.Tangent);
        }

        Assert.Equal(loss, metrics[MetricNames.Loss], 1e-4);
        using var optimizer = engine.CreateAdamW(expected.Parameters, new AdamWOptions { Epsilon = Proportional.Epsilon });
        new PolicyPass<T>(engine, expected, new PassLimits(64), 1).Accumulate(sequences, (first, batch, output) =>
        {
            var sums = T.SumOverTime(output.Scored.LogProbs, batch.Mask);
            return T.SumOverBatch(sums * T.FromValues(sums, batch.Rows, 1, derivatives.AsSpan(first, batch.Rows)));
        });
        optimizer.Step(Proportional.LearningRate, Proportional.MaxGradientNorm);
        AssertClose(Weights(expected), Weights(model));
    }

    [Fact]
    public void At_the_reference_KTO_has_no_KL_and_half_of_each_weight_is_lost()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 4);
        using var trainer = Create(engine, model, model, Settings("Kto") with { Loss = new UnpairedLoss.Kto(0.3, 1.5, 0.5) }, Rows(12));
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        Assert.Equal(0, metrics[MetricNames.Kl], 1e-5);
        Assert.Equal(0.5, metrics[MetricNames.Loss], 1e-5);
    }

    // The mean log-ratio changes its sign where policy and reference change places.
    [Theory]
    [InlineData(4, 9)]
    [InlineData(9, 4)]
    public void KTOs_KL_is_the_mean_log_ratio_of_completions_of_other_prompts_that_fit(ulong policy, ulong start)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, policy);
        using var reference = CreateModel(engine, start);
        var rows = Rows(12);
        var recorded = new Recording(new ReferenceModel<T>(engine, reference, new PassLimits(64)));
        using var trainer = new UnpairedTrainer<T>(engine, model, recorded, Settings("Kto"), rows, 1, 0);
        TokenSequence[] mismatched = recorded.Asked[1];
        Assert.Equal(rows.Length, mismatched.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(rows[i].Sequence.Tokens[..rows[i].Sequence.PromptLength], mismatched[i].Tokens[..mismatched[i].PromptLength]);
            Assert.Contains(
                rows,
                row => row.Sequence.Tokens[0] != mismatched[i].Tokens[0]
                    && row.Sequence.Completion.SequenceEqual(mismatched[i].Completion));
        }

        double mean = Sums(engine, model, mismatched).Zip(Sums(engine, reference, mismatched), (l, r) => l - r).Average();
        Assert.Equal(Math.Max(0, mean), trainer.Step(0).Metrics.ToDictionary()[MetricNames.Kl], 1e-5);
    }

    [Theory]
    [InlineData(4, 9)]
    [InlineData(9, 4)]
    public void A_row_without_a_mismatched_completion_leaves_the_others_their_references(ulong policy, ulong start)
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, policy);
        using var reference = CreateModel(engine, start);

        // Its prompt leaves room for one token, and every other completion has two or more.
        var full = new TokenSequence([.. Enumerable.Repeat(1, model.Context - 1), EndOfSequence], model.Context - 1);
        LabelledSequence[] rows = [new(full, true), .. Rows(12)];
        var recorded = new Recording(new ReferenceModel<T>(engine, reference, new PassLimits(64)));
        using var trainer = new UnpairedTrainer<T>(engine, model, recorded, Settings("Kto") with { BatchSize = 4 }, rows, 1, 0);
        TokenSequence[] mismatched = recorded.Asked[1];
        Assert.Equal(12, mismatched.Length);
        int[] taken = [.. trainer.RowsOf(0).Where(row => row > 0)];
        TokenSequence[] asked = [.. taken.Select(row => mismatched[row - 1])];
        double mean = Sums(engine, model, asked).Zip(Sums(engine, reference, asked), (l, r) => l - r).Average();
        Assert.Equal(Math.Max(0, mean), trainer.Step(0).Metrics.ToDictionary()[MetricNames.Kl], 1e-5);
    }

    [Fact]
    public void AOT_takes_half_of_its_batch_from_each_label()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 4);
        LabelledSequence[] rows = Rows(12);
        using var trainer = Create(engine, model, model, Settings("Aot") with { BatchSize = 4 }, rows);
        Assert.Equal([true, true, false, false], trainer.RowsOf(1).Select(row => rows[row].Desirable));
    }

    [Fact]
    public void A_prompt_without_another_has_no_mismatched_completion_and_the_KL_is_zero()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 4);
        using var reference = CreateModel(engine, 9);
        LabelledSequence[] rows = [.. Enumerable.Range(1, 3)
            .Select(i => new LabelledSequence(new TokenSequence([1, i, EndOfSequence], 1), i > 1))];
        using var trainer = Create(engine, model, reference, Settings("Kto") with { BatchSize = 3 }, rows);
        Assert.Equal(0, trainer.Step(0).Metrics.ToDictionary()[MetricNames.Kl]);
    }

    [Fact]
    public void A_KTO_whose_reference_point_is_always_zero_is_warned_of()
    {
        using var engine = CreateEngine();
        LabelledSequence[] onePrompt = [.. Enumerable.Range(1, 3)
            .Select(i => new LabelledSequence(new TokenSequence([1, i, EndOfSequence], 1), i > 1))];
        IReadOnlyList<RunWarning> Warnings(string kind, LabelledSequence[] rows, ulong policy, ulong start)
        {
            using var model = CreateModel(engine, policy);
            using var reference = CreateModel(engine, start);
            using var trainer = Create(engine, model, reference, Settings(kind) with { BatchSize = 3 }, rows);
            return trainer.Step(0).Warnings;
        }

        RunWarning always = Assert.Single(Warnings("Kto", onePrompt, 4, 9));
        Assert.Contains("no row has a completion of another prompt", always.Message, StringComparison.Ordinal);
        Assert.Equal(1, always.Persistence);
        Assert.Empty(Warnings("ApoZero", onePrompt, 4, 9));

        // The mean log-ratio changes its sign where policy and reference change places: one of the two has z = 0.
        RunWarning[] either = [.. Warnings("Kto", Rows(12), 4, 9), .. Warnings("Kto", Rows(12), 9, 4)];
        Assert.True(Assert.Single(either).Persistence > 1);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Training_that_goes_on_from_its_state_is_training_that_never_stopped(string kind)
    {
        using var engine = CreateEngine();
        using var reference = CreateModel(engine, 9);
        using var straight = CreateModel(engine, 4);
        var settings = Settings(kind) with { Steps = 6, BatchSize = 4, Optimizer = new() { LearningRate = 1e-2 } };
        using var trainer = Create(engine, straight, reference, settings, Rows(12));
        for (int step = 0; step < 3; step++)
        {
            trainer.Step(step);
        }

        var weights = straight.Export();
        var state = trainer.Export();
        double[] expected = [.. Enumerable.Range(3, 3).SelectMany(step => trainer.Step(step).Metrics.Select(metric => metric.Value))];
        using var resumed = Decoder<T>.Load(engine, straight.Settings, Vocabulary, weights);
        using var second = Create(engine, resumed, reference, settings, Rows(12));
        second.Import(state);
        Assert.Equal(
            expected,
            Enumerable.Range(3, 3).SelectMany(step => second.Step(step).Metrics.Select(metric => metric.Value)).ToArray());
    }

    protected abstract IEngine<T> CreateEngine();

    private static Dual<Real> Formula(UnpairedSettings settings, LabelledSequence[] rows, Dual<Real>[] scores, double shift)
    {
        if (settings.Loss is UnpairedLoss.Aot aot)
        {
            Dual<Real>[] good = [.. scores.Where((_, i) => rows[i].Desirable)];
            Dual<Real>[] bad = [.. scores.Where((_, i) => !rows[i].Desirable)];
            var losses = AlignmentByTransport.Losses<Dual<Real>>(
                good,
                bad,
                [.. good.Select(s => s.Value.Value)],
                [.. bad.Select(s => s.Value.Value)],
                aot.Beta,
                aot.LabelSmoothing);
            return Dual<Real>.Scale(losses.Aggregate((left, right) => left + right), 1.0 / losses.Length);
        }

        return Dual<Real>.Scale(
            scores.Select((s, i) => Dual<Real>.Scale(
                settings.Loss is UnpairedLoss.Bco
                    ? UnpairedLosses.Bco(s, rows[i].Desirable, settings.Loss.Beta, shift)
                    : UnpairedLosses.Kto(s, Dual<Real>.Constant(shift), rows[i].Desirable, settings.Loss.Beta),
                settings.Loss.Weight(rows[i].Desirable))).Aggregate((left, right) => left + right),
            1.0 / rows.Length);
    }

    private static UnpairedLoss Weighted(UnpairedLoss loss) => loss switch
    {
        UnpairedLoss.Kto kto => kto with { DesirableWeight = 1.3, UndesirableWeight = 0.7 },
        UnpairedLoss.ApoZero apo => apo with { DesirableWeight = 1.3, UndesirableWeight = 0.7 },
        UnpairedLoss.Bco bco => bco with { DesirableWeight = 1.3, UndesirableWeight = 0.7 },
        _ => loss,
    };

    private static UnpairedSettings Settings(string kind) => new()
    {
        Name = "kto",
        Steps = 1,
        BatchSize = 12,
        Loss = LossCases.Unpaired[kind],
        Optimizer = Proportional,
    };

    private static Decoder<T> CreateModel(IEngine<T> engine, ulong seed) =>
        Decoder<T>.Create(engine, ModelShapes.Of("gpt2") with { InitStd = 0.1 }, Vocabulary, seed);

    private static UnpairedTrainer<T> Create(
        IEngine<T> engine,
        Decoder<T> model,
        Decoder<T> reference,
        UnpairedSettings settings,
        LabelledSequence[] rows) =>
        new(engine, model, new ReferenceModel<T>(engine, reference, settings.Limits), settings, rows, 1, 0);

    // A completion that repeats the prompt's token is good; half of them do.
    private static LabelledSequence[] Rows(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            int token = 1 + (i % (Vocabulary - 1));
            int wrong = 1 + ((token + (i / 5)) % (Vocabulary - 1));
            bool good = i % 2 == 0;
            return new LabelledSequence(
                new TokenSequence([token, .. Enumerable.Repeat(good ? token : wrong, 1 + (i % 3)), EndOfSequence], 1),
                good);
        }),
    ];

    private static double[] Sums(IEngine<T> engine, Decoder<T> model, TokenSequence[] sequences) =>
        [.. new PolicyPass<T>(engine, model, new PassLimits(64), 1).Sums(sequences).Select(sum => (double)sum)];

    private static float[] AfterOneStep(IEngine<T> engine, UnpairedSettings settings, LabelledSequence[] rows)
    {
        using var model = CreateModel(engine, 4);
        using var reference = CreateModel(engine, 9);
        using var trainer = Create(engine, model, reference, settings, rows);
        trainer.Step(0);
        return Weights(model);
    }

    private static float[] Weights(Decoder<T> model) =>
        [.. model.Export().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value)];

    private static void AssertClose(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 5e-5f);
        }
    }

    private sealed class Recording(IReferenceLogProbs inner) : IReferenceLogProbs
    {
        public List<TokenSequence[]> Asked { get; } = [];

        public float[] Sums(IEnumerable<TokenSequence> sequences)
        {
            Asked.Add([.. sequences]);
            return inner.Sums(sequences);
        }
    }
}
