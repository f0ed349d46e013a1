namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Text on its way through the normalizers. Each of its characters knows which characters of the original it stands for. Holds the
/// buffers of one thread.
/// </summary>
internal sealed class AlignedText
{
    private char[] _chars = [];
    private int[] _starts = [];
    private int[] _ends = [];
    private char[] _oldChars = [];
    private int[] _oldStarts = [];
    private int[] _oldEnds = [];
    private int _length;
    private int _oldLength;
    private bool _identity;
    private bool _oldIdentity;

    /// <summary>Whether the characters' origins are kept.</summary>
    public bool Aligned { get; private set; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    /// <summary>The text, to be changed character by character.</summary>
    public Span<char> Editable => _chars.AsSpan(0, _length);

    /// <summary>Takes a new text.</summary>
    /// <param name="text">The original.</param>
    /// <param name="aligned">Whether to keep the characters' origins.</param>
    public void Set(ReadOnlySpan<char> text, bool aligned)
    {
        Reserve(ref _chars, text.Length);
        text.CopyTo(_chars);
        (_length, Aligned, _identity) = (text.Length, aligned, true);
    }

    /// <summary>Takes a part of another text, with its origins.</summary>
    /// <param name="source">The other text.</param>
    /// <param name="start">The first character of the part.</param>
    /// <param name="end">The end of the part.</param>
    public void Set(AlignedText source, int start, int end)
    {
        Set(source.Chars[start..end], source.Aligned);
        _identity = false;
        if (Aligned)
        {
            Reserve(ref _starts, _length);
            Reserve(ref _ends, _length);
            for (int i = 0; i < _length; i++)
            {
                (_starts[i], _ends[i]) = (source.Start(start + i), source.End(start + i));
            }
        }
    }

    /// <summary>Where what a character stands for begins in the original.</summary>
    /// <param name="at">Its index.</param>
    public int Start(int at) => _identity || !Aligned ? at : _starts[at];

    /// <summary>Where what a character stands for ends in the original.</summary>
    /// <param name="at">Its index.</param>
    public int End(int at) => _identity || !Aligned ? at + 1 : _ends[at];

    /// <summary>Begins to rewrite the text.</summary>
    /// <returns>The text as it was; <see cref="Emit"/> writes the new one.</returns>
    public ReadOnlySpan<char> Rewrite()
    {
        (_chars, _oldChars) = (_oldChars, _chars);
        (_starts, _oldStarts) = (_oldStarts, _starts);
        (_ends, _oldEnds) = (_oldEnds, _ends);
        (_oldLength, _length) = (_length, 0);
        (_oldIdentity, _identity) = (_identity, false);
        return _oldChars.AsSpan(0, _oldLength);
    }

    /// <summary>Writes one character of the new text.</summary>
    /// <param name="character">The character.</param>
    /// <param name="from">The first character of the old text that it stands for.</param>
    /// <param name="to">The end of these; equal to <paramref name="from"/> for none.</param>
    public void Emit(char character, int from, int to)
    {
        if (_length == _chars.Length)
        {
            Reserve(ref _chars, _length + 1);
        }

        if (Aligned)
        {
            Reserve(ref _starts, _length + 1);
            Reserve(ref _ends, _length + 1);
            int start = OldStart(from);
            _starts[_length] = start;
            _ends[_length] = to > from ? OldEnd(to - 1) : start;
        }

        _chars[_length++] = character;
    }

    /// <summary>Puts text before the first character.</summary>
    /// <param name="prefix">It stands for nothing of the original.</param>
    public void Prepend(string prefix)
    {
        ReadOnlySpan<char> old = Rewrite();
        foreach (char character in prefix)
        {
            Emit(character, 0, 0);
        }

        if (Aligned)
        {
            for (int i = 0; i < old.Length; i++)
            {
                Emit(old[i], i, i + 1);
            }

            return;
        }

        Reserve(ref _chars, prefix.Length + old.Length);
        old.CopyTo(_chars.AsSpan(_length));
        _length += old.Length;
    }

    private int OldStart(int at) => _oldIdentity ? at : at < _oldLength ? _oldStarts[at] : _oldLength > 0 ? _oldEnds[_oldLength - 1] : 0;

    private int OldEnd(int at) => _oldIdentity ? at + 1 : _oldEnds[at];

    private static void Reserve<T>(ref T[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            Array.Resize(ref buffer, Math.Max(count, Math.Max(64, buffer.Length * 2)));
        }
    }
}
