using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>The low-rank adapters of a decoder on an engine.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class Adapter<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly AdapterClock _clock;
    private readonly Dictionary<string, AdaptedPart<T>[]> _parts;
    private readonly Dictionary<string, T> _replaced;

    /// <summary>Adapters with given values.</summary>
    /// <param name="engine">The engine that owns them.</param>
    /// <param name="plan">What they consist of.</param>
    /// <param name="clock">What their dropout is addressed by.</param>
    /// <param name="tensors">Values by name, in float32.</param>
    /// <exception cref="ArgumentException">A value is missing or has the wrong size.</exception>
    public Adapter(IEngine<T> engine, AdapterPlan plan, AdapterClock clock, IReadOnlyDictionary<string, TensorData> tensors)
    {
        _engine = engine;
        _clock = clock;
        Plan = plan;
        var parameters = new List<NamedParameter<T>>();
        T Add(string name, int rows, int columns, bool decays)
        {
            T parameter = engine.Parameter(NamedParameters.Take(tensors, name, rows, columns));
            parameters.Add(new NamedParameter<T>(name, parameter, decays));
            return parameter;
        }

        int rank = plan.Settings.Rank;
        _parts = plan.Layers.Select((layer, index) => (layer.Parameter, Part: new AdaptedPart<T>(
                Add(layer.Down, rank, layer.Inputs, decays: true),
                Add(layer.Up, layer.Outputs, rank, decays: true),
                layer.FirstOutput,
                plan.Settings.Scale,
                (uint)index)))
            .GroupBy(layer => layer.Parameter, layer => layer.Part)
            .ToDictionary(parts => parts.Key, parts => parts.ToArray(), StringComparer.Ordinal);
        _replaced = plan.Replaced.ToDictionary(
            planned => planned.Name,
            planned => Add(planned.Name, planned.Rows, planned.Columns, planned.Decays),
            StringComparer.Ordinal);
        Parameters = parameters;
    }

    /// <summary>What they consist of.</summary>
    public AdapterPlan Plan { get; }

    /// <summary>All that is trained.</summary>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>The adapters of a linear layer of the decoder.</summary>
    /// <param name="layer">The name of its parameters, without <c>.weight</c>.</param>
    public IReadOnlyList<AdaptedPart<T>> Of(string layer) => _parts.GetValueOrDefault(layer, []);

    /// <summary>A parameter of the decoder that is trained in place of the frozen one; null for none.</summary>
    /// <param name="name">Its name.</param>
    public T? Find(string name) => _replaced.TryGetValue(name, out T value) ? value : null;

    /// <summary>The dropout of one pass over the decoder; null where nothing is dropped: in generation and evaluation.</summary>
    public AdapterDropout? BeginPass() => Plan.Settings.Dropout > 0 && _clock.IsDropping && _engine.IsRecording
        ? new AdapterDropout(Plan.Settings.Dropout, _clock.Seed, _clock.Step, _clock.NextPass())
        : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
        {
            _engine.Release(parameter.Value);
        }
    }
}

/// <summary>The adapter of one layer: y + scale·(x·Aᵀ)·Bᵀ in the layer's columns of y.</summary>
/// <param name="Down">A [rank, inputs].</param>
/// <param name="Up">B [outputs, rank].</param>
/// <param name="FirstColumn">The layer's first column of y.</param>
/// <param name="Scale">The scale.</param>
/// <param name="Index">Which adapter it is, for its dropout.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal readonly record struct AdaptedPart<T>(T Down, T Up, int FirstColumn, double Scale, uint Index)
    where T : struct, ITensor<T>
{
    /// <summary>Adds what the adapter gives.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="y">Output of the layer.</param>
    /// <param name="x">Input of the layer.</param>
    /// <param name="dropout">Which inputs are dropped; null for none.</param>
    public T Apply(IEngine<T> engine, T y, T x, AdapterDropout? dropout)
    {
        T input = dropout is null ? x : x * engine.Constant(x.Rows, x.Columns, dropout.Factors(Index, x.Rows * x.Columns));
        return T.LowRank(y, input, Down, Up, FirstColumn, Scale);
    }
}

/// <summary>The dropout of one pass: each input is 0 with a probability, and else divided by the probability of being kept.</summary>
/// <param name="Probability">The probability of being dropped.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Step">Step of the run.</param>
/// <param name="Pass">Number of the pass within the step.</param>
internal sealed record AdapterDropout(double Probability, ulong Seed, uint Step, uint Pass)
{
    // Leaves room for more adapters than any model has layers.
    private const uint AdaptersPerPass = 1 << 14;

    /// <summary>What the inputs of an adapter are multiplied by.</summary>
    /// <param name="adapter">Which adapter.</param>
    /// <param name="count">Number of inputs.</param>
    public float[] Factors(uint adapter, int count)
    {
        var factors = new float[count];
        float kept = (float)(1 / (1 - Probability));
        uint row = (Pass * AdaptersPerPass) + adapter;
        for (int i = 0; i < count; i++)
        {
            factors[i] = Philox.Uniform(Seed, RandomPurpose.Dropout, Step, row, (uint)i) < Probability ? 0 : kept;
        }

        return factors;
    }
}
