namespace RlCore.Trainers.Datasets;

/// <summary>
/// How much memory an opened dataset may use, whatever the size of its file: smaller files are kept in memory; for larger ones an index
/// of positions is kept, and a row is read again whenever it is requested.
/// </summary>
public sealed record DatasetMemory
{
    /// <summary>Largest file, in bytes, whose rows are kept in memory.</summary>
    /// <value>16 MiB.</value>
    public long HeldFile { get; init; } = 16L << 20;

    /// <summary>
    /// Minimum number of bytes between two positions of the index; a row is found by reading forward from the position before
    /// it.
    /// </summary>
    /// <value>16 KiB.</value>
    public long IndexGap { get; init; } = 16L << 10;

    /// <summary>Maximum number of positions in the index, 24 bytes each; the gap doubles when there would be more.</summary>
    /// <value>2¹⁸: 6 MiB.</value>
    public int IndexPlaces { get; init; } = 1 << 18;
}
