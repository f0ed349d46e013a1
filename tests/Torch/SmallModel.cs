using RlCore.Algebra;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Engines.Torch.Tests;

/// <summary>A small model that learns to repeat fixed sequences.</summary>
internal sealed class SmallModel : IDisposable
{
    private const int Vocabulary = 20;
    private const int Batch = 3;
    private const int Time = 8;

    private readonly TorchEngine _engine;
    private readonly Decoder<TorchTensor> _model;
    private readonly IOptimizer _optimizer;
    private readonly int[] _tokens;
    private readonly int[] _targets;
    private readonly int[] _lengths = [Time, Time - 3, Time - 1];

    public SmallModel(TorchEngineOptions options, string shape)
    {
        _engine = new TorchEngine(options);
        _model = Decoder<TorchTensor>.Create(_engine, ModelShapes.Of(shape) with { InitStd = 0.1 }, Vocabulary, 7);
        _optimizer = _engine.CreateAdamW(_model.Parameters, new AdamWOptions());
        var random = new Random(2);
        _tokens = [.. Enumerable.Range(0, Batch * Time).Select(_ => random.Next(Vocabulary))];
        _targets = [.. Enumerable.Range(0, Batch * Time).Select(i => i % Time < _lengths[i / Time] - 1 ? _tokens[i + 1] : -1)];
    }

    /// <summary>Losses of some steps, and the gradients before the last update.</summary>
    public static (double[] Losses, float[][] Gradients) Train(TorchEngineOptions options, int steps)
    {
        using var model = new SmallModel(options, "qwen2");
        double[] losses = [.. Enumerable.Range(0, steps - 1).Select(_ => model.Step()), model.Accumulate()];
        float[][] gradients = [.. model._model.Parameters.Select(parameter =>
        {
            var gradient = new float[parameter.Value.Rows * parameter.Value.Columns];
            model._engine.ReadGradient(parameter.Value, gradient);
            return gradient;
        })];
        return (losses, gradients);
    }

    public double Step()
    {
        double loss = Accumulate();
        _optimizer.Step(1e-2, 1);
        return loss;
    }

    /// <summary>Draws a few tokens with the cache, as a rollout does.</summary>
    public void Decode()
    {
        using IDisposable quiet = _engine.NoGradient();
        using IKeyValueCache cache = _model.CreateCache(Batch, Time);
        int[] ones = [1, 1, 1];
        int[] tokens = [1, 2, 3];
        for (int step = 0; step < 3; step++)
        {
            using IDisposable scope = _engine.Scope();
            TorchTensor hidden = _model.Continue(tokens, ones, 1, cache);
            _engine.Sample(hidden, _model.Head, new SamplingOptions(), [0.1, 0.5, 0.9], tokens, new float[Batch]);
            cache.Keep([2, 0, 0]);
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
        _engine.Dispose();
    }

    private static T Losses<T>(T logProbs)
        where T : struct, ISequenceAlgebra<T>
    {
        T old = T.StopGradient(logProbs);
        var inputs = new PolicyInputs<T>(logProbs, old, old, T.Constant(logProbs, 1));
        return T.Map(new PpoClipTerm(0.2, 0.2, 0.05), inputs) + T.Map(default(TokenNllTerm), logProbs);
    }

    private double Accumulate()
    {
        using IDisposable scope = _engine.Scope();
        TorchTensor hidden = _model.Hidden(_tokens, _lengths, Time);
        TokenLogProbs<TorchTensor> scored = TorchTensor.SelectedLogProbs(hidden, _model.Head, _targets, Batch, Time, 1);
        TorchTensor losses = Losses(scored.LogProbs);
        losses -= TorchTensor.Scale(scored.Entropy, 0.001);
        SequenceMask mask = SequenceMask.FromRanges(Time, [0, 0, 0], [.. _lengths.Select(length => length - 1)]);
        TorchTensor loss = TokenLosses.Aggregate(losses, mask, new Aggregation.TokenMean().RowWeights(mask));
        Span<float> value = stackalloc float[1];
        _engine.Read(loss, value);
        _engine.Backward(loss);
        return value[0];
    }
}
