using System.Globalization;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>A decoder's parameters under the names and in the layout of Hugging Face's checkpoints, in both directions.</summary>
internal static class PretrainedWeights
{
    // Published GPT-2 checkpoints leave it out.
    private const string Gpt2Prefix = "transformer.";

    // Buffers that older versions of transformers stored beside the weights: constants, which the decoder makes for itself.
    private static readonly string[] Buffers = [".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq"];

    /// <summary>The decoder's parameters in the tensors of a checkpoint. Nothing is read yet.</summary>
    /// <param name="config">The model.</param>
    /// <param name="stored">The checkpoint's tensors.</param>
    /// <param name="source">The checkpoint, for messages.</param>
    /// <exception cref="InputException">With every tensor that is missing, too many, or of another shape or type.</exception>
    public static IReadOnlyDictionary<string, TensorData> Load(
        PretrainedConfig config,
        IReadOnlyDictionary<string, TensorData> stored,
        string source)
    {
        if (config.Shape.Layers > stored.Count)
        {
            throw new InputException(new InputProblem(
                source, 0, "",
                string.Create(CultureInfo.InvariantCulture, $"{stored.Count} tensors"),
                string.Create(CultureInfo.InvariantCulture, $"those of {config.Shape.Layers} layers, as config.json says")));
        }

        var problems = new List<InputProblem>();
        Dictionary<string, TensorData> left = ByFullName(config.Architecture, stored, source);
        var loaded = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (StoredWeight weight in Weights(config.Architecture, config.Shape, config.VocabularySize))
        {
            TensorData[] parts = [.. weight.Parts.Select(part => Take(left, part, problems, source)).OfType<TensorData>()];
            if (parts.Length == weight.Parts.Count)
            {
                loaded[weight.Parameter.Name] = weight.Join(parts);
            }
        }

        if (config.Shape.TiedHead)
        {
            left.Remove("lm_head.weight");
        }

        problems.AddRange(left.Keys
            .Where(name => !Array.Exists(Buffers, buffer => name.EndsWith(buffer, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)
            .Select(name => new InputProblem(source, 0, name, "a tensor", "none of that name, as config.json says")));
        return problems.Count == 0 ? loaded : throw new InputException(problems);
    }

    /// <summary>The tensors of a checkpoint under their full names, which published GPT-2 checkpoints shorten.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="stored">The checkpoint's tensors.</param>
    /// <param name="source">The checkpoint, for messages.</param>
    /// <exception cref="InputException">A tensor is there under both names.</exception>
    public static Dictionary<string, TensorData> ByFullName(
        Architecture architecture,
        IReadOnlyDictionary<string, TensorData> stored,
        string source)
    {
        var tensors = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var (name, tensor) in stored)
        {
            string full = FullName(architecture, name);
            if (!tensors.TryAdd(full, tensor))
            {
                throw new InputException(new InputProblem(
                    source, 0, full, $"the tensor with and without {Gpt2Prefix}", "each tensor once"));
            }
        }

        return tensors;
    }

    /// <summary>The tensors of a checkpoint that the decoder's parameters are. Nothing is read yet.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="parameters">The decoder's parameters by name.</param>
    public static IReadOnlyDictionary<string, TensorData> Save(
        Architecture architecture,
        ModelSettings shape,
        int vocabularySize,
        IReadOnlyDictionary<string, TensorData> parameters) =>
        Weights(architecture, shape, vocabularySize)
            .SelectMany(weight => weight.Split(parameters[weight.Parameter.Name]))
            .ToDictionary(part => part.Name, part => part.Tensor, StringComparer.Ordinal);

    /// <summary>Each of the decoder's parameters, with the tensors that it is stored in.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    public static IEnumerable<StoredWeight> Weights(Architecture architecture, ModelSettings shape, int vocabularySize)
    {
        var names = architecture.Names.ToDictionary(name => name.Parameter, StringComparer.Ordinal);
        foreach (PlannedParameter parameter in ParameterPlan.Create(shape, vocabularySize))
        {
            (string pattern, string layer) = PatternOf(parameter.Name);
            WeightName name = names[pattern];
            int[] rows = name.Stored.Count switch
            {
                3 => [shape.HeadLayout.OutputWidth, KeyWidth(shape), KeyWidth(shape)],
                2 => [shape.ResolvedMlpWidth, shape.ResolvedMlpWidth],
                _ => [parameter.IsVector ? parameter.Columns : parameter.Rows],
            };
            yield return new StoredWeight(
                parameter,
                [.. name.Stored.Select((stored, i) => new StoredPart(
                    stored.Replace("{0}", layer, StringComparison.Ordinal),
                    parameter.IsVector ? [rows[i]] : name.IsTransposed ? [parameter.Columns, rows[i]] : [rows[i], parameter.Columns]))],
                name.IsTransposed);
        }
    }

    private static int KeyWidth(ModelSettings shape) => shape.HeadLayout.KeyValueHeads * shape.HeadLayout.Size;

    // "blocks.12.mlp.up.weight" is "blocks.{0}.mlp.up.weight" and "12".
    private static (string Pattern, string Layer) PatternOf(string parameter)
    {
        string[] parts = parameter.Split('.');
        if (parts[0] != "blocks")
        {
            return (parameter, "");
        }

        string layer = parts[1];
        parts[1] = "{0}";
        return (string.Join('.', parts), layer);
    }

    private static string FullName(Architecture architecture, string name) =>
        architecture == Architecture.Gpt2 && name != "lm_head.weight" && !name.StartsWith(Gpt2Prefix, StringComparison.Ordinal)
            ? Gpt2Prefix + name
            : name;

    /// <summary>Takes a tensor out of those that are left.</summary>
    /// <param name="left">The tensors that nothing has taken yet.</param>
    /// <param name="part">Name and shape of the tensor.</param>
    /// <param name="problems">Receives what is wrong with it.</param>
    /// <param name="source">The checkpoint, for messages.</param>
    internal static TensorData? Take(Dictionary<string, TensorData> left, StoredPart part, List<InputProblem> problems, string source)
    {
        string expected = $"[{string.Join(", ", part.Shape)}] of F32, F16 or BF16, as config.json says";
        if (!left.Remove(part.Name, out TensorData? tensor))
        {
            problems.Add(new InputProblem(source, 0, part.Name, "nothing", expected));
            return null;
        }

        if (!tensor.Shape.SequenceEqual(part.Shape) || !tensor.Type.HoldsWeights())
        {
            problems.Add(new InputProblem(source, 0, part.Name, tensor.ToString(), expected));
            return null;
        }

        return tensor;
    }
}

/// <summary>A tensor of a checkpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape.</param>
internal sealed record StoredPart(string Name, int[] Shape);

/// <summary>A parameter and the tensors that it is stored in.</summary>
/// <param name="Parameter">The decoder's parameter.</param>
/// <param name="Parts">The tensors whose rows, one after the other, are the parameter's.</param>
/// <param name="IsTransposed">Whether they are stored as [inputs, outputs].</param>
internal sealed record StoredWeight(PlannedParameter Parameter, IReadOnlyList<StoredPart> Parts, bool IsTransposed)
{
    /// <summary>The parameter that tensors are.</summary>
    /// <param name="tensors">A tensor for each part.</param>
    public TensorData Join(IReadOnlyList<TensorData> tensors)
    {
        TensorData[] rows = [.. tensors.Select(tensor => IsTransposed ? new TransposedTensor(tensor) : tensor)];
        NumberType type = rows[0].Type;
        return new StackedTensor(
            [Parameter.Rows, Parameter.Columns],
            Array.TrueForAll(rows, row => row.Type == type) ? rows : [.. rows.Select(row => new ConvertedTensor(row, NumberType.F32))]);
    }

    /// <summary>The tensors that a parameter is.</summary>
    /// <param name="parameter">The parameter.</param>
    public IEnumerable<(string Name, TensorData Tensor)> Split(TensorData parameter)
    {
        long first = 0;
        foreach (StoredPart part in Parts)
        {
            int[] shape = IsTransposed ? [part.Shape[1], part.Shape[0]] : part.Shape;
            var rows = new TensorSlice(shape, parameter, first);
            first += rows.Count;
            yield return (part.Name, IsTransposed ? new TransposedTensor(rows) : rows);
        }
    }
}
