using System.Text.Json.Nodes;

namespace RlCore.Trainers.Models;

/// <summary>Writes config.json for a model that was made here, so that other programs open it.</summary>
internal static class PretrainedConfigWriter
{
    /// <summary>The text of config.json.</summary>
    /// <param name="config">The model.</param>
    /// <param name="beginning">The token that begins sequences; null for none.</param>
    /// <param name="endOfSequence">The token that ends a completion.</param>
    public static string Print(PretrainedConfig config, int? beginning, int endOfSequence)
    {
        var root = new JsonObject
        {
            [ConfigKey.Architectures] = new JsonArray(config.Architecture.ClassName),
            [ConfigKey.ModelType] = config.Architecture.ModelType,
            [ConfigKey.BosTokenId] = beginning,
            [ConfigKey.EosTokenId] = endOfSequence,
            [ConfigKey.InitializerRange] = config.Shape.InitStd,
            [ConfigKey.TieWordEmbeddings] = config.Shape.TiedHead,
            [ConfigKey.TorchType] = "float32",
            [ConfigKey.VocabularySize] = config.VocabularySize,
        };
        if (config.Architecture == Architecture.Gpt2)
        {
            AddGpt2(root, config.Shape);
        }
        else
        {
            AddRotary(root, config.Architecture, config.Shape);
        }

        return ConfigText.Print(root);
    }

    private static void AddGpt2(JsonObject root, ModelSettings shape)
    {
        root[ConfigKey.ActivationFunction] = "gelu_new";
        root[ConfigKey.Gpt2AttentionDropout] = 0.0;
        root[ConfigKey.Gpt2EmbeddingDropout] = 0.0;
        root[ConfigKey.Gpt2ResidualDropout] = 0.0;
        root[ConfigKey.LayerNormEpsilon] = shape.NormEpsilon;
        root[ConfigKey.Gpt2Width] = shape.Width;
        root[ConfigKey.Gpt2Heads] = shape.Heads;
        root[ConfigKey.Gpt2MlpWidth] = shape.ResolvedMlpWidth;
        root[ConfigKey.Gpt2Layers] = shape.Layers;
        root[ConfigKey.Gpt2Context] = shape.Context;
    }

    private static void AddRotary(JsonObject root, Architecture architecture, ModelSettings shape)
    {
        root[ConfigKey.HeadSize] = shape.HeadLayout.Size;
        root[ConfigKey.HiddenActivation] = "silu";
        root[ConfigKey.HiddenSize] = shape.Width;
        root[ConfigKey.IntermediateSize] = shape.ResolvedMlpWidth;
        root[ConfigKey.MaxPositionEmbeddings] = shape.Context;
        root[ConfigKey.NumAttentionHeads] = shape.Heads;
        root[ConfigKey.NumHiddenLayers] = shape.Layers;
        root[ConfigKey.NumKeyValueHeads] = shape.HeadLayout.KeyValueHeads;
        root[ConfigKey.RmsNormEpsilon] = shape.NormEpsilon;
        root[ConfigKey.RopeTheta] = shape.RotaryTheta;
        root[ConfigKey.RopeScaling] = Scaling(shape.RotaryScaling);
        if (architecture == Architecture.Llama || architecture == Architecture.Qwen3)
        {
            root[ConfigKey.AttentionBias] = shape.Biases is BiasKind.Attention or BiasKind.All;
        }

        if (architecture == Architecture.Llama)
        {
            root[ConfigKey.MlpBias] = shape.Biases == BiasKind.All;
        }
    }

    private static JsonObject? Scaling(RotaryScaling scaling) => scaling switch
    {
        RotaryScaling.Linear linear => new JsonObject { [ConfigKey.RopeType] = "linear", [ConfigKey.Factor] = linear.RotaryFactor },
        RotaryScaling.Llama3 llama => new JsonObject
        {
            [ConfigKey.RopeType] = "llama3",
            [ConfigKey.Factor] = llama.RotaryFactor,
            [ConfigKey.LowFrequencyFactor] = llama.LowFrequencyFactor,
            [ConfigKey.HighFrequencyFactor] = llama.HighFrequencyFactor,
            [ConfigKey.OriginalMaxPositionEmbeddings] = llama.OriginalContext,
        },
        RotaryScaling.Yarn yarn => new JsonObject
        {
            [ConfigKey.RopeType] = "yarn",
            [ConfigKey.Factor] = yarn.RotaryFactor,
            [ConfigKey.OriginalMaxPositionEmbeddings] = yarn.OriginalContext,
            [ConfigKey.BetaFast] = yarn.BetaFast,
            [ConfigKey.BetaSlow] = yarn.BetaSlow,
            [ConfigKey.AttentionFactor] = yarn.Magnitude,
        },
        _ => null,
    };
}
