namespace RlCore.Algebra;

/// <summary>
/// A mask over a [batch, time] grid: immutable, compared by content. Masks come from lengths or from
/// explicit flags, never from a comparison of token ids with a padding id.
/// </summary>
public sealed class SequenceMask : IEquatable<SequenceMask>
{
    private readonly bool[] _flags;
    private readonly int[] _counts;

    private SequenceMask(int rows, int columns, bool[] flags)
    {
        Rows = rows;
        Columns = columns;
        _flags = flags;
        _counts = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            _counts[row] = flags.AsSpan(row * columns, columns).Count(true);
        }

        Count = _counts.Sum();
    }

    /// <summary>Number of rows (sequences).</summary>
    public int Rows { get; }

    /// <summary>Number of columns (time steps).</summary>
    public int Columns { get; }

    /// <summary>Number of elements that are set.</summary>
    public int Count { get; }

    /// <summary>All flags, row-major.</summary>
    public ReadOnlySpan<bool> Flags => _flags;

    /// <summary>Whether the element counts.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="column">Column, from 0.</param>
    public bool this[int row, int column] => _flags[(row * Columns) + column];

    /// <summary>A mask from row-major flags.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="flags">rows · columns flags, row-major; copied.</param>
    /// <exception cref="ArgumentException">The number of flags is not rows · columns.</exception>
    public static SequenceMask FromFlags(int rows, int columns, ReadOnlySpan<bool> flags)
    {
        CheckShape(rows, columns);
        if (flags.Length != rows * columns)
        {
            throw new ArgumentException(
                $"A mask of {rows} × {columns} needs {rows * columns} flags, but {flags.Length} were given.", nameof(flags));
        }

        return new SequenceMask(rows, columns, flags.ToArray());
    }

    /// <summary>A mask from row-major flags.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="flags">rows · columns flags, row-major; copied.</param>
    /// <exception cref="ArgumentException">The number of flags is not rows · columns.</exception>
    public static SequenceMask FromFlags(int rows, int columns, bool[] flags)
    {
        // An array of its own, as F# does not take the literal of an array for a span.
        ArgumentNullException.ThrowIfNull(flags);
        return FromFlags(rows, columns, flags.AsSpan());
    }

    /// <summary>A mask whose row i is set on columns [starts[i], starts[i] + lengths[i]).</summary>
    /// <param name="columns">Number of columns.</param>
    /// <param name="starts">First column of each row.</param>
    /// <param name="lengths">Number of columns of each row.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a row leaves the grid.</exception>
    public static SequenceMask FromRanges(int columns, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths)
    {
        CheckShape(starts.Length, columns);
        if (starts.Length != lengths.Length)
        {
            throw new ArgumentException(
                $"{starts.Length} starts and {lengths.Length} lengths: one of each a row is needed.", nameof(lengths));
        }

        var flags = new bool[starts.Length * columns];
        for (int row = 0; row < starts.Length; row++)
        {
            if (starts[row] < 0 || lengths[row] < 0 || starts[row] + lengths[row] > columns)
            {
                throw new ArgumentException(
                    $"Row {row} covers [{starts[row]}, {starts[row] + lengths[row]}), outside of its {columns} columns.", nameof(lengths));
            }

            flags.AsSpan((row * columns) + starts[row], lengths[row]).Fill(true);
        }

        return new SequenceMask(starts.Length, columns, flags);
    }

    /// <summary>A mask whose row i is set on columns [starts[i], starts[i] + lengths[i]).</summary>
    /// <param name="columns">Number of columns.</param>
    /// <param name="starts">First column of each row.</param>
    /// <param name="lengths">Number of columns of each row.</param>
    /// <exception cref="ArgumentException">The arrays differ in length, or a row leaves the grid.</exception>
    public static SequenceMask FromRanges(int columns, int[] starts, int[] lengths)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(lengths);
        return FromRanges(columns, starts.AsSpan(), lengths.AsSpan());
    }

    /// <summary>A mask with every element set.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    public static SequenceMask Full(int rows, int columns)
    {
        CheckShape(rows, columns);
        var flags = new bool[rows * columns];
        Array.Fill(flags, true);
        return new SequenceMask(rows, columns, flags);
    }

    /// <summary>Number of elements set in a row: |y| of that sequence, in tokens.</summary>
    /// <param name="row">Row, from 0.</param>
    public int CountInRow(int row) => _counts[row];

    /// <summary>The rows [first, first + count) as a separate mask.</summary>
    /// <param name="first">First row.</param>
    /// <param name="count">Number of rows.</param>
    public SequenceMask SliceRows(int first, int count) =>
        FromFlags(count, Columns, _flags.AsSpan(first * Columns, count * Columns));

    /// <inheritdoc/>
    public bool Equals(SequenceMask? other) =>
        other is not null && Rows == other.Rows && Columns == other.Columns && _flags.AsSpan().SequenceEqual(other._flags);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SequenceMask);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, Columns, Count);

    /// <summary>One line of 0 and 1 per row.</summary>
    public override string ToString() =>
        string.Join(
            '\n', Enumerable.Range(0, Rows).Select(r => string.Concat(Enumerable.Range(0, Columns).Select(c => this[r, c] ? '1' : '0'))));

    private static void CheckShape(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
    }
}
