using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>What each token reads as, in bytes. Immutable.</summary>
/// <param name="parts">What tokenizer.json says.</param>
/// <param name="size">Number of ids; those without a token read as nothing.</param>
internal sealed class TokenTexts(TokenizerParts parts, int size)
{
    private readonly Dictionary<int, byte[]> _added =
        parts.Added.ToDictionary(token => token.Id, token => Encoding.UTF8.GetBytes(token.Content));

    private readonly (byte[] Pattern, string Text, string Content)[] _replacements =
        [.. parts.Decoder.Replacements.Select(rule => (Encoding.UTF8.GetBytes(rule.Pattern), rule.Pattern, rule.Content))];

    /// <summary>Number of ids.</summary>
    public int Size => size;

    /// <summary>How tokens become text.</summary>
    public DecoderRules Rules => parts.Decoder;

    /// <summary>What a token reads as.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="first">Whether no token is before it.</param>
    /// <param name="scratch">Where bytes may be put.</param>
    /// <param name="isByte">Whether it is one byte of a character.</param>
    public ReadOnlySpan<byte> Read(int id, bool first, ref byte[] scratch, out bool isByte)
    {
        ReadOnlySpan<byte> content = Content(id);
        int value = Rules.ByteFallback ? ByteOf(content) : -1;
        isByte = value >= 0;
        if (scratch.Length <= content.Length)
        {
            scratch = new byte[(content.Length * 2) + 1];
        }

        if (Rules.OfBytes)
        {
            return scratch.AsSpan(0, ByteAlphabet.Read(content, scratch));
        }

        if (isByte)
        {
            scratch[0] = (byte)value;
            return scratch.AsSpan(0, 1);
        }

        return Replace(content, first);
    }

    /// <summary>The byte that <c>&lt;0x41&gt;</c> names; −1 if a token is not of this form.</summary>
    /// <param name="token">The token as UTF-8.</param>
    public static int ByteOf(ReadOnlySpan<byte> token) =>
        token.Length == 6 && token.StartsWith("<0x"u8) && token[5] == (byte)'>'
        && byte.TryParse(token.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : -1;

    private ReadOnlySpan<byte> Content(int id) => _added.TryGetValue(id, out byte[]? content) ? content
        : parts.Model.Tokens.Has(id) ? parts.Model.Tokens[id]
        : [];

    private ReadOnlySpan<byte> Replace(ReadOnlySpan<byte> content, bool first)
    {
        foreach ((byte[] pattern, string text, string replacement) in _replacements)
        {
            if (content.IndexOf(pattern) >= 0)
            {
                content = Encoding.UTF8.GetBytes(
                    Encoding.UTF8.GetString(content).Replace(text, first && Rules.FirstLoses ? "" : replacement, StringComparison.Ordinal));
            }
        }

        return content;
    }
}
