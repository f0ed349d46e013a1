using System.Text.Unicode;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Puts the bytes of tokens together. Bytes that a tokenizer wrote for one unknown character are held back until a token of another kind
/// comes: if they are not UTF-8 as a whole, each is a replacement character.
/// </summary>
/// <param name="texts">What each token reads as.</param>
/// <param name="skipped">Tokens that read as nothing.</param>
internal sealed class TextAssembler(TokenTexts texts, IReadOnlySet<int> skipped)
{
    private byte[] _bytes = new byte[256];
    private byte[] _scratch = new byte[64];
    private int _count;
    private int _held;
    private int _toStrip = texts.Rules.StripStart;
    private bool _first = true;

    /// <summary>The bytes that nothing will change.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    /// <summary>Forgets the bytes that nothing will change.</summary>
    public void Take()
    {
        _bytes.AsSpan(_count, _held).CopyTo(_bytes);
        _count = 0;
    }

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside of the vocabulary.</exception>
    public void Add(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, texts.Size);
        if (skipped.Contains(id))
        {
            return;
        }

        ReadOnlySpan<byte> text = texts.Read(id, _first, ref _scratch, out bool isByte);
        _first = false;
        if (isByte)
        {
            Reserve(1);
            _bytes[_count + _held++] = text[0];
            return;
        }

        Release();
        Append(text);
    }

    /// <summary>Says that no token follows.</summary>
    public void Release()
    {
        if (_held == 0)
        {
            return;
        }

        byte[] held = _bytes.AsSpan(_count, _held).ToArray();
        _held = 0;
        if (Utf8.IsValid(held))
        {
            Append(held);
            return;
        }

        foreach (byte _ in held)
        {
            Append("\uFFFD"u8);
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        while (_toStrip > 0 && text.Length > 0)
        {
            bool strip = text[0] == texts.Rules.Stripped;
            _toStrip = strip ? _toStrip - 1 : 0;
            text = strip ? text[1..] : text;
        }

        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_count));
        _count += text.Length;
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - _count - _held < length)
        {
            Array.Resize(ref _bytes, (_bytes.Length * 2) + length);
        }
    }
}
