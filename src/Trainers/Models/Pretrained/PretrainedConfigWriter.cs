using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RlCore.Trainers.Models;

/// <summary>Writes config.json for a model that was made here, so that other programs open it.</summary>
internal static class PretrainedConfigWriter
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text of config.json.</summary>
    /// <param name="config">The model.</param>
    /// <param name="beginning">The token that begins sequences; null for none.</param>
    /// <param name="endOfSequence">The token that ends a completion.</param>
    public static string Print(PretrainedConfig config, int? beginning, int endOfSequence)
    {
        var root = new JsonObject
        {
            ["architectures"] = new JsonArray(config.Architecture.ClassName),
            ["model_type"] = config.Architecture.ModelType,
            ["bos_token_id"] = beginning,
            ["eos_token_id"] = endOfSequence,
            ["initializer_range"] = config.Shape.InitStd,
            ["tie_word_embeddings"] = config.Shape.TiedHead,
            ["torch_dtype"] = "float32",
            ["vocab_size"] = config.VocabularySize,
        };
        if (config.Architecture == Architecture.Gpt2)
        {
            AddGpt2(root, config.Shape);
        }
        else
        {
            AddRotary(root, config.Architecture, config.Shape);
        }

        return root.ToJsonString(Options) + "\n";
    }

    private static void AddGpt2(JsonObject root, ModelSettings shape)
    {
        root["activation_function"] = "gelu_new";
        root["attn_pdrop"] = 0.0;
        root["embd_pdrop"] = 0.0;
        root["resid_pdrop"] = 0.0;
        root["layer_norm_epsilon"] = shape.NormEpsilon;
        root["n_embd"] = shape.Width;
        root["n_head"] = shape.Heads;
        root["n_inner"] = shape.ResolvedMlpWidth;
        root["n_layer"] = shape.Layers;
        root["n_positions"] = shape.Context;
    }

    private static void AddRotary(JsonObject root, Architecture architecture, ModelSettings shape)
    {
        root["head_dim"] = shape.HeadLayout.Size;
        root["hidden_act"] = "silu";
        root["hidden_size"] = shape.Width;
        root["intermediate_size"] = shape.ResolvedMlpWidth;
        root["max_position_embeddings"] = shape.Context;
        root["num_attention_heads"] = shape.Heads;
        root["num_hidden_layers"] = shape.Layers;
        root["num_key_value_heads"] = shape.HeadLayout.KeyValueHeads;
        root["rms_norm_eps"] = shape.NormEpsilon;
        root["rope_theta"] = shape.RotaryTheta;
        root["rope_scaling"] = Scaling(shape.RotaryScaling);
        if (architecture == Architecture.Llama || architecture == Architecture.Qwen3)
        {
            root["attention_bias"] = shape.Biases is BiasKind.Attention or BiasKind.All;
        }

        if (architecture == Architecture.Llama)
        {
            root["mlp_bias"] = shape.Biases == BiasKind.All;
        }
    }

    private static JsonObject? Scaling(RotaryScaling scaling) => scaling switch
    {
        RotaryScaling.Linear linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.RotaryFactor },
        RotaryScaling.Llama3 llama => new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = llama.RotaryFactor,
            ["low_freq_factor"] = llama.LowFrequencyFactor,
            ["high_freq_factor"] = llama.HighFrequencyFactor,
            ["original_max_position_embeddings"] = llama.OriginalContext,
        },
        RotaryScaling.Yarn yarn => new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = yarn.RotaryFactor,
            ["original_max_position_embeddings"] = yarn.OriginalContext,
            ["beta_fast"] = yarn.BetaFast,
            ["beta_slow"] = yarn.BetaSlow,
            ["attention_factor"] = yarn.Magnitude,
        },
        _ => null,
    };
}
