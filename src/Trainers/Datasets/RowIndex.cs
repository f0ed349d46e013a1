namespace RlCore.Trainers.Datasets;

/// <summary>The positions of some of a file's rows, in bounded memory.</summary>
internal sealed class RowIndex
{
    private readonly List<Place> _places = [];
    private readonly int _most;
    private long _gap;

    /// <summary>Creates an empty index.</summary>
    /// <param name="memory">Its bounds.</param>
    public RowIndex(DatasetMemory memory)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memory.IndexPlaces, 2);
        _gap = Math.Max(1, memory.IndexGap);
        _most = memory.IndexPlaces;
    }

    /// <summary>Rows added.</summary>
    public int Count { get; private set; }

    /// <summary>Places held.</summary>
    public IReadOnlyList<Place> Places => _places;

    /// <summary>Adds the next row.</summary>
    /// <param name="offset">Byte of the file where it begins.</param>
    /// <param name="number">Its number, as a spreadsheet counts.</param>
    public void Add(long offset, long number)
    {
        if (IsFar(offset) && _places.Count == _most)
        {
            Thin();
        }

        if (IsFar(offset))
        {
            _places.Add(new Place(offset, number, Count));
        }

        Count = checked(Count + 1);
    }

    /// <summary>Index of the last place at or before a row.</summary>
    /// <param name="row">The row, from 0.</param>
    public int Find(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        int low = 0;
        for (int high = _places.Count - 1; low < high;)
        {
            int middle = high - ((high - low) / 2);
            (low, high) = _places[middle].Row <= row ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private bool IsFar(long offset) => _places.Count == 0 || offset - _places[^1].Offset >= _gap;

    private void Thin()
    {
        _gap *= 2;
        int kept = 0;
        _places.RemoveAll(_ => kept++ % 2 == 1);
    }

    /// <summary>A position in the file where a row begins.</summary>
    /// <param name="Offset">Its byte.</param>
    /// <param name="Number">The row's number, as a spreadsheet counts.</param>
    /// <param name="Row">The row, from 0.</param>
    public readonly record struct Place(long Offset, long Number, int Row);
}
