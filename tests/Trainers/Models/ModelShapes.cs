using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>Small models of each family.</summary>
internal static class ModelShapes
{
    public static IReadOnlyList<string> Names { get; } = ["gpt2", "llama", "qwen2", "qwen3"];

    public static ModelSettings Of(string name)
    {
        var gpt2 = new ModelSettings { Layers = 2, Width = 24, Heads = 4, Context = 16, InitStd = 0.3 };
        return name switch
        {
            "gpt2" => gpt2,
            "llama" => gpt2 with
            {
                Norm = NormKind.Rms,
                Positions = PositionKind.Rotary,
                Mlp = MlpKind.GatedSilu,
                Biases = BiasKind.None,
                KeyValueHeads = 2,
                MlpWidth = 36,
                TiedHead = false,
            },
            "qwen2" => gpt2 with
            {
                Norm = NormKind.Rms,
                Positions = PositionKind.Rotary,
                Mlp = MlpKind.GatedSilu,
                Biases = BiasKind.QueryKeyValue,
                KeyValueHeads = 1,
                MlpWidth = 40,
            },
            "qwen3" => gpt2 with
            {
                Norm = NormKind.Rms,
                Positions = PositionKind.Rotary,
                RotaryScaling = new RotaryScaling.Yarn(2, 8),
                Mlp = MlpKind.GatedSilu,
                Biases = BiasKind.None,
                HeadNorm = true,
                HeadSize = 10,
                KeyValueHeads = 2,
                MlpWidth = 40,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Known shapes: gpt2, llama, qwen2, qwen3."),
        };
    }
}
