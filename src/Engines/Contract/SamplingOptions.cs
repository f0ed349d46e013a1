using RlCore.Algebra;

namespace RlCore.Engines;

/// <summary>
/// How tokens are sampled. The filters apply in the order temperature, top-k, top-p, min-p, each to the result of the previous one,
/// as in Hugging Face transformers; the distribution is renormalised at the end.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// Divides the logits; 0 means greedy, and as the temperature goes to 0 draws become greedy too, with ties drawn by lot.
    /// </summary>
    /// <value>1.</value>
    [Within(0)]
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k largest logits (ties with the k-th are kept); 0 keeps all.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of most probable tokens whose mass reaches this; 1 keeps all.</summary>
    /// <value>1.</value>
    [Within(0, 1, LowOpen = true)]
    public double TopP { get; init; } = 1;

    /// <summary>Keeps tokens of at least this fraction of the largest probability; 0 keeps all.</summary>
    /// <value>0.</value>
    [Within(0, 1, HighOpen = true)]
    public double MinP { get; init; }

    /// <summary>Greedy decoding: the most probable token.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };
}
