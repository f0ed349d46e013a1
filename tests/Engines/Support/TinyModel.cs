using RlCore.Algebra;


namespace RlCore.Engines.Tests;

/// <summary>A small decoder with one layer, and a loss that uses every part of it.</summary>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class TinyModel<T> : IDisposable
    where T : struct, ITensor<T>
{
    private const int Vocabulary = 16;
    private static readonly HeadLayout Heads = new(4, 2, 8);
    private static readonly RotaryFrequencies Frequencies = RotaryFrequencies.Of(8, 10_000);
    private readonly T _embedding;
    private readonly T _gain;
    private readonly T _bias;
    private readonly T _qkv;
    private readonly T _output;
    private readonly T _up;
    private readonly T _down;
    private readonly IOptimizer _optimizer;
    private readonly int _batch;
    private readonly int _time;
    private readonly int[] _lengths;
    private readonly int[] _ids;
    private readonly int[] _targets;
    private readonly int[] _positions;

    public TinyModel(IEngine<T> engine, int batch, int time)
    {
        Engine = engine;
        int width = Heads.OutputWidth;
        var random = new Random(11);
        T Weight(int rows, int columns) => engine.Parameter(rows, columns, Matrix.Random(random, rows, columns, -0.3, 0.3).Floats);
        (_embedding, _gain, _bias) = (Weight(Vocabulary, width), Weight(1, width), Weight(1, width));
        (_qkv, _output) = (Weight(Heads.PackedWidth, width), Weight(width, width));
        (_up, _down) = (Weight(4 * width, width), Weight(width, 2 * width));
        Parameters = [_embedding, _gain, _bias, _qkv, _output, _up, _down];
        _optimizer = engine.CreateAdamW(
            [.. Parameters.Select((parameter, i) => new NamedParameter<T>($"p{i}", parameter, true))], new AdamWOptions());
        (_batch, _time) = (batch, time);
        _lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(0, time + 1))];
        _ids = [.. Enumerable.Range(0, batch * time).Select(_ => random.Next(Vocabulary))];
        _targets = [.. Enumerable.Range(0, batch * time).Select(i => i % time < _lengths[i / time] ? random.Next(Vocabulary) : -1)];
        _positions = [.. Enumerable.Range(0, batch * time).Select(i => i % time)];
    }

    public IEngine<T> Engine { get; }

    public T[] Parameters { get; }

    public static float[] Gradients(Func<IEngine<T>> create, int seed)
    {
        using var engine = create();
        using var model = new TinyModel<T>(engine, 70 + seed, 12);
        model.Backward();
        return [.. model.Parameters.SelectMany(parameter =>
        {
            var values = new float[parameter.Rows * parameter.Columns];
            engine.ReadGradient(parameter, values);
            return values;
        })];
    }

    public void Step()
    {
        Backward();
        _optimizer.Step(1e-3, 1);
    }

    public void Backward()
    {
        using var scope = Engine.Scope();
        var x = T.GatherRows(_embedding, _ids);
        var qkv = T.Rotary(T.Linear(T.LayerNorm(x, _gain, _bias, 1e-5), _qkv), Heads, _positions, Frequencies);
        x += T.Linear(T.CausalAttention(qkv, Heads, _lengths, _time), _output);
        x += T.Linear(T.GatedSilu(T.Gelu(T.Linear(T.RmsNorm(x, _gain, 1e-5), _up))), _down);
        var result = T.SelectedLogProbs(x, _embedding, _targets, _batch, _time, 1);
        var total = T.SumOverBatch(T.SumOverTime(result.LogProbs - T.Scale(result.Entropy, 0.1), Mask));
        Engine.Backward(T.Scale(total, -1.0 / (_batch * _time)));
    }

    public void Dispose() => _optimizer.Dispose();

    private RlCore.Algebra.SequenceMask Mask => _mask ??= RlCore.Algebra.SequenceMask.FromRanges(_time, new int[_batch], _lengths);

    private RlCore.Algebra.SequenceMask? _mask;
}
