using RlCore.SideBySide.Cases;
using RlCore.SideBySide.Sides;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>A decoder as a program of TorchSharp has it: modules under the names of Hugging Face's checkpoints.</summary>
/// <param name="name">Name of the module.</param>
internal abstract class CausalModel(string name) : Module<Tensor, KeyValueCache?, Tensor>(name)
{
    // What transformers puts before the names of the modules inside.
    private static readonly string[] Prefixes = ["transformer.", "model."];

    /// <summary>The output head, which is the embedding.</summary>
    public abstract Tensor Head { get; }

    /// <summary>A model with the weights of a folder.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="place">Where its folder is.</param>
    /// <param name="adapters">Adapters of all linear layers, beside which the weights are frozen; null for none.</param>
    public static CausalModel Load(ModelShape shape, BenchPlace place, AdapterPlan? adapters = null)
    {
        IReadOnlyDictionary<string, TensorData> stored = ShardedSafetensors.Open(place.Models.Folder(shape, NumberType.F32));
        return adapters is null
            ? Load(shape, stored)
            : Load(shape, new Dictionary<string, TensorData>([.. stored, .. adapters.Initial(BenchData.Seed, stored)]), adapters.Settings);
    }

    /// <summary>A model with given weights.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="stored">Tensors by the names of checkpoints.</param>
    /// <param name="lora">What adapters are like; null for none.</param>
    public static CausalModel Load(ModelShape shape, IReadOnlyDictionary<string, TensorData> stored, LoraSettings? lora = null)
    {
        CausalModel model = shape.Architecture == Architecture.Gpt2
            ? new Gpt2(shape.Settings, shape.VocabularySize)
            : new Llama(shape.Settings, shape.VocabularySize, lora);
        model.Fill(stored.ToDictionary(tensor => WithoutPrefix(tensor.Key), tensor => tensor.Value));
        return model;
    }

    /// <summary>Hidden states of the last layer, after its norm.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <param name="cache">What was read before; null for nothing, and nothing is kept.</param>
    public abstract Tensor Hidden(Tensor tokens, KeyValueCache? cache);

    /// <summary>Logits of all tokens.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <param name="cache">As for <see cref="Hidden"/>.</param>
    public override Tensor forward(Tensor tokens, KeyValueCache? cache) => functional.linear(Hidden(tokens, cache), Head);

    /// <summary>Logits of the last token of each row.</summary>
    /// <param name="tokens">[B, T].</param>
    /// <param name="cache">What was read before.</param>
    public Tensor Next(Tensor tokens, KeyValueCache cache) => functional.linear(Hidden(tokens, cache).select(1, -1), Head);

    private static string WithoutPrefix(string name) =>
        Array.Find(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } found ? name[found.Length..] : name;

    // GPT-2's checkpoints have the matrices of linear layers the other way round.
    private void Fill(Dictionary<string, TensorData> stored)
    {
        using var quiet = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            TensorData found = stored[name];
            using var scope = NewDisposeScope();
            Tensor values = tensor(found.ToArray(), [.. found.Shape.Select(extent => (long)extent)]);
            bool isTransposed = this is Gpt2 && name.StartsWith("h.", StringComparison.Ordinal) && values.dim() == 2;
            parameter.copy_(isTransposed ? values.t() : values);
        }
    }
}
