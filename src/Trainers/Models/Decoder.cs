using RlCore.Engines;

namespace RlCore.Trainers.Models;

/// <summary>
/// A decoder transformer with pre-norm blocks. <see cref="ModelSettings"/> selects the GPT-2 or the Llama variant of each part.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class Decoder<T> : ILanguageModel<T>
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Dictionary<string, T> _byName;
    private readonly Block[] _blocks;
    private readonly Norm _finalNorm;
    private readonly T _embedding;
    private readonly T _positions;
    private readonly RotaryFrequencies? _frequencies;

    private Decoder(IEngine<T> engine, ModelSettings settings, int vocabularySize, Func<PlannedParameter, int, float[]> values)
    {
        _engine = engine;
        Settings = settings;
        VocabularySize = vocabularySize;
        var plan = ParameterPlan.Create(settings, vocabularySize);
        Parameters = [.. plan.Select((p, i) => new NamedParameter<T>(p.Name, engine.Parameter(p.Rows, p.Columns, values(p, i)), p.Decays))];
        _byName = Parameters.ToDictionary(p => p.Name, p => p.Value);
        _embedding = _byName[ParameterPlan.Embedding];
        _positions = settings.Positions == PositionKind.Learned ? _byName[ParameterPlan.Positions] : _embedding;
        _frequencies = settings.Positions == PositionKind.Rotary
            ? RotaryFrequencies.Of(settings.HeadLayout.Size, settings.RotaryTheta)
            : null;
        Head = settings.TiedHead ? _embedding : _byName[ParameterPlan.Head];
        _blocks = [.. Enumerable.Range(0, settings.Layers).Select(layer => ReadBlock($"blocks.{layer}"))];
        _finalNorm = ReadNorm("final_norm");
    }

    /// <summary>Shape of the model.</summary>
    public ModelSettings Settings { get; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int Context => Settings.Context;

    /// <summary>All parameters, each once (a tied head is the embedding itself).</summary>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public T Head { get; }

    /// <summary>A model with random weights, a pure function of the seed.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="seed">Seed.</param>
    public static Decoder<T> Create(IEngine<T> engine, ModelSettings settings, int vocabularySize, ulong seed) =>
        new(engine, settings, vocabularySize, (parameter, index) => parameter.InitialValues(seed, index));

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
        IReadOnlyDictionary<string, float[]> weights) =>
        new(
            engine,
            settings,
            vocabularySize,
            (parameter, _) => NamedParameters.Take(weights, parameter.Name, parameter.Rows, parameter.Columns));

    /// <summary>A copy of the weights by name.</summary>
    public IReadOnlyDictionary<string, float[]> Export() => Parameters.Read(_engine);

    /// <inheritdoc/>
    public T Hidden(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths, int time)
    {
        var positions = new int[tokens.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = i % time;
        }

        int[] real = lengths.ToArray();
        var x = Embed(tokens, positions);                                          // [B·T, D]
        foreach (var block in _blocks)
        {
            x = _engine.Segment(x, input =>
            {
                var qkv = Project(block, input, positions);                        // [B·T, (H+2K)·size]
                return Finish(block, input, T.CausalAttention(qkv, Settings.HeadLayout, real, time));
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
                var qkv = Project(block, input, positions);
                return Finish(block, input, T.CachedAttention(qkv, cache, layer, added, time));
            });
        }

        cache.Advance(lengths);
        return _finalNorm.Apply(x, Settings.NormEpsilon);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int batch, int capacity) =>
        _engine.CreateCache(Settings.Layers, Settings.HeadLayout, batch, capacity);

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
        {
            _engine.Release(parameter.Value);
        }
    }

    private T Embed(ReadOnlySpan<int> tokens, ReadOnlySpan<int> positions)
    {
        var x = T.GatherRows(_embedding, tokens);
        return Settings.Positions == PositionKind.Learned ? x + T.GatherRows(_positions, positions) : x;
    }

    private T Project(Block block, T x, ReadOnlySpan<int> positions)
    {
        var qkv = block.QueryKeyValue.Apply(block.AttentionNorm.Apply(x, Settings.NormEpsilon));
        return _frequencies is { } frequencies ? T.Rotary(qkv, Settings.HeadLayout, positions, frequencies) : qkv;
    }

    private T Finish(Block block, T x, T attended)
    {
        x += block.Output.Apply(attended);                                         // [B·T, D]
        var inner = block.Up.Apply(block.MlpNorm.Apply(x, Settings.NormEpsilon));   // [B·T, F] or [B·T, 2F]
        var activated = Settings.Mlp == MlpKind.GatedSilu ? T.GatedSilu(inner) : T.Gelu(inner);
        return x + block.Down.Apply(activated);
    }

    private Block ReadBlock(string name) => new(
        ReadNorm($"{name}.attention_norm"),
        ReadLinear($"{name}.attention.qkv"),
        ReadLinear($"{name}.attention.output"),
        ReadNorm($"{name}.mlp_norm"),
        ReadLinear($"{name}.mlp.up"),
        ReadLinear($"{name}.mlp.down"));

    private Norm ReadNorm(string name) => new(_byName[$"{name}.gain"], Optional($"{name}.bias"));

    private Linear ReadLinear(string name) => new(_byName[$"{name}.weight"], Optional($"{name}.bias"));

    private T? Optional(string name) => _byName.TryGetValue(name, out var value) ? value : null;

    private readonly record struct Norm(T Gain, T? Bias)
    {
        public T Apply(T x, double epsilon) =>
            Bias is { } bias ? T.LayerNorm(x, Gain, bias, epsilon) : T.RmsNorm(x, Gain, epsilon);
    }

    private readonly record struct Linear(T Weight, T? Bias)
    {
        public T Apply(T x) => Bias is { } bias ? T.Linear(x, Weight, bias) : T.Linear(x, Weight);
    }

    private sealed record Block(Norm AttentionNorm, Linear QueryKeyValue, Linear Output, Norm MlpNorm, Linear Up, Linear Down);
}
