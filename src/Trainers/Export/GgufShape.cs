using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Export;

/// <summary>What the metadata of a GGUF file says of a model's shape.</summary>
internal static class GgufShape
{
    private static readonly RotaryScaling.Yarn UsualYarn = new();

    /// <summary>Adds the shape to the metadata.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="config">The model.</param>
    public static void Add(GgufMetadata metadata, GgufArchitecture architecture, PretrainedConfig config)
    {
        ModelSettings shape = config.Shape;
        string prefix = architecture.Name;
        metadata.Add($"{prefix}.vocab_size", config.VocabularySize);
        metadata.Add($"{prefix}.context_length", shape.Context);
        metadata.Add($"{prefix}.embedding_length", shape.Width);
        metadata.Add($"{prefix}.block_count", shape.Layers);
        metadata.Add($"{prefix}.feed_forward_length", shape.ResolvedMlpWidth);
        metadata.Add($"{prefix}.attention.head_count", shape.HeadLayout.Heads);
        if (shape.Norm == NormKind.Layer)
        {
            metadata.Add($"{prefix}.attention.layer_norm_epsilon", shape.NormEpsilon);
        }
        else
        {
            metadata.Add($"{prefix}.attention.head_count_kv", shape.HeadLayout.KeyValueHeads);
            metadata.Add($"{prefix}.attention.key_length", shape.HeadLayout.Size);
            metadata.Add($"{prefix}.attention.value_length", shape.HeadLayout.Size);
            metadata.Add($"{prefix}.attention.layer_norm_rms_epsilon", shape.NormEpsilon);
            metadata.Add($"{prefix}.rope.dimension_count", shape.HeadLayout.Size);
            metadata.Add($"{prefix}.rope.freq_base", shape.RotaryTheta);
            AddScaling(metadata, $"{prefix}.rope.scaling", shape.RotaryScaling);
        }
    }

    /// <summary>
    /// Factors by which llama.cpp divides the angle of each pair: angles as in pretraining over angles as they are scaled. Null where the
    /// metadata describes the scaling, or there is none.
    /// </summary>
    /// <param name="shape">The shape.</param>
    public static float[]? RotaryFactors(ModelSettings shape)
    {
        if (shape.Positions != PositionKind.Rotary || shape.RotaryScaling is not RotaryScaling.Llama3)
        {
            return null;
        }

        int size = shape.HeadLayout.Size;
        double[] scaled = shape.RotaryScaling.Angles(size, shape.RotaryTheta);
        double[] pretrained = new RotaryScaling.None().Angles(size, shape.RotaryTheta);
        return [.. pretrained.Zip(scaled, (before, after) => (float)(before / after))];
    }

    /// <summary>What llama.cpp cannot represent.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="config">The model.</param>
    /// <param name="source">Its file, for messages.</param>
    public static IEnumerable<InputProblem> Problems(GgufArchitecture architecture, PretrainedConfig config, string source)
    {
        ModelSettings shape = config.Shape;
        if (shape.RotaryScaling is RotaryScaling.Llama3 && !architecture.HasRotaryFactors)
        {
            yield return new InputProblem(
                source,
                0,
                ConfigKey.RopeScaling,
                "llama3",
                $"none, linear or yarn, as llama.cpp has no such scaling for {architecture.Name}");
        }

        if (shape.RotaryScaling is RotaryScaling.Yarn yarn)
        {
            (string Key, double Found, double Usual)[] betas =
                [(ConfigKey.BetaFast, yarn.BetaFast, UsualYarn.BetaFast), (ConfigKey.BetaSlow, yarn.BetaSlow, UsualYarn.BetaSlow)];
            foreach (var (key, found, usual) in betas.Where(beta => beta.Found != beta.Usual))
            {
                yield return new InputProblem(
                    source,
                    0,
                    $"{ConfigKey.RopeScaling}.{key}",
                    found.ToString(CultureInfo.InvariantCulture),
                    $"{usual.ToString(CultureInfo.InvariantCulture)}, as llama.cpp has no other for {architecture.Name}");
            }
        }

        if (shape.Biases == BiasKind.Attention && architecture.Name != "llama")
        {
            yield return new InputProblem(
                source, 0, ConfigKey.AttentionBias, "true", $"false, as llama.cpp has no such biases for {architecture.Name}");
        }
    }

    private static void AddScaling(GgufMetadata metadata, string prefix, RotaryScaling scaling)
    {
        switch (scaling)
        {
            case RotaryScaling.Linear linear:
                metadata.Add($"{prefix}.type", "linear");
                metadata.Add($"{prefix}.factor", linear.RotaryFactor);
                break;
            case RotaryScaling.Yarn yarn:
                metadata.Add($"{prefix}.type", "yarn");
                metadata.Add($"{prefix}.factor", yarn.RotaryFactor);
                metadata.Add($"{prefix}.original_context_length", yarn.OriginalContext);

                // llama.cpp multiplies by the usual magnitude on its own.
                double usual = (yarn with { AttentionFactor = 0 }).Magnitude;
                metadata.Add($"{prefix}.attn_factor", yarn.Magnitude / usual);
                break;
        }
    }
}
