using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Bench;

/// <summary>A GPT-2 style decoder of random weights: the operations of a training step and of a decoding step.</summary>
internal sealed class Gpt : IDisposable
{
    private readonly ManagedEngine _engine;
    private readonly GptShape _shape;
    private readonly HeadLayout _heads;
    private readonly Layer[] _layers;
    private readonly ManagedTensor _tokens;
    private readonly ManagedTensor _places;
    private readonly ManagedTensor _gain;
    private readonly ManagedTensor _bias;
    private readonly IOptimizer _optimizer;
    private readonly List<NamedParameter<ManagedTensor>> _parameters = [];
    private readonly Random _random = new(1);
    private readonly int[] _ids;
    private readonly int[] _positions;
    private readonly int[] _targets;
    private readonly int[] _lengths;
    private readonly SequenceMask _mask;

    public Gpt(ManagedEngine engine, GptShape shape)
    {
        (_engine, _shape) = (engine, shape);
        _heads = new HeadLayout(shape.Heads, shape.Heads, shape.Width / shape.Heads);
        (_tokens, _places) = (Weight(shape.Vocabulary, shape.Width), Weight(shape.Time, shape.Width));
        (_gain, _bias) = (Weight(1, shape.Width), Weight(1, shape.Width));
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(_ => NewLayer())];
        _optimizer = engine.CreateAdamW(_parameters, new AdamWOptions());
        int count = shape.Batch * shape.Time;
        _ids = [.. Enumerable.Range(0, count).Select(_ => _random.Next(shape.Vocabulary))];
        _positions = [.. Enumerable.Range(0, count).Select(i => i % shape.Time)];
        _targets = [.. Enumerable.Range(0, count).Select(_ => _random.Next(shape.Vocabulary))];
        _lengths = [.. Enumerable.Repeat(shape.Time, shape.Batch)];
        _mask = SequenceMask.Full(shape.Batch, shape.Time);
    }

    /// <summary>Forward, backward and update on one batch.</summary>
    public void Train()
    {
        using var scope = _engine.Scope();
        var x = ManagedTensor.GatherRows(_tokens, _ids) + ManagedTensor.GatherRows(_places, _positions);
        x = Run(x, (qkv, _) => ManagedTensor.CausalAttention(qkv, _heads, _lengths, _shape.Time));
        var logProbs = ManagedTensor.SelectedLogProbs(x, _tokens, _targets, _shape.Batch, _shape.Time, 1).LogProbs;
        var total = ManagedTensor.SumOverBatch(ManagedTensor.SumOverTime(logProbs, _mask));
        _engine.Backward(ManagedTensor.Scale(total, -1.0 / _mask.Count));
        _optimizer.Step(1e-4, 1);
    }

    /// <summary>Draws <see cref="GptShape.Time"/> tokens for each row, one by one, with a cache.</summary>
    public void Decode()
    {
        using var silent = _engine.NoGradient();
        using var cache = _engine.CreateCache(_shape.Layers, _heads, _shape.Batch, _shape.Time);
        var (tokens, ones) = (new int[_shape.Batch], Enumerable.Repeat(1, _shape.Batch).ToArray());
        var (uniforms, logProbs, places) = (new double[_shape.Batch], new float[_shape.Batch], new int[_shape.Batch]);
        for (int t = 0; t < _shape.Time; t++)
        {
            using var scope = _engine.Scope();
            Array.Fill(places, t);
            var x = ManagedTensor.GatherRows(_tokens, tokens) + ManagedTensor.GatherRows(_places, places);
            x = Run(x, (qkv, layer) => ManagedTensor.CachedAttention(qkv, cache, layer, ones, 1));
            cache.Advance(ones);
            for (int row = 0; row < uniforms.Length; row++)
            {
                uniforms[row] = _random.NextDouble();
            }

            _engine.Sample(x, _tokens, new SamplingOptions(), uniforms, tokens, logProbs);
        }
    }

    public void Dispose() => _optimizer.Dispose();

    private ManagedTensor Run(ManagedTensor x, Func<ManagedTensor, int, ManagedTensor> attention)
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            var normal = ManagedTensor.LayerNorm(x, layer.Gain1, layer.Bias1, 1e-5);
            x += ManagedTensor.Linear(attention(ManagedTensor.Linear(normal, layer.Qkv, layer.QkvBias), i), layer.Output, layer.OutputBias);
            normal = ManagedTensor.LayerNorm(x, layer.Gain2, layer.Bias2, 1e-5);
            x += ManagedTensor.Linear(ManagedTensor.Gelu(ManagedTensor.Linear(normal, layer.Up, layer.UpBias)), layer.Down, layer.DownBias);
        }

        return ManagedTensor.LayerNorm(x, _gain, _bias, 1e-5);
    }

    private Layer NewLayer()
    {
        int width = _shape.Width;
        return new Layer(
            Weight(1, width), Weight(1, width), Weight(3 * width, width), Weight(1, 3 * width), Weight(width, width), Weight(1, width),
            Weight(1, width), Weight(1, width), Weight(4 * width, width), Weight(1, 4 * width), Weight(width, 4 * width), Weight(1, width));
    }

    private ManagedTensor Weight(int rows, int columns)
    {
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(_ => (float)((_random.NextDouble() - 0.5) * 0.1))];
        var weight = _engine.Parameter(rows, columns, values);
        _parameters.Add(new NamedParameter<ManagedTensor>($"p{_parameters.Count}", weight, rows > 1));
        return weight;
    }

    private sealed record Layer(
        ManagedTensor Gain1,
        ManagedTensor Bias1,
        ManagedTensor Qkv,
        ManagedTensor QkvBias,
        ManagedTensor Output,
        ManagedTensor OutputBias,
        ManagedTensor Gain2,
        ManagedTensor Bias2,
        ManagedTensor Up,
        ManagedTensor UpBias,
        ManagedTensor Down,
        ManagedTensor DownBias);
}

/// <summary>Sizes of a model and of its batch.</summary>
internal sealed record GptShape(int Layers, int Width, int Heads, int Vocabulary, int Batch, int Time);
