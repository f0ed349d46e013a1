using RlCore.Engines;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Models;

/// <summary>A model as files hold it. Its tensors are read when it is put on an engine.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="VocabularySize">Number of tokens.</param>
/// <param name="Parameters">The decoder's parameters by name.</param>
internal sealed record StoredModel(ModelSettings Shape, int VocabularySize, IReadOnlyDictionary<string, TensorData> Parameters)
{
    /// <summary>Low-rank adapters of it; null for none.</summary>
    public StoredAdapter? Adapter { get; init; }

    /// <summary>
    /// Puts the model on an engine. With adapters, these alone are trained, and the parameters stay in the type that they are stored in.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="isTrained">Whether parameters without adapters are trained.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public Decoder<T> Open<T>(IEngine<T> engine, bool isTrained)
        where T : struct, ITensor<T>
    {
        var model = Decoder<T>.Load(engine, Shape, VocabularySize, Parameters, isTrained && Adapter is null);
        if (Adapter is null)
        {
            return model;
        }

        using (model)
        {
            return model.WithAdapters(Adapter.Plan, Adapter.Tensors);
        }
    }

    /// <summary>Puts a scalar model on an engine: a trunk, and a head that is zero if there is none.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public ScalarModel<T> OpenScalar<T>(IEngine<T> engine)
        where T : struct, ITensor<T> => Adapter is null
            ? new ScalarModel<T>(engine, Shape, VocabularySize, Parameters)
            : new ScalarModel<T>(
                engine,
                (this with { Shape = Shape with { TiedHead = true } }).Open(engine, isTrained: true),
                Adapter.Tensors);
}

/// <summary>Low-rank adapters as files hold them.</summary>
/// <param name="Plan">What they consist of.</param>
/// <param name="Base">The model that they adapt: its folder, or its name on a hub.</param>
/// <param name="Tensors">Their values by name.</param>
internal sealed record StoredAdapter(AdapterPlan Plan, string Base, IReadOnlyDictionary<string, TensorData> Tensors)
{
    /// <summary>The parameters of a model with these adapters merged into them.</summary>
    /// <param name="parameters">The model's parameters by name.</param>
    public IReadOnlyDictionary<string, TensorData> MergeInto(IReadOnlyDictionary<string, TensorData> parameters)
    {
        var merged = parameters.ToDictionary(StringComparer.Ordinal);
        foreach (PlannedParameter replaced in Plan.Replaced)
        {
            merged[replaced.Name] = Tensors[replaced.Name];
        }

        foreach (var layers in Plan.Layers.GroupBy(layer => $"{layer.Parameter}.weight"))
        {
            merged[layers.Key] = new MergedTensor(
                merged[layers.Key],
                [
                    .. layers.Select(layer => new LayerChange(
                        layer, Plan.Settings.Rank, Tensors[layer.Down].ToArray(), Tensors[layer.Up].ToArray())),
                ],
                Plan.Settings.Scale);
        }

        return merged;
    }
}
