namespace RlCore.Trainers.Datasets;

/// <summary>
/// How much memory an opened dataset may take, whatever the size of its file: smaller files are held; of larger ones an index
/// of places is held, and a row is read again whenever it is asked for.
/// </summary>
public sealed record DatasetMemory
{
    /// <summary>Largest file, in bytes, whose rows are held.</summary>
    /// <value>16 MiB.</value>
    public long HeldFile { get; init; } = 16L << 20;

    /// <summary>Least bytes of the file between two places of the index; a row is found by reading on from the place before it.</summary>
    /// <value>16 KiB.</value>
    public long IndexGap { get; init; } = 16L << 10;

    /// <summary>Most places of the index, 24 bytes each; the gap doubles when there would be more.</summary>
    /// <value>2¹⁸: 6 MiB.</value>
    public int IndexPlaces { get; init; } = 1 << 18;
}
