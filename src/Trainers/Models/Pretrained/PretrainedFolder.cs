using System.Text.Json.Nodes;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Models;

/// <summary>What a folder in Hugging Face's layout keeps of a model besides its weights and its tokenizer.</summary>
/// <param name="Config">What config.json says.</param>
/// <param name="Texts">config.json and generation_config.json as they were found: text by file name.</param>
/// <param name="Type">Type of the weights: the type of most of their elements.</param>
internal sealed record PretrainedIdentity(PretrainedConfig Config, IReadOnlyDictionary<string, string> Texts, NumberType Type)
{
    // transformers 5 has renamed the first to the second.
    private static readonly string[] TypeKeys = [ConfigKey.TorchType, ConfigKey.Type];

    /// <summary>The texts for weights of a type: untouched, but for the type where it is another.</summary>
    /// <param name="type">The type.</param>
    public IReadOnlyDictionary<string, string> TextsFor(NumberType type)
    {
        if (type == Type)
        {
            return Texts;
        }

        var texts = Texts.ToDictionary(StringComparer.Ordinal);
        JsonObject config = JsonNode.Parse(Texts[PretrainedConfig.FileName])!.AsObject();
        foreach (string key in TypeKeys.Where(config.ContainsKey))
        {
            config[key] = type switch { NumberType.F16 => "float16", NumberType.BF16 => "bfloat16", _ => "float32" };
        }

        texts[PretrainedConfig.FileName] = ConfigText.Print(config);
        return texts;
    }
}

/// <summary>A model's folder in Hugging Face's layout.</summary>
/// <param name="Identity">What it keeps besides weights and tokenizer.</param>
/// <param name="Parameters">The decoder's parameters, which are read when they are asked for.</param>
internal sealed record PretrainedFolder(PretrainedIdentity Identity, IReadOnlyDictionary<string, TensorData> Parameters)
{
    /// <summary>Whether a folder is one.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsOne(string folder) =>
        TryReadText(folder, PretrainedConfig.FileName, out string text) && PretrainedConfig.Describes(text);

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder; its files must not change while the model is used.</param>
    /// <exception cref="InputException">With every problem of its files.</exception>
    public static PretrainedFolder Open(string folder)
    {
        string file = Path.Combine(folder, PretrainedConfig.FileName);
        if (!TryReadText(folder, PretrainedConfig.FileName, out string text))
        {
            throw new InputException(InputFiles.Missing(file, "the configuration of a model"));
        }

        PretrainedConfig config = PretrainedConfig.Read(text, file);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { [PretrainedConfig.FileName] = text };
        if (TryReadText(folder, PretrainedFiles.Generation, out string generation))
        {
            texts[PretrainedFiles.Generation] = generation;
        }

        IReadOnlyDictionary<string, TensorData> parameters = PretrainedWeights.Load(config, ShardedSafetensors.Open(folder), folder);
        NumberType type = parameters.Values.GroupBy(tensor => tensor.Type).MaxBy(tensors => tensors.Sum(tensor => tensor.Count))!.Key;
        return new PretrainedFolder(new PretrainedIdentity(config, texts, type), parameters);
    }

    private static bool TryReadText(string folder, string name, out string text)
    {
        string file = Path.Combine(folder, name);
        text = File.Exists(file) ? File.ReadAllText(file) : "";
        return text.Length > 0;
    }
}
