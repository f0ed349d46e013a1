namespace RlCore.Trainers.Runs;

/// <summary>Takes a complete row of a table.</summary>
/// <param name="row">Its bytes, without the line end.</param>
/// <param name="offset">Where it begins in the file.</param>
internal delegate void RowReceiver(ReadOnlySpan<byte> row, long offset);

/// <summary>
/// The complete rows of a CSV file to which another process appends. A row that is half written is left for the next time. A file that
/// no longer has the last row where it was, as after a resume that cut it back, is read from the start.
/// </summary>
/// <param name="file">The file, which may not be there yet.</param>
internal sealed class GrowingRows(string file)
{
    private const int FirstBuffer = 1 << 18;
    private const int MostRemembered = 4096;

    private byte[] _lastRow = [];
    private long _end;

    /// <summary>The file.</summary>
    public string File => file;

    /// <summary>Names of the columns; empty before the header has been read.</summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>Reads what has come since the last time.</summary>
    /// <param name="restart">Called before the rows if they begin anew.</param>
    /// <param name="receive">Called with each row but the header.</param>
    /// <returns>Whether anything was read, or the rows began anew.</returns>
    public bool Read(Action restart, RowReceiver receive)
    {
        if (!TryOpen(file, out FileStream? stream))
        {
            return false;
        }

        using (stream)
        {
            bool replaced = _end > 0 && !Continues(stream);
            if (replaced)
            {
                (_end, _lastRow, Columns) = (0, [], []);
                restart();
            }

            long before = _end;
            if (stream.Length > _end)
            {
                stream.Position = _end;
                ReadRows(stream, receive);
            }

            return replaced || _end > before;
        }
    }

    /// <summary>Opens a file that another process may be writing, or replacing. A link is not opened: it may lead anywhere.</summary>
    /// <param name="file">The file.</param>
    /// <param name="stream">The open file.</param>
    /// <returns>Whether it is there and can be read.</returns>
    public static bool TryOpen(string file, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FileStream? stream)
    {
        stream = null;
        try
        {
            var info = new FileInfo(file);
            if (info.Exists && info.LinkTarget is null)
            {
                stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Gone since, or not ours to read: like one that is not there.
        }

        return stream is not null;
    }

    private bool Continues(FileStream stream)
    {
        if (stream.Length < _end)
        {
            return false;
        }

        byte[] there = new byte[_lastRow.Length];
        stream.Position = _end - there.Length;
        return stream.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && there.AsSpan().SequenceEqual(_lastRow);
    }

    private void ReadRows(FileStream stream, RowReceiver receive)
    {
        byte[] buffer = new byte[FirstBuffer];
        int filled = 0;
        for (int read; (read = stream.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            filled += read;
            int used = TakeRows(buffer.AsSpan(0, filled), receive);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, checked(buffer.Length * 2));
            }
        }
    }

    private int TakeRows(ReadOnlySpan<byte> bytes, RowReceiver receive)
    {
        int start = 0;
        for (int length; (length = CsvCells.LengthOfRow(bytes[start..])) >= 0;)
        {
            ReadOnlySpan<byte> row = bytes.Slice(start, length).TrimEnd((byte)'\r');
            if (Columns.Count == 0)
            {
                Columns = CsvCells.Texts(row);
            }
            else
            {
                receive(row, _end);
            }

            start += length + 1;
            _end += length + 1;
        }

        if (start > 0)
        {
            int from = start - 1 < MostRemembered ? 0 : start - MostRemembered;
            _lastRow = bytes[from..start].ToArray();
        }

        return start;
    }
}
