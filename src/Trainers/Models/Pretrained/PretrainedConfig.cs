using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>What config.json of a Hugging Face folder says of a model.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="VocabularySize">Number of tokens.</param>
internal sealed record PretrainedConfig(Architecture Architecture, ModelSettings Shape, int VocabularySize)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "config.json";

    private const int MostLayers = 10_000;

    /// <summary>
    /// The window of tokens that attention sees, if it is shorter than the sequences that positions allow; 0 for none. The context of the
    /// shape is limited to it: up to there, a window changes nothing.
    /// </summary>
    public int SlidingWindow { get; init; }

    /// <summary>Whether a text is the config.json of a Hugging Face folder, and not of a model of this program.</summary>
    /// <param name="json">The text.</param>
    public static bool Describes(string json)
    {
        try
        {
            using JsonDocument document = WholeJson.Parse(json, WholeJson.Foreign);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(ConfigKey.ModelType, out _);
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return true; // A key is no text: what reads the file says so.
        }
    }

    /// <summary>Reads config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Its file, for messages.</param>
    /// <exception cref="InputException">
    /// With every problem: a key that is missing, wrong, unknown, or known to change the mathematics in a way that is not supported.
    /// </exception>
    public static PretrainedConfig Read(string json, string source)
    {
        var problems = new List<InputProblem>();
        var keys = new ConfigKeys(JsonPart.Parse(json, source, "the configuration of a model"), problems);
        string type = keys.Text(ConfigKey.ModelType, "");
        Architecture architecture = Architecture.All.FirstOrDefault(known => known.ModelType == type)
            ?? throw new InputException(new InputProblem(
                source, 0, ConfigKey.ModelType, Characters.Quote(type),
                $"one of {string.Join(", ", Architecture.All.Select(known => known.ModelType))}{ReasonOf(type)}"));
        PretrainedConfig config = architecture == Architecture.Gpt2 ? ReadGpt2(keys) : ReadRotary(architecture, keys);
        keys.Skip(HarmlessKeys.All);
        keys.Finish();
        if (problems.Count == 0)
        {
            Check(config, (key, found, expected) => keys.Add(key, found, expected));
        }

        return problems.Count == 0 ? config : throw new InputException(problems);
    }

    private static string ReasonOf(string type) => type.StartsWith("gemma", StringComparison.Ordinal)
        ? "; Gemma scales its embeddings, norms each block four times and alternates two kinds of attention, which the decoder "
            + "here does not"
        : "";

    private static PretrainedConfig ReadGpt2(ConfigKeys keys)
    {
        keys.Require(ConfigKey.ActivationFunction, "\"gelu_new\"", "\"gelu_new\"", "\"gelu_pytorch_tanh\"");
        keys.Require("scale_attn_weights", "true", "true");
        keys.Require("scale_attn_by_inverse_layer_idx", "false", "false");
        keys.Require("add_cross_attention", "false", "false");
        var shape = new ModelSettings
        {
            Layers = keys.Count(ConfigKey.Gpt2Layers),
            Width = keys.Count(ConfigKey.Gpt2Width),
            Heads = keys.Count(ConfigKey.Gpt2Heads),
            MlpWidth = keys.Has(ConfigKey.Gpt2MlpWidth) ? keys.Count(ConfigKey.Gpt2MlpWidth) : 0,
            Context = keys.Count(ConfigKey.Gpt2Context, 1024),
            NormEpsilon = keys.Number(ConfigKey.LayerNormEpsilon, 1e-5),
            InitStd = keys.Number(ConfigKey.InitializerRange, 0.02),
            TiedHead = keys.Flag(ConfigKey.TieWordEmbeddings, true),
        };
        return new PretrainedConfig(Architecture.Gpt2, shape, keys.Count(ConfigKey.VocabularySize));
    }

    private static PretrainedConfig ReadRotary(Architecture architecture, ConfigKeys keys)
    {
        keys.Require(ConfigKey.HiddenActivation, "\"silu\"", "\"silu\"", "\"swish\"");
        keys.Require("rope_interleaved", "false", "false");
        int width = keys.Count(ConfigKey.HiddenSize);
        int heads = keys.Count(ConfigKey.NumAttentionHeads);
        int size = keys.Count(ConfigKey.HeadSize, architecture == Architecture.Qwen3 ? 128 : Math.Max(1, width / heads));
        int context = keys.Count(ConfigKey.MaxPositionEmbeddings);
        int window = WindowOf(architecture, keys);
        var (theta, scaling) = RotaryConfig.Read(keys, context);
        bool limited = window > 0 && window < context;
        var shape = new ModelSettings
        {
            Norm = NormKind.Rms,
            Positions = PositionKind.Rotary,
            Mlp = MlpKind.GatedSilu,
            Biases = BiasesOf(architecture, keys),
            HeadNorm = architecture == Architecture.Qwen3,
            Layers = keys.Count(ConfigKey.NumHiddenLayers),
            Width = width,
            Heads = heads,
            KeyValueHeads = keys.Count(ConfigKey.NumKeyValueHeads, heads),
            HeadSize = size * heads == width ? 0 : size,
            MlpWidth = keys.Count(ConfigKey.IntermediateSize),
            Context = limited ? window : context,
            NormEpsilon = keys.Number(ConfigKey.RmsNormEpsilon, 1e-6),
            RotaryTheta = theta,
            RotaryScaling = scaling,
            InitStd = keys.Number(ConfigKey.InitializerRange, 0.02),
            TiedHead = keys.Flag(ConfigKey.TieWordEmbeddings, false),
        };
        return new PretrainedConfig(architecture, shape, keys.Count(ConfigKey.VocabularySize)) { SlidingWindow = limited ? window : 0 };
    }

    private static BiasKind BiasesOf(Architecture architecture, ConfigKeys keys)
    {
        if (architecture == Architecture.Qwen2)
        {
            return BiasKind.QueryKeyValue;
        }

        bool attention = architecture != Architecture.Mistral && keys.Flag(ConfigKey.AttentionBias, false);
        bool mlp = architecture == Architecture.Llama && keys.Flag(ConfigKey.MlpBias, false);
        if (mlp && !attention)
        {
            keys.Add(ConfigKey.MlpBias, $"true, without {ConfigKey.AttentionBias}", "both or neither");
        }

        return mlp ? BiasKind.All : attention ? BiasKind.Attention : BiasKind.None;
    }

    // Mistral's window holds unless it is null; Qwen's is there but not used unless it says so.
    private static int WindowOf(Architecture architecture, ConfigKeys keys)
    {
        IReadOnlyList<string> layers = keys.Texts("layer_types");
        foreach (string other in layers.Where(layer => layer is not ("full_attention" or "sliding_attention")).Distinct())
        {
            keys.Add("layer_types", Characters.Quote(other), "full_attention or sliding_attention");
        }

        int window = keys.Has("sliding_window") ? keys.Count("sliding_window") : 0;
        bool used = architecture == Architecture.Mistral
            || keys.Flag("use_sliding_window", false)
            || layers.Contains("sliding_attention");
        return used ? window : 0;
    }

    // Sizes are checked before anything is made of them: a file is not to be believed.
    private static void Check(PretrainedConfig config, Action<string, string, string> add)
    {
        ModelSettings shape = config.Shape;
        long widest = Math.Max(
            Math.Max((long)config.VocabularySize, shape.Context),
            Math.Max(2L * shape.ResolvedMlpWidth, ((long)shape.Heads + (2L * shape.HeadLayout.KeyValueHeads)) * shape.HeadLayout.Size));
        if (shape.Layers > MostLayers)
        {
            add(ConfigKey.NumHiddenLayers, $"{shape.Layers}", $"at most {MostLayers}");
        }
        else if (widest * shape.Width > int.MaxValue)
        {
            add("", $"a parameter of {widest} rows of {shape.Width} numbers", "fewer than 2³¹ numbers in each");
        }
        else
        {
            ((Settings.ICheckedSettings)shape).Check((key, found, expected) => add(
                key switch { "heads" => ConfigKey.NumAttentionHeads, "keyValueHeads" => ConfigKey.NumKeyValueHeads, _ => key },
                found,
                expected));
        }
    }
}
