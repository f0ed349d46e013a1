using System.Text;

namespace RlCore.Interop.Tests.Tokenizers;

/// <summary>Texts on which tokenizers are compared: fixed ones that are awkward, and random ones.</summary>
internal static class Corpus
{
    private static readonly string[] Words =
    [
        "the", "The", " of", " and", "\n", "  ", "\t", "\r\n", "'s", "'LL", "123", "4567", " =", "==", "{", "}", "//", "日本", "です", "ไทย",
        "👍🏽", "é", "e\u0301", "Ä", "a\u0308", "한", "\u1112\u1161\u11AB", "ß", "İ", "ſ", "\u00A0", "\u3000", "𝒜", "foo_bar",
        "CamelCase", "</s>", "<s>", "<|im_end|>", "<|endoftext|>", "▁", " ▁", "<0x0A>", "\u0323\u0307", "\uD800", "\uDC00",
        "٣", "½", "²", "\u212B", "ⓜ", "\U0001F130", "\U0001F170",
    ];

    public static IReadOnlyList<string> Fixed { get; } =
    [
        "", " ", "  ", "\n", "\r\n", "\r\n\r\n  x", "Hello, world!", " Hello", "Hello  world   again", "The quick brown fox.",
        "こんにちは世界。今日はいい天気ですね。", "สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่าง", "한국어 텍스트 \u1112\u1161\u11AB \u1100\u1161",
        "العربية مَرْحَبًا हिन्दी नमस्ते தமிழ்", "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇯🇵🇹🇭",
        "e\u0301 a\u0308\u0323 n\u0303o Å \u212B \u1E9B\u0323 \u0344 \uFAA0",
        "def f(x):\n\treturn x  +  1\r\n\r\n\r\nclass A:\n    pass\n", "\t\ttabs\t \tand spaces     end   ",
        "I'm you're WE'LL they'Ve he'S 'ſ it'ſ don't DON'T", "1234567890 12,345.678 ½ ² Ⅷ ٣٤٥ 𝟘𝟙𝟚", "𝒜𝒷𝒸 𐌰𐌱𐌲 𠀀𠀁𠀂 🜀🜁",
        "<|endoftext|>text<|im_start|>user\nhi<|im_end|>  <s>x</s><unk> <bos> <0x41> ▁▁x", "lone \uD83D high \uDC00 low \uD83D\uD83D\uDE00",
        "a\u00A0b\u2003c\u3000d\u2028e\u0085f", "ﬁ ﬂ ﬆ İstanbul ıI ß ẞ", "camelCaseHTTPServer XMLHttpRequest iPhone's McDonald'S",
        "http://x.y/z?a=b&c=d#e //// \n/\n//", "\0\u0001\u007F\uFEFF\uFFFE\uFFFF",
        "<think>x</think><tool_call>{}</tool_call><start_of_turn>user\nhey<end_of_turn>\n\n\n\n<unused12>[multimodal]",
        new('a', 500), new(' ', 300), string.Concat(Enumerable.Repeat("ab", 300)), string.Concat(Enumerable.Repeat("日本", 200)),
    ];

    /// <summary>The fixed texts, then random ones: words, code points of all planes, printable ASCII, and these together.</summary>
    public static IEnumerable<string> Texts(int seed, int random, IReadOnlyList<string> special)
    {
        var source = new Random(seed);
        return Fixed.Concat(Enumerable.Range(0, random).Select(_ => Random(source, special)));
    }

    /// <summary>What Hugging Face's library is given, which takes UTF-8: half of a surrogate pair is U+FFFD.</summary>
    public static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Random(Random source, IReadOnlyList<string> special)
    {
        var text = new StringBuilder();
        int parts = source.Next(1, 30);
        int mode = source.Next(4);
        for (int i = 0; i < parts; i++)
        {
            _ = (mode == 3 ? source.Next(3) : mode) switch
            {
                0 when special.Count > 0 && source.Next(40) == 0 => text.Append(special[source.Next(special.Count)]),
                0 => text.Append(Words[source.Next(Words.Length)]),
                1 => Append(text, source.Next(10) switch
                {
                    < 2 => source.Next(0x80),
                    < 4 => source.Next(0x800),
                    < 7 => source.Next(0x10000),
                    _ => source.Next(0x110000),
                }),
                _ => text.Append((char)source.Next(' ', 0x7F)),
            };
        }

        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, int point) =>
        point is >= 0xD800 and < 0xE000 ? text.Append((char)point) : text.Append(char.ConvertFromUtf32(point));
}
