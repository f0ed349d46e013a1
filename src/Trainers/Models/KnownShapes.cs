
namespace RlCore.Trainers.Models;

/// <summary>A published model's shape.</summary>
/// <param name="Name">Name, for display and for options.</param>
/// <param name="Settings">The shape.</param>
/// <param name="VocabularySize">Number of tokens.</param>
internal sealed record KnownShape(string Name, ModelSettings Settings, int VocabularySize);

/// <summary>Shapes of published models, from their own configuration files. Only the shapes: weights must be supplied.</summary>
internal static class KnownShapes
{
    private static readonly ModelSettings Llama = new()
    {
        Norm = NormKind.Rms,
        Positions = PositionKind.Rotary,
        Mlp = MlpKind.GatedSilu,
        Biases = BiasKind.None,
    };

    private static readonly ModelSettings Qwen2 = Llama with
    {
        Biases = BiasKind.QueryKeyValue,
        RotaryTheta = 1_000_000,
        NormEpsilon = 1e-6,
        Context = 32_768,
    };

    /// <summary>The shapes, from small to large.</summary>
    public static IReadOnlyList<KnownShape> All { get; } =
    [
        new("gpt2", new ModelSettings { Layers = 12, Width = 768, Heads = 12, Context = 1024 }, 50_257),
        new("qwen2-0.5b", Qwen2 with { Layers = 24, Width = 896, Heads = 14, KeyValueHeads = 2, MlpWidth = 4864 }, 151_936),
        new(
            "llama3.2-1b",
            Llama with
            {
                Layers = 16, Width = 2048, Heads = 32, KeyValueHeads = 8, MlpWidth = 8192, RotaryTheta = 500_000, Context = 131_072,
            },
            128_256),
        new("qwen2-1.5b", Qwen2 with { Layers = 28, Width = 1536, Heads = 12, KeyValueHeads = 2, MlpWidth = 8960 }, 151_936),
        new(
            "llama3.1-8b",
            Llama with
            {
                Layers = 32, Width = 4096, Heads = 32, KeyValueHeads = 8, MlpWidth = 14_336, RotaryTheta = 500_000, Context = 131_072,
                TiedHead = false,
            },
            128_256),
    ];
}
