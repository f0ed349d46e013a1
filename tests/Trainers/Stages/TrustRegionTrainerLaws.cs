using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Studies.ClosedForm;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>TRPO on every engine: the constraint over whole distributions at every step, by tables that show them.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class TrustRegionTrainerLaws<T> : OnPolicySuite<T>
    where T : struct, ITensor<T>
{
    private const int Steps = 12;

    [Theory]
    [InlineData(0.05, 1e-3)]
    [InlineData(0.5, 1e-3)]
    [InlineData(0.5, 0.05)]
    [InlineData(5, 1e-4)]
    public void Every_step_is_within_the_region_whatever_the_learning_rate(double rate, double maxKl)
    {
        using var engine = CreateEngine();
        using var policy = ToyLanguage.Reference(engine);
        var drawn = new List<TokenSequence>();
        var reward = new Given("toy", sample =>
        {
            drawn.Add(sample.Sequence);
            return ToyLanguage.Reward(sample.Question.Prompt, sample.Completion);
        });
        using var trainer = Toy(engine, policy, new TrustRegionOptions { MaxKl = maxKl, Backtracks = 20 }, rate, reward);
        int taken = 0;
        for (int step = 0; step < Steps; step++)
        {
            float[] before = policy.Parameters.Read(engine)[TabularPolicy<T>.TableName];
            drawn.Clear();
            var metrics = trainer.Step(step).Metrics.ToDictionary();
            float[] after = policy.Parameters.Read(engine)[TabularPolicy<T>.TableName];
            double kl = ExactKl(before, after, drawn);
            Assert.True(kl <= maxKl * (1 + 1e-3), $"Step {step} moved the policy by {kl} nats per token.");
            Assert.Equal(kl, metrics[MetricNames.RegionKl], 1e-6 + (1e-3 * maxKl));
            Assert.Equal(metrics[MetricNames.RegionFraction] == 0, before.AsSpan().SequenceEqual(after));
            Assert.True(
                metrics[MetricNames.RegionFraction] == 0
                    || Math.Abs(Math.Pow(0.5, metrics[MetricNames.RegionBacktracks]) - metrics[MetricNames.RegionFraction]) < 1e-12);
            taken += metrics[MetricNames.RegionFraction] > 0 ? 1 : 0;
        }

        Assert.True(taken > Steps / 2, $"{taken} of {Steps} steps were taken.");
    }

    [Fact]
    public void A_step_that_no_fraction_makes_acceptable_leaves_the_weights_alone()
    {
        // Two halvings of a step of 0.5 in every logit do not make it as short as this.
        using var engine = CreateEngine();
        using var policy = ToyLanguage.Reference(engine);
        float[] before = policy.Parameters.Read(engine)[TabularPolicy<T>.TableName];
        var reward = new Given("toy", sample => ToyLanguage.Reward(sample.Question.Prompt, sample.Completion));
        using var trainer = Toy(engine, policy, new TrustRegionOptions { MaxKl = 1e-9, Backtracks = 2 }, 0.5, reward);
        var metrics = trainer.Step(0).Metrics.ToDictionary();
        Assert.Equal(before, policy.Parameters.Read(engine)[TabularPolicy<T>.TableName]);
        Assert.Equal((0, 0, 2), (
            metrics[MetricNames.RegionKl], metrics[MetricNames.RegionFraction], (int)metrics[MetricNames.RegionBacktracks]));
    }

    [Fact]
    public void In_a_region_that_binds_nothing_a_step_is_the_optimizers()
    {
        OnPolicyAlgorithm free = Algorithms.Trpo() with { TrustRegion = new TrustRegionOptions { MaxKl = 1e9 } };
        float[] expected = AfterOneStep(free with { TrustRegion = null });
        Assert.Equal(expected, AfterOneStep(free));
        Assert.Equal(expected, AfterOneStep(free with { TrustRegion = new TrustRegionOptions { MaxKl = 1e9, Backtracks = 0 } }));
    }

    [Fact]
    public void A_step_depends_on_the_micro_batch_size_no_more_than_its_rounding()
    {
        OnPolicyAlgorithm algorithm = Algorithms.Trpo() with { TrustRegion = new TrustRegionOptions { MaxKl = 1e-3 } };
        AssertSame(AfterOneStep(algorithm), AfterOneStep(algorithm, new PassLimits(5)), 2e-5f);
    }

    [Fact]
    public void A_resumed_run_is_bit_identical_to_one_never_stopped() =>
        Assert.Equal(AfterSixSteps(Algorithms.Trpo(), takeOverAfter: 6), AfterSixSteps(Algorithms.Trpo(), takeOverAfter: 2));

    [Fact]
    public void A_decoder_with_a_tied_head_stays_in_the_region_too()
    {
        using var engine = CreateEngine();
        using var model = CreateModel(engine, 1);
        var drawn = new List<TokenSequence>();
        var reward = new Given("letters", sample =>
        {
            drawn.Add(sample.Sequence);
            return sample.Completion.Length;
        });
        var algorithm = Algorithms.Trpo() with { TrustRegion = new TrustRegionOptions { MaxKl = 1e-3 } };
        using var trainer = Trainer(engine, model, null, Settings(algorithm, 4), reward: reward);
        for (int step = 0; step < 4; step++)
        {
            drawn.Clear();
            using var old = Decoder<T>.Load(engine, model.Settings, Tokenizer.VocabularySize, model.Export());
            double kl = trainer.Step(step).Metrics.ToDictionary()[MetricNames.RegionKl];
            Assert.InRange(kl, 1e-6, 1e-3);
            double exact = drawn.Sum(sequence =>
            {
                (Real[][] before, Real[][] after) = (SampledToy.Exact(engine, old, sequence), SampledToy.Exact(engine, model, sequence));
                return Enumerable.Range(sequence.PromptLength - 1, sequence.CompletionLength)
                    .Sum(t => Categorical.Kl<Real>(before[t], after[t]).Value);
            });
            Assert.Equal(exact / drawn.Sum(sequence => sequence.CompletionLength), kl, 1e-5);
        }
    }

    private static OnPolicyTrainer<T> Toy(
        IEngine<T> engine, TabularPolicy<T> policy, TrustRegionOptions region, double rate, IReward reward)
    {
        var settings = new OnPolicySettings
        {
            Name = "toy",
            Steps = Steps,
            PromptsPerStep = 2,
            MicroBatchSize = 5,
            MaxCompletionTokens = ToyLanguage.MaxCompletionTokens,
            Algorithm = Algorithms.Trpo() with { GroupSize = 16, TrustRegion = region },
            Optimizer = new OptimizerSettings { LearningRate = rate, MaxGradientNorm = 1e9 },
        };
        return new OnPolicyTrainer<T>(
            engine, policy, null, settings, new OnPolicyTask(ToyLanguage.Questions, reward, ToyLanguage.Tokenizer, 1, 0));
    }

    // Mean KL(π_old‖π) at the tokens of the step's completions, in double.
    private static double ExactKl(float[] before, float[] after, IEnumerable<TokenSequence> drawn)
    {
        int vocabulary = ToyLanguage.Tokenizer.VocabularySize;
        (double sum, int tokens) = (0, 0);
        foreach (TokenSequence sequence in drawn)
        {
            for (int length = 1; length < sequence.Tokens.Length; length++)
            {
                int row = PrefixTable.RowOf(sequence.Tokens.AsSpan(0, length), vocabulary) * vocabulary;
                sum += Categorical.Kl<Real>(LogSoftmax(before, row, vocabulary), LogSoftmax(after, row, vocabulary)).Value;
                tokens++;
            }
        }

        return sum / tokens;
    }

    private static Real[] LogSoftmax(float[] logits, int first, int count) => Categorical.LogSoftmax<Real>(
        [.. logits.Skip(first).Take(count).Select(logit => (Real)(double)logit)]);
}
