using System.Buffers;
using System.Collections;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// The examples of a file that has already been checked, read again whenever they are requested. Safe to use from several
/// threads.
/// </summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <typeparam name="TExample">What a row is made into.</typeparam>
internal sealed class StreamedExamples<TRow, TExample> : IReadOnlyList<TExample>
    where TRow : class
{
    private readonly DatasetFormat<TRow> _format;
    private readonly TableLayout _layout;
    private readonly DatasetChecks _checks;
    private readonly RowIndex _index;
    private readonly Func<TRow, TExample> _make;
    private readonly (long Length, DateTime Written) _file;

    /// <summary>Creates the examples over an index.</summary>
    /// <param name="format">The format of a row.</param>
    /// <param name="layout">The file and its columns.</param>
    /// <param name="checks">The requirements of the run.</param>
    /// <param name="index">The positions of its rows.</param>
    /// <param name="make">Makes an example from a row.</param>
    public StreamedExamples(DatasetFormat<TRow> format, TableLayout layout, DatasetChecks checks, RowIndex index, Func<TRow, TExample> make)
    {
        _format = format;
        _layout = layout;

        // Lengths and characters were checked when the index was made, unless rows are left out or cut for them.
        _checks = checks.Rows is { OnBadRow: BadRowAction.Refuse, OnLong: LongRowAction.Refuse }
            ? new DatasetChecks { Columns = checks.Columns, Readers = checks.Readers, OptionalAnswers = checks.OptionalAnswers }
            : checks;
        _index = index;
        _make = make;
        _file = State(layout.File);
    }

    /// <inheritdoc/>
    public int Count => _index.Count;

    /// <inheritdoc/>
    /// <exception cref="InputException">The file has changed.</exception>
    public TExample this[int index]
    {
        get
        {
            int place = _index.Find(index);
            return Read(place, index - _index.Places[place].Row).First();
        }
    }

    /// <summary>The examples in the order of the file, read a part at a time.</summary>
    public IEnumerator<TExample> GetEnumerator() =>
        Enumerable.Range(0, _index.Places.Count).SelectMany(place => Read(place, skip: 0)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<TExample> Read(int place, int skip)
    {
        if (State(_layout.File) != _file)
        {
            throw Changed();
        }

        var (offset, number, _) = _index.Places[place];
        long end = place + 1 < _index.Places.Count ? _index.Places[place + 1].Offset : _file.Length;

        // Starts from the line break before the row, so that U+FEFF at the start of a row is not taken for a byte-order mark.
        int length = checked((int)(end - offset + 1));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Fill(buffer.AsSpan(0, length), offset - 1);
            var problems = new RowProblems(_checks.Rows, new List<InputProblem>());
            foreach (TableRow row in Table.ReadPart(buffer.AsMemory(0, length), _layout, number - 1, problems))
            {
                // A row that is not read is one that was left out before.
                if (_format.TryRead(row, _checks, problems, out TRow? value) && skip-- <= 0)
                {
                    yield return _make(value);
                }
            }

            if (problems.Refused > 0)
            {
                throw Changed();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Fill(Span<byte> part, long offset)
    {
        using var handle = File.OpenHandle(_layout.File);
        for (int read = 0; read < part.Length;)
        {
            int more = RandomAccess.Read(handle, part[read..], offset + read);
            read += more > 0 ? more : throw Changed();
        }
    }

    private static (long Length, DateTime Written) State(string file)
    {
        var info = new FileInfo(file);
        return info.Exists ? (info.Length, info.LastWriteTimeUtc) : (-1, default);
    }

    private InputException Changed() => new(new InputProblem(
        _layout.File, 0, "", "different content from when the run began", "an unchanged file until the run ends, as rows are read "
            + "when they are needed"));
}
