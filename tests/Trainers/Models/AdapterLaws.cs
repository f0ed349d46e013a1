using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>What must hold of models in Hugging Face's layout, and of their adapters, on every engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public abstract class AdapterLaws<T>
    where T : struct, ITensor<T>
{
    private static readonly int[] Tokens = [1, 20, 97, 98, 99, 255];

    public static TheoryData<string> Architectures => [.. RandomModels.Shapes.Keys];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Adapters_compute_what_the_model_does_into_which_they_are_merged(string architecture)
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, architecture));
        using IEngine<T> engine = CreateEngine();
        StoredAdapter adapter = Random(model, new LoraSettings { Rank = 3, Alpha = 2, Biases = true, Embeddings = architecture == "gpt2" });
        using Decoder<T> adapted = (model.Stored with { Adapter = adapter }).Open(engine, isTrained: true);
        using Decoder<T> merged = (model.Stored with { Parameters = adapter.MergeInto(model.Parameters) }).Open(engine, isTrained: false);
        using Decoder<T> plain = model.Stored.Open(engine, isTrained: false);
        float[] expected = Logits(engine, merged), found = Logits(engine, adapted);
        Assert.InRange(Distance(expected, found), 0, 2e-5 * expected.Max(Math.Abs));
        Assert.True(Distance(Logits(engine, plain), found) > 1e-2, "The adapters change nothing.");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Training_changes_adapters_alone(string architecture)
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, architecture, NumberType.BF16));
        using IEngine<T> engine = CreateEngine();
        StoredAdapter adapter = Random(model, new LoraSettings { Rank = 2 });
        using Decoder<T> adapted = (model.Stored with { Adapter = adapter }).Open(engine, isTrained: true);
        using Decoder<T> reference = adapted.WithAdapters(null, new Dictionary<string, TensorData>());
        Assert.Empty(reference.Parameters);
        float[] before = Logits(engine, reference), policy = Logits(engine, adapted);
        var values = adapted.Export();
        using IOptimizer optimizer = engine.CreateAdamW(adapted.Parameters, new AdamWOptions());
        using (engine.Scope())
        {
            T hidden = adapted.Hidden(Tokens, [Tokens.Length], Tokens.Length);
            T logProbs = T.SelectedLogProbs(hidden, adapted.Head, Tokens, 1, Tokens.Length, 1).LogProbs;
            double[] weights = new Aggregation.TokenMean().RowWeights(SequenceMask.Full(1, Tokens.Length));
            engine.Backward(TokenLosses.Aggregate(-logProbs, SequenceMask.Full(1, Tokens.Length), weights));
        }

        optimizer.Step(1e-2, double.PositiveInfinity);
        Assert.Equal(before, Logits(engine, reference));
        Assert.NotEqual(policy, Logits(engine, adapted));
        var after = adapted.Export();
        Assert.All(values, value => Assert.NotEqual(value.Value, after[value.Key]));
    }

    [Fact]
    public void Adapters_drop_inputs_only_in_a_recorded_step_that_says_so()
    {
        using var folder = new TemporaryFolder();
        ModelFolder model = ModelFolder.Load(RandomModels.Write(folder.Path, "qwen2"));
        using IEngine<T> engine = CreateEngine();
        StoredAdapter adapter = Random(model, new LoraSettings { Rank = 2, Dropout = 0.5 });
        using Decoder<T> adapted = (model.Stored with { Adapter = adapter }).Open(engine, isTrained: true);
        float[] Recorded()
        {
            using var scope = engine.Scope();
            return engine.Read(T.Linear(adapted.Hidden(Tokens, [Tokens.Length], Tokens.Length), adapted.Head));
        }

        float[] kept = Recorded();
        adapted.BeginStep(1, 2, isDropping: false);
        Assert.Equal(kept, Recorded());
        adapted.BeginStep(1, 2, isDropping: true);
        float[] first = Recorded(), second = Recorded();
        Assert.True(Distance(kept, first) > 1e-2, "Nothing is dropped.");
        Assert.True(Distance(first, second) > 1e-2, "Two passes drop the same inputs.");
        Assert.InRange(Distance(kept, Logits(engine, adapted)), 0, 1e-4);
        adapted.BeginStep(1, 2, isDropping: true);
        Assert.Equal(first, Recorded());
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void What_dropout_keeps_is_scaled_up_so_that_the_mean_stays(double probability)
    {
        const int Count = 20_000;
        float[] factors = new AdapterDropout(probability, 1, 2, 3).Factors(4, Count);
        Assert.All(factors.Where(factor => factor != 0), factor => Assert.Equal(1 / (1 - probability), factor, 1e-6));
        double error = Math.Sqrt(probability / (1 - probability) / Count);
        Assert.InRange(factors.Average(factor => (double)factor), 1 - (4 * error), 1 + (4 * error));
    }

    protected abstract IEngine<T> CreateEngine();

    // B too is random, so that the adapters change something.
    private static StoredAdapter Random(ModelFolder model, LoraSettings settings)
    {
        AdapterPlan plan = AdapterPlan.Create(settings, model.Pretrained!.Config.Architecture, model.Model, RandomModels.VocabularySize);
        var tensors = plan.Parameters.Select((planned, index) => (planned, index)).ToDictionary(
            item => item.planned.Name,
            TensorData (item) => new SafetensorsTensor(
                [item.planned.Rows, item.planned.Columns],
                (item.planned with { Start = ParameterStart.Normal, Std = 0.2 }).InitialValues(3, item.index)));
        return new StoredAdapter(plan, "", tensors);
    }

    private static float[] Logits(IEngine<T> engine, Decoder<T> model)
    {
        using var quiet = engine.NoGradient();
        using var scope = engine.Scope();
        T logits = T.Linear(model.Hidden(Tokens, [Tokens.Length], Tokens.Length), model.Head);
        var values = new float[logits.Rows * logits.Columns];
        engine.Read(logits, values);
        return values;
    }

    private static double Distance(float[] left, float[] right) => left.Zip(right, (a, b) => Math.Abs((double)a - b)).Max();
}
