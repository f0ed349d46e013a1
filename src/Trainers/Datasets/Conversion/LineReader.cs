namespace RlCore.Trainers.Datasets;

/// <summary>
/// The lines of a stream as bytes, without a byte-order mark and line ends (<c>\n</c>, <c>\r\n</c> or <c>\r</c>). A line is only valid
/// until the next one is read.
/// </summary>
/// <param name="stream">The stream.</param>
internal sealed class LineReader(Stream stream)
{
    /// <summary>Longest line, in bytes: as long as the longest row of a CSV file.</summary>
    public const int LongestLine = 64 << 20;

    private const int FirstBuffer = 1 << 16;

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private bool _hasBegun;
    private bool _hasEnded;

    /// <summary>Whether reading has stopped at a line that is longer than <see cref="LongestLine"/>.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>Whether there is one that is not too long.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            Fill(Mark.Length);
            _start += _buffer.AsSpan(_start, _end - _start).StartsWith(Mark) ? Mark.Length : 0;
        }

        line = default;
        for (int length = 0; !IsTooLong; Fill(length + 1))
        {
            int found = _buffer.AsSpan(_start + length, _end - _start - length).IndexOfAny((byte)'\n', (byte)'\r');
            if (found >= 0)
            {
                return Take(length + found, out line);
            }

            length = _end - _start;
            IsTooLong = length > LongestLine;
            if (_hasEnded && !IsTooLong)
            {
                line = _buffer.AsMemory(_start, length);
                _start = _end;
                return length > 0;
            }
        }

        return false;
    }

    // Takes a line of a length, and the line end behind it, which may be of two bytes.
    private bool Take(int length, out ReadOnlyMemory<byte> line)
    {
        Fill(length + 2);
        bool isPair = _end - _start >= length + 2 && _buffer[_start + length] == '\r' && _buffer[_start + length + 1] == '\n';
        line = _buffer.AsMemory(_start, length);
        _start += length + (isPair ? 2 : 1);
        return true;
    }

    // Reads until so many bytes are there, or the stream ends.
    private void Fill(int wanted)
    {
        if (_end - _start >= wanted || _hasEnded)
        {
            return;
        }

        if (_start + wanted > _buffer.Length)
        {
            byte[] target = wanted > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }

        while (_end - _start < wanted && !_hasEnded)
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _hasEnded = read == 0;
        }
    }
}
