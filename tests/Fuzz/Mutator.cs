using System.Text;

namespace RlCore.Fuzz;

/// <summary>Changes inputs: bits, bytes, stretches, and words that parsers find hard.</summary>
/// <param name="seed">The seed; equal seeds give equal inputs.</param>
internal sealed class Mutator(ulong seed)
{
    private const int MostChanges = 4;
    private const int Longest = 1 << 16;

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            @"\ud800", @"\udc00", "\"\\ud800\"", "\"\\ud83d\":", "\\u0000", "\u0000", "\ufeff", "\u2028", "\u00a0", "é", "😀", "ﬃ",
            "1e9999999999", "-1e9999", "NaN", "Infinity", "null", "true", "{}", "[]", "\"\"", "0", "-1", "1.5", "2147483648",
            "9223372036854775808", "18446744073709551616", "{", "}", "[", "]", "\"", "'", "\\", ",", ":", ";", "\t", "\r", "\n", "\r\n",
            "/*", "//", "<!--", "-->", "{%", "%}", "{{", "}}", "{#", "#}", "{% for i in range(99999999) %}", "{% if", " not",
            " is", "|tojson",
            "| length", "[::-1]", "* 99999999", "**", "$", "$$", @"\(", @"\)", @"\boxed{", @"\frac{", @"\sqrt[", @"\begin{matrix}", "####",
            "answer:", "^{", "_{", "!", "%", "½", "7", "99999999999999999999", "$ref", "\"$ref\":\"#\"", "oneOf", "anyOf", "pattern",
            "\"(a+)+$\"", "unevaluatedItems", "uniqueItems", "prompt", "completion", "messages", "role", "content", "score", "better",
            "bytes", "sha256", "data_offsets", "dtype", "shape", "F32", "../", "C:\\",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFE, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
    ];

    private readonly Random _random = new(unchecked((int)(seed ^ (seed >> 32))));

    /// <summary>A changed copy of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, of which stretches may be taken.</param>
    public byte[] Change(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (int changes = 1 + _random.Next(MostChanges); changes > 0; changes--)
        {
            ChangeOnce(bytes, other);
        }

        return bytes.Count <= Longest ? [.. bytes] : [.. bytes.Take(Longest)];
    }

    /// <summary>One of several.</summary>
    /// <param name="items">The items; at least one.</param>
    public T Choose<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    private void ChangeOnce(List<byte> bytes, byte[] other)
    {
        int at = _random.Next(bytes.Count + 1);
        int length = Math.Min(Length(), bytes.Count - at);
        switch (_random.Next(10))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                Repeat(bytes, at, length);
                break;
            case 5 when other.Length > 0:
                int from = _random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + Length())]);
                break;
            case 6:
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, Choose(Words));
                break;
            default:
                bytes.InsertRange(at, Choose(Words));
                break;
        }
    }

    private void Repeat(List<byte> bytes, int at, int length)
    {
        byte[] part = length > 0 && _random.Next(2) == 0 ? [.. bytes.GetRange(at, length)] : Choose(Words);
        int times = Math.Min(1 << _random.Next(13), Longest / Math.Max(1, part.Length));
        for (int i = 0; i < times; i++)
        {
            bytes.InsertRange(at, part);
        }
    }

    // Mostly short.
    private int Length() => 1 + _random.Next(1 << _random.Next(9));
}
