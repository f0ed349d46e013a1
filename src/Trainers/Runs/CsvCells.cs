using System.Text;

namespace RlCore.Trainers.Runs;

/// <summary>The cells of a row of a run's tables, one after the other (RFC 4180).</summary>
/// <param name="row">The row's bytes, without the line end.</param>
internal ref struct CsvCells(ReadOnlySpan<byte> row)
{
    private const byte Quote = (byte)'"';

    private ReadOnlySpan<byte> _rest = row;
    private bool _ended;

    /// <summary>The next cell, as it is written.</summary>
    /// <param name="cell">The cell, with its quotes if it has any.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryNext(out ReadOnlySpan<byte> cell)
    {
        cell = default;
        if (_ended)
        {
            return false;
        }

        int length = _rest.Length > 0 && _rest[0] == Quote ? LengthUntil((byte)',', _rest) : _rest.IndexOf((byte)',');
        _ended = length < 0;
        cell = _ended ? _rest : _rest[..length];
        _rest = _ended ? default : _rest[(length + 1)..];
        return true;
    }

    /// <summary>All cells of a row as text.</summary>
    /// <param name="row">The row's bytes, without the line end.</param>
    public static List<string> Texts(ReadOnlySpan<byte> row)
    {
        var texts = new List<string>();
        var cells = new CsvCells(row);
        while (cells.TryNext(out ReadOnlySpan<byte> cell))
        {
            texts.Add(Text(cell));
        }

        return texts;
    }

    /// <summary>A cell's text; bytes that are not UTF-8 become replacement characters.</summary>
    /// <param name="cell">The cell, as it is written.</param>
    public static string Text(ReadOnlySpan<byte> cell) => cell.Length >= 2 && cell[0] == Quote && cell[^1] == Quote
        ? Encoding.UTF8.GetString(cell[1..^1]).Replace("\"\"", "\"", StringComparison.Ordinal)
        : Encoding.UTF8.GetString(cell);

    /// <summary>The number of bytes before the end of the first row; -1 if it has no end yet. A line feed in quotes ends no row.</summary>
    /// <param name="bytes">Rows.</param>
    public static int LengthOfRow(ReadOnlySpan<byte> bytes) => LengthUntil((byte)'\n', bytes);

    private static int LengthUntil(byte end, ReadOnlySpan<byte> bytes)
    {
        bool quoted = false;
        for (int i = 0; ; i++)
        {
            int next = quoted ? bytes[i..].IndexOf(Quote) : bytes[i..].IndexOfAny(end, Quote);
            if (next < 0)
            {
                return -1;
            }

            i += next;
            if (bytes[i] == Quote)
            {
                quoted = !quoted;
            }
            else
            {
                return i;
            }
        }
    }
}
