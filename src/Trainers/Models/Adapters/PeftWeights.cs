using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>The tensors of adapters under the names of PEFT's adapter_model.safetensors, in both directions.</summary>
internal static class PeftWeights
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";
    private const string BaseLayer = ".base_layer.";

    /// <summary>The adapters in the tensors of a file. Nothing is read yet.</summary>
    /// <param name="plan">The adapters.</param>
    /// <param name="config">The model that they adapt.</param>
    /// <param name="stored">The file's tensors.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InputException">With every tensor that is missing, too many, or of another shape or type.</exception>
    public static IReadOnlyDictionary<string, TensorData> Load(
        AdapterPlan plan,
        PretrainedConfig config,
        IReadOnlyDictionary<string, TensorData> stored,
        string source)
    {
        var left = stored.ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal);
        var problems = new List<InputProblem>();
        var loaded = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (AdaptedLayer layer in plan.Layers)
        {
            StoredPart[] parts = [new(layer.Down, [plan.Settings.Rank, layer.Inputs]), new(layer.Up, [layer.Outputs, plan.Settings.Rank])];
            foreach (StoredPart part in parts)
            {
                if (PretrainedWeights.Take(left, part with { Name = Prefix + part.Name }, problems, source) is { } tensor)
                {
                    loaded[part.Name] = tensor;
                }
            }
        }

        foreach (StoredWeight weight in Replaced(plan, config))
        {
            TensorData[] parts =
            [
                .. weight.Parts
                    .Select(part => PretrainedWeights.Take(left, part with { Name = NameOf(plan, part.Name) }, problems, source))
                    .OfType<TensorData>(),
            ];
            if (parts.Length == weight.Parts.Count)
            {
                loaded[weight.Parameter.Name] = weight.Join(parts);
            }
        }

        problems.AddRange(left.Keys.Order(StringComparer.Ordinal)
            .Select(name => new InputProblem(source, 0, name, "a tensor", $"none of that name, as {PeftConfig.FileName} says")));
        return problems.Count == 0 ? loaded : throw new InputException(problems);
    }

    /// <summary>The tensors of a file that the adapters are.</summary>
    /// <param name="plan">The adapters.</param>
    /// <param name="config">The model that they adapt.</param>
    /// <param name="tensors">Their values by name.</param>
    public static IReadOnlyDictionary<string, TensorData> Save(
        AdapterPlan plan,
        PretrainedConfig config,
        IReadOnlyDictionary<string, TensorData> tensors)
    {
        IEnumerable<(string Name, TensorData Tensor)> layers = plan.Layers
            .SelectMany(layer => (string[])[layer.Down, layer.Up])
            .Select(name => (Prefix + name, tensors[name]));
        IEnumerable<(string Name, TensorData Tensor)> replaced = Replaced(plan, config)
            .SelectMany(weight => weight.Split(tensors[weight.Parameter.Name]))
            .Select(part => (NameOf(plan, part.Name), part.Tensor));
        return layers.Concat(replaced).ToDictionary(part => part.Name, part => part.Tensor, StringComparer.Ordinal);
    }

    private static IEnumerable<StoredWeight> Replaced(AdapterPlan plan, PretrainedConfig config)
    {
        var names = plan.Replaced.Select(planned => planned.Name).ToHashSet(StringComparer.Ordinal);
        return PretrainedWeights.Weights(config.Architecture, config.Shape, config.VocabularySize)
            .Where(weight => names.Contains(weight.Parameter.Name));
    }

    // PEFT wraps a layer that it adapts: the layer's own bias is one level down.
    private static string NameOf(AdapterPlan plan, string stored)
    {
        int dot = stored.LastIndexOf('.');
        return plan.Layers.Any(layer => layer.Module == stored[..dot])
            ? $"{Prefix}{stored[..dot]}{BaseLayer}{stored[(dot + 1)..]}"
            : Prefix + stored;
    }
}
