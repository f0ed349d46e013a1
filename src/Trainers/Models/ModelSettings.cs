using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Models;

/// <summary>The shape of a decoder transformer. One model class implements all shapes; GPT-2 and Llama are values of this record.</summary>
public sealed record ModelSettings : ICheckedSettings, IPartlyWritten
{
    /// <summary>
    /// The model to start from: a folder in Hugging Face's layout, a checkpoint's or a run's, or a name on a hub (org/name or
    /// org/name@revision); empty for random weights. It brings the shape and the tokenizer.
    /// </summary>
    /// <value>"".</value>
    public string From { get; init; } = "";

    /// <summary>Transformer blocks.</summary>
    /// <value>2.</value>
    [Within(1)]
    public int Layers { get; init; } = 2;

    /// <summary>Width of the residual stream.</summary>
    /// <value>128.</value>
    [Within(1)]
    public int Width { get; init; } = 128;

    /// <summary>Query heads; divides the width, unless heads have a size of their own.</summary>
    /// <value>4.</value>
    [Within(1)]
    public int Heads { get; init; } = 4;

    /// <summary>Key and value heads; divides the query heads; 0 means as many as query heads.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int KeyValueHeads { get; init; }

    /// <summary>Width of a head; 0 means width / heads.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int HeadSize { get; init; }

    /// <summary>Whether queries and keys are normed, head by head, before positions are encoded (Qwen3).</summary>
    /// <value>false.</value>
    public bool HeadNorm { get; init; }

    /// <summary>Width inside the MLP; 0 means 4 · width.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int MlpWidth { get; init; }

    /// <summary>Maximum tokens per sequence, prompt and completion together.</summary>
    /// <value>64.</value>
    [Within(2)]
    public int Context { get; init; } = 64;

    /// <summary>Norm before attention, before the MLP and at the end.</summary>
    /// <value>Layer.</value>
    public NormKind Norm { get; init; } = NormKind.Layer;

    /// <summary>How token positions are encoded.</summary>
    /// <value>Learned.</value>
    public PositionKind Positions { get; init; } = PositionKind.Learned;

    /// <summary>Base of the rotary angles; used only with rotary positions.</summary>
    /// <value>10,000.</value>
    [Within(0, LowOpen = true)]
    public double RotaryTheta { get; init; } = 10_000;

    /// <summary>
    /// How rotary angles are changed for sequences that are longer than those of pretraining; used only with rotary positions.
    /// </summary>
    /// <value>None.</value>
    [Inline]
    public RotaryScaling RotaryScaling { get; init; } = new RotaryScaling.None();

    /// <summary>Form of the MLP.</summary>
    /// <value>Gelu.</value>
    public MlpKind Mlp { get; init; } = MlpKind.Gelu;

    /// <summary>Which linear layers have a bias.</summary>
    /// <value>All.</value>
    public BiasKind Biases { get; init; } = BiasKind.All;

    /// <summary>Whether the output head is the token embedding.</summary>
    /// <value>true.</value>
    public bool TiedHead { get; init; } = true;

    /// <summary>Standard deviation of initial weights; residual projections are scaled by 1/√(2·layers) (GPT-2).</summary>
    /// <value>0.02.</value>
    [Within(0, LowOpen = true)]
    public double InitStd { get; init; } = 0.02;

    /// <summary>ε of the norms.</summary>
    /// <value>1e-5.</value>
    [Within(0, LowOpen = true)]
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Head counts and size.</summary>
    public HeadLayout HeadLayout => new(Heads, KeyValueHeads == 0 ? Heads : KeyValueHeads, HeadSize == 0 ? Width / Heads : HeadSize);

    /// <summary>Numbers that a key/value cache holds for each token: a key and a value of every layer.</summary>
    internal long CacheNumbersPerToken => 2L * Layers * HeadLayout.KeyValueHeads * HeadLayout.Size;

    /// <summary>Width inside the MLP, resolved.</summary>
    public int ResolvedMlpWidth => MlpWidth == 0 ? 4 * Width : MlpWidth;

    /// <summary>Reads a shape from text, with the checks that a recipe's has.</summary>
    /// <param name="json">Made by <see cref="Print"/>.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InputException">With every problem of the text.</exception>
    public static ModelSettings Read(string json, string source) =>
        SettingsJson.Read(json, source, new ModelSettings(), "the shape of a model");

    /// <summary>The shape as JSON: config.json.</summary>
    public string Print() => SettingsWriter.Print(this);

    // What a folder brings, a recipe that starts from it does not say.
    bool IPartlyWritten.Writes(string setting) => From.Length > 0 == (setting == nameof(From));

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        if (HeadSize == 0 && Width % Heads != 0)
        {
            add("heads", $"{Heads}, with a width of {Width}", "a divisor of the width, or a headSize");
        }
        else if (Positions == PositionKind.Rotary && HeadLayout.Size % 2 != 0)
        {
            add("heads", $"heads of width {HeadLayout.Size}", "heads of an even width, as rotary positions rotate pairs");
        }

        if (KeyValueHeads > 0 && Heads % KeyValueHeads != 0)
        {
            add("keyValueHeads", $"{KeyValueHeads}, with {Heads} heads", "a divisor of the heads, or 0 for the same number");
        }
    }
}

/// <summary>Norms of a transformer block.</summary>
public enum NormKind
{
    /// <summary>Layer norm with gain and bias (GPT-2).</summary>
    Layer,

    /// <summary>Root-mean-square norm with gain (Llama).</summary>
    Rms,
}

/// <summary>How a transformer encodes token positions.</summary>
public enum PositionKind
{
    /// <summary>A learned vector per position, added to the embedding (GPT-2).</summary>
    Learned,

    /// <summary>Rotation of queries and keys (Llama).</summary>
    Rotary,
}

/// <summary>Forms of a transformer's MLP.</summary>
public enum MlpKind
{
    /// <summary>down(gelu(up(x))) (GPT-2).</summary>
    Gelu,

    /// <summary>down(silu(gate(x)) · up(x)) (Llama).</summary>
    GatedSilu,
}

/// <summary>Which linear layers of a transformer have a bias.</summary>
public enum BiasKind
{
    /// <summary>Every linear layer of a block (GPT-2).</summary>
    All,

    /// <summary>The query, key and value projections alone (Qwen2).</summary>
    QueryKeyValue,

    /// <summary>The projections of attention, its output included.</summary>
    Attention,

    /// <summary>None (Llama).</summary>
    None,
}
