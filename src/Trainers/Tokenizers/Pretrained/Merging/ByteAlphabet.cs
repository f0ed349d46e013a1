using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// The characters that stand for the 256 bytes in a byte-level vocabulary: a printable byte of Latin-1 is itself, the others follow from
/// U+0100 on. Source: bytes_to_unicode of GPT-2's encoder.py.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly short[] Bytes = Invert();

    /// <summary>The character of a byte.</summary>
    /// <param name="value">The byte.</param>
    public static char Of(byte value) => Characters[value];

    /// <summary>Writes bytes as characters of the alphabet, in UTF-8.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="target">Twice as long at least.</param>
    /// <returns>What was written.</returns>
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        int count = 0;
        foreach (byte value in bytes)
        {
            char character = Characters[value];
            if (character >= 0x80)
            {
                target[count++] = (byte)(0xC0 | (character >> 6));
                target[count++] = (byte)(0x80 | (character & 0x3F));
            }
            else
            {
                target[count++] = (byte)character;
            }
        }

        return target[..count];
    }

    /// <summary>The bytes that a token stands for: its own UTF-8 if a character of it is not of the alphabet.</summary>
    /// <param name="token">The token as UTF-8.</param>
    /// <param name="target">As long as the token at least.</param>
    /// <returns>Number of bytes.</returns>
    public static int Read(ReadOnlySpan<byte> token, Span<byte> target)
    {
        int count = 0;
        for (ReadOnlySpan<byte> rest = token; rest.Length > 0;)
        {
            Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
            if (rune.Value >= Bytes.Length || Bytes[rune.Value] < 0)
            {
                token.CopyTo(target);
                return token.Length;
            }

            target[count++] = (byte)Bytes[rune.Value];
            rest = rest[length..];
        }

        return count;
    }

    private static char[] Build()
    {
        var characters = new char[256];
        int others = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : (char)(0x100 + others++);
        }

        return characters;
    }

    private static short[] Invert()
    {
        var bytes = new short[0x200];
        bytes.AsSpan().Fill(-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
