using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Engines.Torch.Tests;

/// <summary>The same weights and the same batch give the same loss, gradients and training on both engines.</summary>
public sealed class AcrossEngines
{
    private const int Vocabulary = 11;

    private static readonly TokenSequence[] Sequences = RandomSequences();

    public static TheoryData<string, string> Steps
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string shape in ModelShapes.Names)
            {
                cases.Add(shape, "sft");
                cases.Add(shape, "grpo");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Loss_and_gradients_agree(string shape, string objective)
    {
        using var managed = new ManagedEngine();
        using TorchEngine torch = Machine.CreateEngine();
        (double expected, Dictionary<string, float[]> gradients) = Accumulate(managed, shape, objective);
        (double found, Dictionary<string, float[]> torchGradients) = Accumulate(torch, shape, objective);
        Assert.Equal(expected, found, 1e-4 * Math.Max(1, Math.Abs(expected)));
        AssertAgree(gradients, torchGradients, 1e-4);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Ten_updates_agree(string shape)
    {
        using var managed = new ManagedEngine();
        using TorchEngine torch = Machine.CreateEngine();
        (IReadOnlyDictionary<string, float[]> weights, OptimizerState state, double[] norms) = Train(managed, shape, 10);
        (IReadOnlyDictionary<string, float[]> torchWeights, OptimizerState torchState, double[] torchNorms) = Train(torch, shape, 10);
        Assert.Equal(norms.Length, norms.Zip(torchNorms).Count(pair => Math.Abs(pair.First - pair.Second) <= 1e-3 * pair.First));
        Assert.Equal(state.Step, torchState.Step);
        AssertAgree(weights, torchWeights, 1e-3);
    }

    [Fact]
    public void A_run_goes_on_where_the_other_engine_stopped()
    {
        using var managed = new ManagedEngine();
        using TorchEngine torch = Machine.CreateEngine();
        var whole = Train(managed, "llama", 10);
        var halfManaged = Train(managed, "llama", 5);
        AssertAgree(whole.Weights, Train(torch, "llama", 5, halfManaged.Weights, halfManaged.State).Weights, 1e-3);
        var halfTorch = Train(torch, "llama", 5);
        AssertAgree(whole.Weights, Train(managed, "llama", 5, halfTorch.Weights, halfTorch.State).Weights, 1e-3);
    }

    private static (double Loss, Dictionary<string, float[]> Gradients) Accumulate<T>(IEngine<T> engine, string shape, string objective)
        where T : struct, ITensor<T>
    {
        using var model = Decoder<T>.Create(engine, ModelShapes.Of(shape), Vocabulary, 5);
        double loss = Accumulate(engine, model, objective);
        return (loss, model.Parameters.ToDictionary(p => p.Name, p =>
        {
            var gradient = new float[p.Value.Rows * p.Value.Columns];
            engine.ReadGradient(p.Value, gradient);
            return gradient;
        }));
    }

    private static double Accumulate<T>(IEngine<T> engine, Decoder<T> model, string objective)
        where T : struct, ITensor<T>
    {
        var pass = new PolicyPass<T>(engine, model, new PassLimits(4), 0.8);
        return objective == "sft"
            ? pass.Accumulate(Sequences, new Aggregation.TokenMean(), (_, _, scored) => T.Map(default(TokenNllTerm), scored.LogProbs))
            : pass.Accumulate(Sequences, new Aggregation.SequenceMean(), (first, batch, scored) => Grpo(engine, first, batch, scored));
    }

    // Ratios on both sides of both borders, advantages of both signs, a KL term, and an entropy bonus.
    private static T Grpo<T>(IEngine<T> engine, int first, TokenBatch batch, TokenLogProbs<T> scored)
        where T : struct, ITensor<T>
    {
        var random = new Random(first);
        T old = Noisy(engine, scored.LogProbs, random, 0.3);
        T reference = Noisy(engine, scored.LogProbs, random, 0.5);
        T advantage = Noisy(engine, T.Constant(scored.LogProbs, 0), random, 2);
        T loss = T.Map(new PpoClipTerm(0.2, 0.2, 0.04), new PolicyInputs<T>(scored.LogProbs, old, reference, advantage));
        return loss - T.Scale(scored.Entropy, 0.01);
    }

    private static T Noisy<T>(IEngine<T> engine, T x, Random random, double width)
        where T : struct, ITensor<T>
    {
        var values = new float[x.Rows * x.Columns];
        engine.Read(x, values);
        return engine.Constant(x.Rows, x.Columns, [.. values.Select(value => value + (float)(width * ((2 * random.NextDouble()) - 1)))]);
    }

    private static (IReadOnlyDictionary<string, float[]> Weights, OptimizerState State, double[] Norms) Train<T>(
        IEngine<T> engine, string shape, int steps, IReadOnlyDictionary<string, float[]>? weights = null, OptimizerState? state = null)
        where T : struct, ITensor<T>
    {
        ModelSettings settings = ModelShapes.Of(shape);
        using var model = weights is null
            ? Decoder<T>.Create(engine, settings, Vocabulary, 5)
            : Decoder<T>.Load(engine, settings, Vocabulary, weights);
        using IOptimizer optimizer = engine.CreateAdamW(model.Parameters, new AdamWOptions { WeightDecay = 0.1, Epsilon = 1e-3 });
        if (state is not null)
        {
            optimizer.Import(state);
        }

        double[] norms = [.. Enumerable.Range(0, steps).Select(_ =>
        {
            Accumulate(engine, model, "sft");
            return optimizer.Step(1e-2, 1);
        })];
        return (model.Export(), optimizer.Export(), norms);
    }

    private static void AssertAgree(
        IReadOnlyDictionary<string, float[]> expected,
        IReadOnlyDictionary<string, float[]> found,
        double tolerance)
    {
        foreach ((string name, float[] values) in expected)
        {
            double scale = values.Max(value => Math.Abs((double)value));
            for (int i = 0; i < values.Length; i++)
            {
                Assert.True(
                    Math.Abs(values[i] - found[name][i]) <= tolerance * Math.Max(scale, 1e-3),
                    $"{name}[{i}]: {values[i]:R} managed, {found[name][i]:R} on torch, largest {scale:R}.");
            }
        }
    }

    private static TokenSequence[] RandomSequences()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 9).Select(_ =>
        {
            int prompt = random.Next(1, 5);
            int[] tokens = [.. Enumerable.Range(0, prompt + random.Next(1, 9)).Select(_ => random.Next(Vocabulary))];
            return new TokenSequence(tokens, prompt);
        })];
    }
}
