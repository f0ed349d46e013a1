using System.Text.Json;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

using Architecture = RlCore.Trainers.Models.Architecture;

/// <summary>Small random models in Hugging Face's layout, with a tokenizer of bytes.</summary>
internal static class RandomModels
{
    /// <summary>256 bytes, the end of sequence, and a few ids without a token.</summary>
    public const int VocabularySize = 260;

    private static readonly ModelSettings Rotary = new()
    {
        Layers = 2,
        Width = 24,
        Heads = 4,
        KeyValueHeads = 2,
        MlpWidth = 40,
        Context = 64,
        Norm = NormKind.Rms,
        Positions = PositionKind.Rotary,
        Mlp = MlpKind.GatedSilu,
        Biases = BiasKind.None,
        InitStd = 0.3,
        TiedHead = false,
    };

    /// <summary>A shape of each architecture.</summary>
    public static IReadOnlyDictionary<string, ModelSettings> Shapes { get; } = new Dictionary<string, ModelSettings>
    {
        ["gpt2"] = new() { Layers = 2, Width = 24, Heads = 4, MlpWidth = 40, Context = 64, InitStd = 0.3 },
        ["llama"] = Rotary with { Biases = BiasKind.Attention, RotaryScaling = new RotaryScaling.Llama3(8, 1, 4, 32) },
        ["mistral"] = Rotary,
        ["qwen2"] = Rotary with { Biases = BiasKind.QueryKeyValue, TiedHead = true },
        ["qwen3"] = Rotary with { HeadNorm = true, HeadSize = 10, RotaryScaling = new RotaryScaling.Yarn(2, 32, AttentionFactor: 1.25) },
    };

    /// <summary>Writes a model.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="modelType">Its architecture.</param>
    /// <param name="type">Type of its weights.</param>
    /// <param name="mostBytes">Bytes of a file.</param>
    public static string Write(string folder, string modelType, NumberType type = NumberType.F32, long mostBytes = long.MaxValue)
    {
        Directory.CreateDirectory(folder);
        Architecture architecture = Architecture.All.First(known => known.ModelType == modelType);
        ModelSettings shape = Shapes[modelType];
        var parameters = ParameterPlan.Create(shape, VocabularySize).Select((planned, index) => (planned, index)).ToDictionary(
            item => item.planned.Name,
            TensorData (item) => new ConvertedTensor(
                new SafetensorsTensor([item.planned.Rows, item.planned.Columns], Values(item.planned, item.index)), type));
        foreach (var (name, write) in ShardedSafetensors.Files(
            PretrainedWeights.Save(architecture, shape, VocabularySize, parameters), mostBytes))
        {
            using FileStream stream = File.Create(Path.Combine(folder, name));
            write(stream);
        }

        string config = PretrainedConfigWriter.Print(new PretrainedConfig(architecture, shape, VocabularySize), null, 256);
        string dtype = type switch { NumberType.F16 => "float16", NumberType.BF16 => "bfloat16", _ => "float32" };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.Replace("float32", dtype, StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), """{ "eos_token_id": 256 }""");
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{ "eos_token": "<|endoftext|>" }""");
        return folder;
    }

    // Vectors too are random, so that a gain or a bias in the wrong place is seen.
    private static float[] Values(PlannedParameter planned, int index)
    {
        float[] values = (planned with { Start = ParameterStart.Normal, Std = 0.3 }).InitialValues(7, index);
        return planned.Start == ParameterStart.One ? [.. values.Select(value => 1 + value)] : values;
    }

    private static string Tokenizer()
    {
        var vocabulary = new Dictionary<string, int>();
        int beyond = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (> 32 and < 127) or (> 160 and not 173);
            vocabulary[((char)(isPrintable ? value : beyond++)).ToString()] = value;
        }

        return JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = new[]
            {
                new
                {
                    id = 256, content = "<|endoftext|>", single_word = false, lstrip = false, rstrip = false, normalized = false,
                    special = true,
                },
            },
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
            decoder = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() },
        });
    }
}
