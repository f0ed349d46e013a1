using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>What each token reads as, in bytes. Immutable.</summary>
internal sealed class TokenTexts
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, string> _added;
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly bool[] _isByte;

    /// <summary>Reads the texts off a tokenizer.</summary>
    /// <param name="parts">What tokenizer.json says.</param>
    /// <param name="size">Number of ids.</param>
    public TokenTexts(TokenizerParts parts, int size)
    {
        _parts = parts;
        _added = parts.Added.ToDictionary(token => token.Id, token => token.Content);
        _starts = new int[size + 1];
        _isByte = new bool[size];
        var bytes = new byte[1024];
        int used = 0;
        for (int id = 0; id < size; id++)
        {
            ReadOnlySpan<byte> content = Content(id);
            if (content.Length * 4 > bytes.Length - used)
            {
                Array.Resize(ref bytes, (bytes.Length * 2) + (content.Length * 4));
            }

            used += Write(content, bytes.AsSpan(used), out _isByte[id]);
            _starts[id + 1] = used;
        }

        _bytes = bytes[..used];
    }

    /// <summary>Number of ids.</summary>
    public int Size => _isByte.Length;

    /// <summary>How tokens become text.</summary>
    public DecoderRules Rules => _parts.Decoder;

    /// <summary>What a token reads as.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="first">Whether no token is before it.</param>
    public ReadOnlySpan<byte> Read(int id, bool first) => first && Rules.FirstLoses != '\0'
        ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Content(id)).Replace(Rules.FirstLoses.ToString(), "", StringComparison.Ordinal))
        : _bytes.AsSpan(_starts[id].._starts[id + 1]);

    /// <summary>Whether a token is one byte of a character.</summary>
    /// <param name="id">Its id.</param>
    public bool IsByte(int id) => _isByte[id];

    /// <summary>The byte that <c>&lt;0x41&gt;</c> names; −1 if a token is not of this form.</summary>
    /// <param name="token">The token as UTF-8.</param>
    public static int ByteOf(ReadOnlySpan<byte> token) =>
        token.Length == 6 && token.StartsWith("<0x"u8) && token[5] == (byte)'>'
        && byte.TryParse(token.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : -1;

    private ReadOnlySpan<byte> Content(int id) => _added.TryGetValue(id, out string? content) ? Encoding.UTF8.GetBytes(content)
        : _parts.Model.Tokens.Has(id) ? _parts.Model.Tokens[id]
        : [];

    private int Write(ReadOnlySpan<byte> content, Span<byte> target, out bool isByte)
    {
        isByte = false;
        if (Rules.OfBytes)
        {
            return ByteAlphabet.Read(content, target);
        }

        int value = Rules.ByteFallback ? ByteOf(content) : -1;
        if (value >= 0)
        {
            isByte = true;
            target[0] = (byte)value;
            return 1;
        }

        string text = Encoding.UTF8.GetString(content);
        foreach ((string pattern, string replacement) in Rules.Replacements)
        {
            text = text.Replace(pattern, replacement, StringComparison.Ordinal);
        }

        return Encoding.UTF8.GetBytes(text, target);
    }
}
