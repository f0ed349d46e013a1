using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>
/// The weights of a decoder on an engine. Several decoders may share them: a policy with adapters, its reference without, and a value
/// model with adapters of its own. The last one to go frees them.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class DecoderWeights<T>
    where T : struct, ITensor<T>
{
    private readonly Dictionary<string, T> _byName;
    private int _users;

    private DecoderWeights(
        IEngine<T> engine,
        ModelSettings settings,
        int vocabularySize,
        Func<PlannedParameter, int, T> make,
        bool areTrained)
    {
        Engine = engine;
        Settings = settings;
        VocabularySize = vocabularySize;
        NamedParameter<T>[] all =
        [
            .. ParameterPlan.Create(settings, vocabularySize).Select((planned, index) =>
                new NamedParameter<T>(planned.Name, make(planned, index), planned.Decays)),
        ];
        _byName = all.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        Trained = areTrained ? all : [];
        AdapterClock = new AdapterClock();
    }

    /// <summary>The engine that owns them.</summary>
    public IEngine<T> Engine { get; }

    /// <summary>Shape of the decoder.</summary>
    public ModelSettings Settings { get; }

    /// <summary>Number of tokens.</summary>
    public int VocabularySize { get; }

    /// <summary>Those that are trained: all or none.</summary>
    public IReadOnlyList<NamedParameter<T>> Trained { get; }

    /// <summary>What the dropout of all adapters on these weights is addressed by.</summary>
    public AdapterClock AdapterClock { get; }

    /// <summary>A weight that the shape has.</summary>
    /// <param name="name">Its name.</param>
    public T this[string name] => _byName[name];

    /// <summary>Random weights, a pure function of the seed.</summary>
    /// <param name="engine">The engine that owns them.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="seed">Seed.</param>
    public static DecoderWeights<T> Create(IEngine<T> engine, ModelSettings settings, int vocabularySize, ulong seed) => new(
        engine,
        settings,
        vocabularySize,
        (planned, index) => engine.Parameter(planned.Rows, planned.Columns, planned.InitialValues(seed, index)),
        areTrained: true);

    /// <summary>Weights with given values.</summary>
    /// <param name="engine">The engine that owns them.</param>
    /// <param name="settings">Shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="weights">Tensors by name; BF16 stays BF16 unless it is trained.</param>
    /// <param name="areTrained">Whether they are trained.</param>
    /// <exception cref="ArgumentException">A weight is missing or its size does not match the settings.</exception>
    public static DecoderWeights<T> Load(
        IEngine<T> engine,
        ModelSettings settings,
        int vocabularySize,
        IReadOnlyDictionary<string, TensorData> weights,
        bool areTrained) => new(
            engine,
            settings,
            vocabularySize,
            (planned, _) =>
            {
                WeightTensor source = NamedParameters.Take(weights, planned.Name, planned.Rows, planned.Columns);
                return areTrained ? engine.Parameter(source) : engine.Frozen(source);
            },
            areTrained);

    /// <summary>Finds a weight.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null if the shape has none of that name.</returns>
    public T? Find(string name) => _byName.TryGetValue(name, out T value) ? value : null;

    /// <summary>One more decoder uses them.</summary>
    public DecoderWeights<T> Share()
    {
        _users++;
        return this;
    }

    /// <summary>One decoder less uses them.</summary>
    public void Release()
    {
        if (--_users == 0)
        {
            foreach (T weight in _byName.Values)
            {
                Engine.Release(weight);
            }
        }
    }
}
