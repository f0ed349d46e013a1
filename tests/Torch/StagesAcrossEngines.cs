using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tests.Stages;

namespace RlCore.Engines.Torch.Tests;

/// <summary>
/// A stage of any kind, from the same weights and data, draws the same completions, measures the same and has the same
/// gradients on both engines.
/// </summary>
public sealed class StagesAcrossEngines
{
    private const double Tolerance = 1e-4;

    private static readonly TokenSequence[] Sequences = RandomSequences();

    // The prompt's letters, and something for an end: completions of one prompt are seldom equally good.
    private static readonly IReward Letters = SampleReward.Of(
        "letters", sample =>
            (sample.Completion.Count(
                letter => sample.Question.Prompt.Contains(letter, StringComparison.Ordinal)) / 3.0) + (sample.Ended ? 0.5 : 0));

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string stage in StageCases.All.Keys)
            {
                foreach (string shape in ModelShapes.Names)
                {
                    cases.Add(stage, shape);
                }
            }

            return cases;
        }
    }

    [Fact]
    public void Every_kind_of_stage_is_compared() =>
        Assert.Equal(
            typeof(StageSettings).Assembly.GetTypes()
                .Where(kind => kind.IsSubclassOf(typeof(StageSettings)) && !kind.IsAbstract)
                .Select(kind => kind.Name)
                .Order(StringComparer.Ordinal),
            StageCases.All.Values.Select(stage => stage.GetType().Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Completions_losses_and_gradients_agree(string stage, string shape)
    {
        using var managed = new ManagedEngine();
        using TorchEngine torch = Machine.CreateEngine();
        Observed[] expected = Run(managed, StageCases.All[stage], shape);
        Observed[] found = Run(torch, StageCases.All[stage], shape);
        foreach ((Observed one, Observed other) in expected.Zip(found))
        {
            Assert.Equal(one.Completions, other.Completions);
            Assert.Equal(one.Metrics.Keys, other.Metrics.Keys);
            Assert.All(
                one.Metrics,
                metric => Assert.Equal(metric.Value, other.Metrics[metric.Key], Tolerance * Scale(one.Metrics, metric.Key)));
            AssertAgree(one.Moments, other.Moments);
        }
    }

    // Values of both signs cancel in their mean: how far they lie from the returns is its scale.
    private static double Scale(IReadOnlyDictionary<string, double> metrics, string name) => Math.Max(
        Math.Max(1e-2, Math.Abs(metrics[name])),
        name == MetricNames.ValueMean ? Math.Sqrt(2 * metrics[MetricNames.ValueLoss]) : 0);

    private static void AssertAgree(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> found)
    {
        // Some gradients are zero but for rounding, such as those of the biases of keys, and others are sums over all tokens whose terms
        // cancel, such as those of the gains of queries: the largest of all is their scale.
        double largest = expected.Values.Max(Largest);
        Assert.True(largest > 1e-4, $"The largest gradient is {largest}: nothing is compared.");
        foreach ((string name, float[] values) in expected)
        {
            double scale = Math.Max(Largest(values), 5e-2 * largest);
            double difference = values.Zip(found[name], (one, other) => Math.Abs((double)one - other)).Max();
            Assert.True(difference <= Tolerance * scale, $"{name} differs by {difference:R}; its scale is {scale:R}.");
        }
    }

    private static double Largest(float[] values) => values.Max(value => Math.Abs((double)value));

    private static Observed[] Run<T>(IEngine<T> engine, StageSettings settings, string shape)
        where T : struct, ITensor<T>
    {
        using var model = SampledToy.CreateModel(engine, 1, shape);
        using var other = SampledToy.CreateModel(engine, 2, shape);
        using var scalar = Scalar(engine, shape);
        using IStageTrainer trainer = Create(engine, model, other, scalar, settings);
        return [.. Enumerable.Range(0, settings.Steps).Select(step => Observed.Of(trainer.Step(step), trainer.Export()))];
    }

    private static IStageTrainer Create<T>(
        IEngine<T> engine,
        Decoder<T> model,
        Decoder<T> other,
        ScalarModel<T> scalar,
        StageSettings settings)
        where T : struct, ITensor<T>
    {
        OnPolicyTask task = SampledToy.Task with { Reward = Letters, Judges = RewardSum.Of(new ExactAnswer()), Mix = Sequences };
        var pairs = Sequences.Zip(Sequences.Skip(1), (chosen, rejected) => new SequencePair(chosen, rejected)).ToArray();
        LabelledSequence[] labelled = [.. Sequences.Select((sequence, i) => new LabelledSequence(sequence, i % 2 == 0))];
        return settings switch
        {
            SupervisedSettings stage => new SupervisedTrainer<T>(engine, model, stage, Sequences, 1, 0),
            OfflineRejectionSettings stage => new SupervisedTrainer<T>(
                engine, model, stage, Sequences, [], new DataOrder(1, 0, Sequences.Length, stage.BatchSize)),
            RewardStageSettings stage =>
                new RewardTrainer<T>(engine, scalar, stage, new RewardModelData(Rankings(stage.Loss), []), 1, 0),
            PreferenceSettings stage => new PreferenceTrainer<T>(engine, model, other, stage, pairs, 1, 0),
            UnpairedSettings stage =>
                new UnpairedTrainer<T>(engine, model, new ReferenceModel<T>(engine, other, stage.Limits), stage, labelled, 1, 0),
            OnlinePreferenceSettings stage => new OnlinePreferenceTrainer<T>(engine, model, other, stage, task),
            SampledTuningSettings stage =>
                new RejectionTrainer<T>(engine, model, stage is DistillationSettings ? other : model, stage, task),
            GkdSettings stage =>
                new GkdTrainer<T>(engine, model, other, stage, new GkdTask(Sequences, [task.Tokenizer.EndOfSequence], 1, 0)),
            OnPolicySettings stage => new OnPolicyTrainer<T>(engine, model, other, stage, task, scalar),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), settings, "No trainer is known for this stage."),
        };
    }

    // A new scalar head is zero: nothing of the trunk would have a gradient.
    private static ScalarModel<T> Scalar<T>(IEngine<T> engine, string shape)
        where T : struct, ITensor<T>
    {
        using var trunk = SampledToy.CreateModel(engine, 3, shape);
        var weights = trunk.Export().ToDictionary();
        weights[ScalarHead<T>.WeightName] = [.. Enumerable.Range(0, trunk.Settings.Width).Select(i => (float)Math.Cos(i))];
        weights[ScalarHead<T>.BiasName] = [0.25f];
        return new ScalarModel<T>(engine, trunk.Settings, SampledToy.Tokenizer.VocabularySize, weights);
    }

    private static SequenceRanking[] Rankings(RankingLoss loss)
    {
        int length = loss is RankingLoss.PlackettLuce ? 3 : 2;
        return [.. Enumerable.Range(0, Sequences.Length - length + 1)
            .Select(i => new SequenceRanking(Sequences[i..(i + length)]) { Margin = length == 2 ? i / 5.0 : 0 })];
    }

    private static TokenSequence[] RandomSequences()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 12).Select(_ =>
        {
            int prompt = random.Next(1, 4);
            int[] tokens = [.. Enumerable.Range(0, prompt + random.Next(1, 6))
                .Select(_ => 1 + random.Next(SampledToy.Tokenizer.VocabularySize - 1))];
            return new TokenSequence([.. tokens, SampledToy.Tokenizer.EndOfSequence], prompt);
        })];
    }

    /// <summary>What a step has shown; a first moment is 0.1 · the gradient after one update, and a sum of gradients after more.</summary>
    private sealed record Observed(
        string[] Completions,
        IReadOnlyDictionary<string, double> Metrics,
        IReadOnlyDictionary<string, float[]> Moments)
    {
        public static Observed Of(StepOutcome outcome, TrainerState state) => new(
            [.. outcome.Samples.Select(sample => sample.Completion)],
            outcome.Metrics.ToDictionary(),
            state.Optimizers.SelectMany(
                optimizer => optimizer.Value.FirstMoments.Select(
                    moment => KeyValuePair.Create($"{optimizer.Key}/{moment.Key}", moment.Value)))
                .ToDictionary());
    }
}
