using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>
/// A decoder transformer with pre-norm blocks. <see cref="ModelSettings"/> selects the GPT-2 or the Llama variant of each part.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class Decoder<T> : ILanguageModel<T>, IPassCounter
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly DecoderWeights<T> _weights;
    private readonly Adapter<T>? _adapter;
    private readonly Block[] _blocks;
    private readonly Norm _finalNorm;
    private readonly T _embedding;
    private readonly T? _positions;
    private readonly RotaryFrequencies? _frequencies;

    private Decoder(DecoderWeights<T> weights, Adapter<T>? adapter = null)
    {
        _weights = weights.Share();
        _adapter = adapter;
        _engine = weights.Engine;
        Parameters = adapter?.Parameters ?? weights.Trained;
        _embedding = Take(ParameterPlan.Embedding);
        _positions = Find(ParameterPlan.Positions);
        _frequencies = Settings.Positions == PositionKind.Rotary
            ? new RotaryFrequencies(
                Settings.RotaryScaling.Angles(Settings.HeadLayout.Size, Settings.RotaryTheta), Settings.RotaryScaling.Magnitude)
            : null;
        Head = Settings.TiedHead ? _embedding : Take(ParameterPlan.Head);
        _blocks = [.. Enumerable.Range(0, Settings.Layers).Select(layer => ReadBlock($"blocks.{layer}"))];
        _finalNorm = ReadNorm("final_norm");
    }

    /// <summary>Shape of the model.</summary>
    public ModelSettings Settings => _weights.Settings;

    /// <inheritdoc/>
    public int VocabularySize => _weights.VocabularySize;

    /// <inheritdoc/>
    public int Context => Settings.Context;

    /// <inheritdoc/>
    public long CacheNumbersPerToken => Settings.CacheNumbersPerToken;

    /// <summary>
    /// All parameters that are trained, each once (a tied head is the embedding itself): those of the model, or of its adapters; none of a
    /// frozen model.
    /// </summary>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public T Head { get; }

    int IPassCounter.Passes
    {
        get => (int)_weights.AdapterClock.Passes;
        set => _weights.AdapterClock.Passes = (uint)value;
    }

    /// <summary>A model with random weights, a pure function of the seed.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="seed">Seed.</param>
    public static Decoder<T> Create(IEngine<T> engine, ModelSettings settings, int vocabularySize, ulong seed) =>
        new(DecoderWeights<T>.Create(engine, settings, vocabularySize, seed));

    /// <summary>A model with given weights.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="weights">Row-major values by parameter name.</param>
    /// <exception cref="ArgumentException">A weight is missing or its size does not match the settings.</exception>
    public static Decoder<T> Load(
        IEngine<T> engine,
        ModelSettings settings,
        int vocabularySize,
        IReadOnlyDictionary<string, float[]> weights) => Load(
            engine,
            settings,
            vocabularySize,
            weights.ToTensors());

    /// <summary>A model with given weights, which are read piece by piece.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="weights">Tensors by parameter name.</param>
    /// <param name="isTrained">Whether they are trained; otherwise they stay in the type that they have.</param>
    /// <exception cref="ArgumentException">A weight is missing or its size does not match the settings.</exception>
    public static Decoder<T> Load(
        IEngine<T> engine,
        ModelSettings settings,
        int vocabularySize,
        IReadOnlyDictionary<string, TensorData> weights,
        bool isTrained = true) => new(DecoderWeights<T>.Load(engine, settings, vocabularySize, weights, isTrained));

    /// <summary>A copy of the parameters by name.</summary>
    public IReadOnlyDictionary<string, float[]> Export() => Parameters.Read(_engine);

    /// <summary>The model with other adapters, or without: its weights are shared.</summary>
    /// <param name="plan">What the adapters consist of; null for none.</param>
    /// <param name="tensors">Their values by name.</param>
    internal Decoder<T> WithAdapters(AdapterPlan? plan, IReadOnlyDictionary<string, TensorData> tensors) =>
        new(_weights, plan is null ? null : new Adapter<T>(_engine, plan, _weights.AdapterClock, tensors));

    /// <summary>Begins a training step, whose dropout is addressed by it.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="step">Step of the run.</param>
    /// <param name="isDropping">Whether adapters drop inputs.</param>
    internal void BeginStep(ulong seed, int step, bool isDropping) => _weights.AdapterClock.Begin(seed, step, isDropping);

    /// <inheritdoc/>
    public T Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time)
    {
        var positions = new int[tokens.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = i % time;
        }

        int[] real = lengths.ToArray();
        AdapterDropout? dropout = _adapter?.BeginPass();
        var x = Embed(tokens, positions);                                          // [B·T, D]
        foreach (var block in _blocks)
        {
            x = _engine.Segment(x, input =>
            {
                var qkv = Project(block, input, positions, dropout);               // [B·T, (H+2K)·size]
                return Finish(block, input, T.CausalAttention(qkv, Settings.HeadLayout, real, time), dropout);
            });
        }

        return _finalNorm.Apply(x, Settings.NormEpsilon);                          // [B·T, D]
    }

    /// <inheritdoc/>
    public T Continue(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time, IKeyValueCache cache)
    {
        var positions = new int[tokens.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = Math.Min(cache.Lengths[i / time] + (i % time), Settings.Context - 1);
        }

        int[] added = lengths.ToArray();
        var x = Embed(tokens, positions);
        foreach (var (layer, block) in _blocks.Index())
        {
            x = _engine.Segment(x, input =>
            {
                var qkv = Project(block, input, positions, dropout: null);
                return Finish(block, input, T.CachedAttention(qkv, cache, layer, added, time), dropout: null);
            });
        }

        cache.Advance(lengths);
        return _finalNorm.Apply(x, Settings.NormEpsilon);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int batch, int capacity) =>
        _engine.CreateCache(Settings.Layers, Settings.HeadLayout, batch, capacity);

    /// <summary>Frees the adapters, and the weights unless another model shares them.</summary>
    public void Dispose()
    {
        _adapter?.Dispose();
        _weights.Release();
    }

    private T Embed(ReadOnlySpan<int> tokens, ReadOnlySpan<int> positions)
    {
        var x = T.GatherRows(_embedding, tokens);
        return _positions is { } table ? x + T.GatherRows(table, positions) : x;
    }

    private T Project(Block block, T x, ReadOnlySpan<int> positions, AdapterDropout? dropout)
    {
        var qkv = Apply(block.QueryKeyValue, block.AttentionNorm.Apply(x, Settings.NormEpsilon), dropout);
        if (block is { QueryNorm: { } queryNorm, KeyNorm: { } keyNorm })
        {
            qkv = T.NormHeads(qkv, Settings.HeadLayout, queryNorm, keyNorm, Settings.NormEpsilon);
        }

        return _frequencies is { } frequencies ? T.Rotary(qkv, Settings.HeadLayout, positions, frequencies) : qkv;
    }

    private T Finish(Block block, T x, T attended, AdapterDropout? dropout)
    {
        x += Apply(block.Output, attended, dropout);                                            // [B·T, D]
        var inner = Apply(block.Up, block.MlpNorm.Apply(x, Settings.NormEpsilon), dropout);      // [B·T, F] or [B·T, 2F]
        var activated = Settings.Mlp == MlpKind.GatedSilu ? T.GatedSilu(inner) : T.Gelu(inner);
        return x + Apply(block.Down, activated, dropout);
    }

    private T Apply(Linear linear, T x, AdapterDropout? dropout)
    {
        var y = linear.Bias is { } bias ? T.Linear(x, linear.Weight, bias) : T.Linear(x, linear.Weight);
        foreach (AdaptedPart<T> part in linear.Adapters)
        {
            y = part.Apply(_engine, y, x, dropout);
        }

        return y;
    }

    private Block ReadBlock(string name) => new(
        ReadNorm($"{name}.attention_norm"),
        ReadLinear($"{name}.attention.qkv"),
        Find($"{name}.attention.query_norm.gain"),
        Find($"{name}.attention.key_norm.gain"),
        ReadLinear($"{name}.attention.output"),
        ReadNorm($"{name}.mlp_norm"),
        ReadLinear($"{name}.mlp.up"),
        ReadLinear($"{name}.mlp.down"));

    private Norm ReadNorm(string name) => new(Take($"{name}.gain"), Find($"{name}.bias"));

    private Linear ReadLinear(string name) => new(Take($"{name}.weight"), Find($"{name}.bias"), _adapter?.Of(name) ?? []);

    private T Take(string name) => _adapter?.Find(name) ?? _weights[name];

    private T? Find(string name) => _adapter?.Find(name) ?? _weights.Find(name);

    private readonly record struct Norm(T Gain, T? Bias)
    {
        public T Apply(T x, double epsilon) =>
            Bias is { } bias ? T.LayerNorm(x, Gain, bias, epsilon) : T.RmsNorm(x, Gain, epsilon);
    }

    private readonly record struct Linear(T Weight, T? Bias, IReadOnlyList<AdaptedPart<T>> Adapters);

    private sealed record Block(
        Norm AttentionNorm, Linear QueryKeyValue, T? QueryNorm, T? KeyNorm, Linear Output, Norm MlpNorm, Linear Up, Linear Down);
}
