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
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model_type", out _);
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
        using JsonDocument document = ConfigKeys.Parse(json, source, "the configuration of a model");
        var problems = new List<InputProblem>();
        var keys = new ConfigKeys(document.RootElement, source, "", problems);
        string type = keys.Text("model_type", "");
        Architecture architecture = Architecture.All.FirstOrDefault(known => known.ModelType == type)
            ?? throw new InputException(new InputProblem(
                source, 0, "model_type", Characters.Quote(type),
                $"one of {string.Join(", ", Architecture.All.Select(known => known.ModelType))}{ReasonOf(type)}"));
        PretrainedConfig config = architecture == Architecture.Gpt2 ? ReadGpt2(keys) : ReadRotary(architecture, keys);
        ConfigDefaults.SkipHarmless(keys);
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
        keys.Require("activation_function", "\"gelu_new\"", "\"gelu_new\"", "\"gelu_pytorch_tanh\"");
        keys.Require("scale_attn_weights", "true", "true");
        keys.Require("scale_attn_by_inverse_layer_idx", "false", "false");
        keys.Require("add_cross_attention", "false", "false");
        var shape = new ModelSettings
        {
            Layers = keys.Count("n_layer"),
            Width = keys.Count("n_embd"),
            Heads = keys.Count("n_head"),
            MlpWidth = keys.Has("n_inner") ? keys.Count("n_inner") : 0,
            Context = keys.Count("n_positions", 1024),
            NormEpsilon = keys.Number("layer_norm_epsilon", 1e-5),
            InitStd = keys.Number("initializer_range", 0.02),
            TiedHead = keys.Flag("tie_word_embeddings", true),
        };
        return new PretrainedConfig(Architecture.Gpt2, shape, keys.Count("vocab_size"));
    }

    private static PretrainedConfig ReadRotary(Architecture architecture, ConfigKeys keys)
    {
        keys.Require("hidden_act", "\"silu\"", "\"silu\"", "\"swish\"");
        keys.Require("rope_interleaved", "false", "false");
        int width = keys.Count("hidden_size");
        int heads = keys.Count("num_attention_heads");
        int size = keys.Count("head_dim", architecture == Architecture.Qwen3 ? 128 : Math.Max(1, width / heads));
        int context = keys.Count("max_position_embeddings");
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
            Layers = keys.Count("num_hidden_layers"),
            Width = width,
            Heads = heads,
            KeyValueHeads = keys.Count("num_key_value_heads", heads),
            HeadSize = size * heads == width ? 0 : size,
            MlpWidth = keys.Count("intermediate_size"),
            Context = limited ? window : context,
            NormEpsilon = keys.Number("rms_norm_eps", 1e-6),
            RotaryTheta = theta,
            RotaryScaling = scaling,
            InitStd = keys.Number("initializer_range", 0.02),
            TiedHead = keys.Flag("tie_word_embeddings", false),
        };
        return new PretrainedConfig(architecture, shape, keys.Count("vocab_size")) { SlidingWindow = limited ? window : 0 };
    }

    private static BiasKind BiasesOf(Architecture architecture, ConfigKeys keys)
    {
        if (architecture == Architecture.Qwen2)
        {
            return BiasKind.QueryKeyValue;
        }

        bool attention = architecture != Architecture.Mistral && keys.Flag("attention_bias", false);
        bool mlp = architecture == Architecture.Llama && keys.Flag("mlp_bias", false);
        if (mlp && !attention)
        {
            keys.Add("mlp_bias", "true, without attention_bias", "both or neither");
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
            add("num_hidden_layers", $"{shape.Layers}", $"at most {MostLayers}");
        }
        else if (widest * shape.Width > int.MaxValue)
        {
            add("", $"a parameter of {widest} rows of {shape.Width} numbers", "fewer than 2³¹ numbers in each");
        }
        else
        {
            ((Settings.ICheckedSettings)shape).Check((key, found, expected) => add(
                key switch { "heads" => "num_attention_heads", "keyValueHeads" => "num_key_value_heads", _ => key }, found, expected));
        }
    }
}
