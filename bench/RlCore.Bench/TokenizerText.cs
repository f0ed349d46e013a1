using System.Globalization;
using System.Text;

namespace RlCore.Bench;

/// <summary>The text of the comparison: English, code, Japanese and numbers, the same at each run.</summary>
internal static class TokenizerText
{
    private const string Japanese = "日本語の文章をここに書いています。漢字とひらがなとカタカナが混ざった文です。東京は今日も晴れている。私は学生です";

    private static readonly string[] English =
        ("the of and to in a is that it was for on are as with his they at be this from have or by one had not but what all were when "
        + "we there can an your which their said if do will each about how up out them then she many some so these would other into has "
        + "more her two like him see time could no make than first been its who now people my made over did down only way find use may "
        + "water long little very after words called just where most know government international development university "
        + "understanding responsibility")
        .Split(' ');

    /// <summary>Makes the text.</summary>
    /// <param name="bytes">Its length in UTF-8, at least.</param>
    public static string Make(int bytes)
    {
        var random = new Random(7);
        var text = new StringBuilder();
        int made = 0;
        while (made < bytes)
        {
            int start = text.Length;
            _ = random.Next(10) switch
            {
                < 5 => Sentence(text, random),
                < 7 => Code(text, random),
                < 9 => Kana(text, random),
                _ => Numbers(text, random),
            };
            made += Encoding.UTF8.GetByteCount(text.ToString(start, text.Length - start));
        }

        return text.ToString();
    }

    private static string Word(Random random) => English[random.Next(English.Length)];

    private static StringBuilder Sentence(StringBuilder text, Random random)
    {
        int words = random.Next(5, 20);
        string first = Word(random);
        text.Append(char.ToUpperInvariant(first[0])).Append(first, 1, first.Length - 1);
        for (int i = 1; i < words; i++)
        {
            // A name or a rare word now and then, which no cache has seen.
            string word = random.Next(20) == 0 ? Word(random) + Word(random) + Word(random) : Word(random);
            text.Append(random.Next(12) == 0 ? ", " : " ").Append(word);
        }

        return text.Append(". ");
    }

    private static StringBuilder Code(StringBuilder text, Random random) => text.Append(
        CultureInfo.InvariantCulture,
        $"    if (x{random.Next(1000)} == y[{Word(random)}]) {{\n        return {Word(random)}_{Word(random)}({random.Next()});\n    }}\n");

    private static StringBuilder Kana(StringBuilder text, Random random)
    {
        int at = random.Next(Japanese.Length);
        for (int i = random.Next(10, 40); i > 0; i--)
        {
            at = (at + 1 + random.Next(3)) % Japanese.Length;
            text.Append(Japanese[at]);
        }

        return text.Append("。\n");
    }

    private static StringBuilder Numbers(StringBuilder text, Random random)
    {
        for (int i = 0; i < 8; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{random.Next()}{(i % 3 == 0 ? "," : " ")}");
        }

        return text.Append('\n');
    }
}
