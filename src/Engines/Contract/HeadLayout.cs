namespace RlCore.Engines;

/// <summary>Head counts of an attention layer. A packed row is [query heads | key heads | value heads].</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="Size">Width of one head.</param>
public readonly record struct HeadLayout(int Heads, int KeyValueHeads, int Size)
{
    /// <summary>Width of a packed row: (Heads + 2·KeyValueHeads)·Size.</summary>
    public int PackedWidth => (Heads + (2 * KeyValueHeads)) * Size;

    /// <summary>Width of the attention's output: Heads·Size.</summary>
    public int OutputWidth => Heads * Size;
}
