using RlCore.Trainers.Models;

namespace RlCore.SideBySide.Cases;

/// <summary>The shape of a model that is compared.</summary>
/// <param name="Name">Its letter, or the name of its recipe.</param>
/// <param name="Title">What it is, for tables.</param>
/// <param name="Settings">The shape.</param>
/// <param name="VocabularySize">Number of tokens.</param>
internal sealed record ModelShape(string Name, string Title, ModelSettings Settings, int VocabularySize)
{
    // Enough for the longest sequence of a case.
    private const int Context = 512;

    private static readonly ModelSettings Llama = new()
    {
        Context = Context,
        Norm = NormKind.Rms,
        Positions = PositionKind.Rotary,
        Mlp = MlpKind.GatedSilu,
        Biases = BiasKind.None,
    };

    /// <summary>A small GPT-2.</summary>
    public static ModelShape B { get; } =
        new("B", "GPT-2, d 256, 4 layers", new ModelSettings { Context = Context, Layers = 4, Width = 256, Heads = 4 }, 512);

    /// <summary>A small Llama.</summary>
    public static ModelShape C { get; } =
        new("C", "Llama, d 512, 8 layers", Llama with { Layers = 8, Width = 512, Heads = 8, MlpWidth = 1408 }, 8192);

    /// <summary>SmolLM2-135M.</summary>
    public static ModelShape D { get; } = new(
        "D",
        "SmolLM2-135M",
        Llama with { Layers = 30, Width = 576, Heads = 9, KeyValueHeads = 3, MlpWidth = 1536, RotaryTheta = 100_000 },
        49_152);

    /// <summary>What Hugging Face's checkpoints call the architecture.</summary>
    public Architecture Architecture => Architecture.TryFind(Settings, out Architecture? found)
        ? found
        : throw new InvalidOperationException($"{Name} has no architecture of Hugging Face's.");

    /// <summary>The same with few layers, for a quick look.</summary>
    public ModelShape Shallow => this with { Settings = Settings with { Layers = Math.Min(2, Settings.Layers) } };

    /// <summary>Elements of the matrices of all blocks.</summary>
    public long BlockWeights => ParameterPlan.Create(Settings, VocabularySize)
        .Where(planned => !planned.IsVector && planned.Name.StartsWith("blocks.", StringComparison.Ordinal))
        .Sum(planned => (long)planned.Size);

    /// <summary>Elements of the output head.</summary>
    public long HeadWeights => (long)VocabularySize * Settings.Width;

    /// <summary>
    /// Operations of the attention of one sequence, forward: products of queries and keys, and of weights and values.
    /// </summary>
    /// <param name="time">Its tokens.</param>
    public double AttentionFlops(int time) => 2.0 * time * (time + 1) * Settings.HeadLayout.OutputWidth * Settings.Layers;
}
