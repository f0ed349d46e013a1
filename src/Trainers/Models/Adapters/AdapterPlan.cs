using RlCore.Algebra;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>A linear layer that is adapted: rows of a parameter of the decoder.</summary>
/// <param name="Parameter">The decoder's parameter, without its final <c>.weight</c>.</param>
/// <param name="Module">The layer's name in checkpoints, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="FirstOutput">The parameter's row that is the layer's first.</param>
/// <param name="Outputs">Outputs of the layer.</param>
/// <param name="Inputs">Inputs of the layer.</param>
internal sealed record AdaptedLayer(string Parameter, string Module, int FirstOutput, int Outputs, int Inputs)
{
    /// <summary>Name of A [rank, inputs].</summary>
    public string Down => $"{Module}.lora_A.weight";

    /// <summary>Name of B [outputs, rank].</summary>
    public string Up => $"{Module}.lora_B.weight";
}

/// <summary>What low-rank adapters of a model consist of.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Layers">The layers that are adapted.</param>
/// <param name="Replaced">Parameters of the decoder that are trained themselves, in place of the frozen ones.</param>
internal sealed record AdapterPlan(LoraSettings Settings, IReadOnlyList<AdaptedLayer> Layers, IReadOnlyList<PlannedParameter> Replaced)
{
    private const string Weight = ".weight";

    /// <summary>The parameters that are trained, in the order in which they are made.</summary>
    public IEnumerable<PlannedParameter> Parameters => Layers
        .SelectMany(layer => (PlannedParameter[])
        [
            new(layer.Down, Settings.Rank, layer.Inputs, ParameterStart.Normal, 0),
            new(layer.Up, layer.Outputs, Settings.Rank, ParameterStart.Normal, 0),
        ])
        .Concat(Replaced);

    /// <summary>The same adapters of the model's trunk, which has no output head.</summary>
    public AdapterPlan OfTrunk => this with { Replaced = [.. Replaced.Where(planned => planned.Name != ParameterPlan.Head)] };

    /// <summary>Plans the adapters of a model.</summary>
    /// <param name="settings">Their settings.</param>
    /// <param name="architecture">The model's architecture, which names its layers.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="source">The file and the key that name the targets, for messages; null for those of a recipe.</param>
    /// <exception cref="InputException">A target is no layer of the model.</exception>
    public static AdapterPlan Create(
        LoraSettings settings,
        Architecture architecture,
        ModelSettings shape,
        int vocabularySize,
        (string File, string Key)? source = null)
    {
        (string file, string key) = source ?? ("lora", "targets");
        AdaptedLayer[] all = [.. Linear(architecture, shape, vocabularySize)];
        string[] names = [.. all.Select(layer => NameOf(layer.Module)).Distinct()];
        foreach (string target in settings.TargetNames.Where(target => target != LoraSettings.AllLinear && !names.Contains(target)))
        {
            throw new InputException(new InputProblem(
                file, 0, key, Characters.Quote(target), $"{string.Join(", ", names)}, or {LoraSettings.AllLinear}"));
        }

        AdaptedLayer[] layers = settings.TargetNames.Contains(LoraSettings.AllLinear)
            ? all
            : [.. all.Where(layer => settings.TargetNames.Contains(NameOf(layer.Module)))];
        var biases = layers.Select(layer => $"{layer.Parameter}.bias").ToHashSet(StringComparer.Ordinal);
        return new AdapterPlan(
            settings,
            layers,
            [
                .. ParameterPlan.Create(shape, vocabularySize).Where(planned =>
                    (settings.Biases && biases.Contains(planned.Name))
                    || (settings.Embeddings && planned.Name is ParameterPlan.Embedding or ParameterPlan.Head)),
            ]);
    }

    /// <summary>The values of adapters that change nothing yet.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="parameters">Parameters of the model that is adapted.</param>
    public IReadOnlyDictionary<string, TensorData> Initial(ulong seed, IReadOnlyDictionary<string, TensorData> parameters)
    {
        var tensors = Replaced.ToDictionary(planned => planned.Name, planned => parameters[planned.Name], StringComparer.Ordinal);
        foreach (var (index, layer) in Layers.Index())
        {
            tensors[layer.Down] = new SafetensorsTensor([Settings.Rank, layer.Inputs], InitialDown(seed, index));
            tensors[layer.Up] = new SafetensorsTensor([layer.Outputs, Settings.Rank], new float[layer.Outputs * Settings.Rank]);
        }

        return tensors;
    }

    /// <summary>The initial values of A: uniform in ±1/√inputs, as PEFT draws them; B begins with zeros.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="index">Index of the layer in <see cref="Layers"/>.</param>
    private float[] InitialDown(ulong seed, int index)
    {
        var values = new float[Settings.Rank * Layers[index].Inputs];
        double bound = 1 / Math.Sqrt(Layers[index].Inputs);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(bound * ((2 * Philox.Uniform(seed, RandomPurpose.Initialization, 1, (uint)index, (uint)i)) - 1));
        }

        return values;
    }

    // Each tensor of a checkpoint that a block's weight matrix is stored in is a layer.
    private static IEnumerable<AdaptedLayer> Linear(Architecture architecture, ModelSettings shape, int vocabularySize)
    {
        foreach (StoredWeight weight in PretrainedWeights.Weights(architecture, shape, vocabularySize)
            .Where(
                weight => weight.Parameter is { IsVector: false } && weight.Parameter.Name.StartsWith("blocks.", StringComparison.Ordinal)))
        {
            int first = 0;
            foreach (StoredPart part in weight.Parts)
            {
                int outputs = part.Shape[weight.IsTransposed ? 1 : 0];
                yield return new AdaptedLayer(
                    weight.Parameter.Name[..^Weight.Length],
                    part.Name[..^Weight.Length],
                    first,
                    outputs,
                    weight.Parameter.Columns);
                first += outputs;
            }
        }
    }

    private static string NameOf(string module) => module[(module.LastIndexOf('.') + 1)..];
}
