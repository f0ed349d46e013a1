using System.Globalization;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Canonical decomposition and composition of characters. The runtime has them only with its globalization data, which programs may leave
/// out (and this one does), so the tables are a resource of this library. They are those of Unicode 9.0, as in Hugging Face's library:
/// a later character stays as it is, so that a text has the tokens that the model was trained on.
/// </summary>
internal static class UnicodeComposition
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadFirst = 0x1100;
    private const int LeadCount = 19;
    private const int VowelFirst = 0x1161;
    private const int VowelCount = 21;
    private const int TailFirst = 0x11A7;
    private const int TailCount = 28;

    // No character from here on is composed or has a combining class.
    private const int End = 0x30000;

    private static readonly Tables Data = Read();

    /// <summary>The combining class: 0 for a character that begins a cluster.</summary>
    /// <param name="point">The code point.</param>
    public static byte Class(int point) => point < End ? Data.Classes[point] : (byte)0;

    /// <summary>Whether a character stays as it is in form C, whatever is before it.</summary>
    /// <param name="point">The code point.</param>
    public static bool IsInert(int point) => point >= End || !Data.Active[point];

    /// <summary>One step of decomposition.</summary>
    /// <param name="point">The code point.</param>
    /// <param name="parts">What it becomes; the second is 0 if it becomes one character.</param>
    public static bool TryDecompose(int point, out (int First, int Second) parts)
    {
        int syllable = point - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            parts = syllable % TailCount > 0
                ? (point - (syllable % TailCount), TailFirst + (syllable % TailCount))
                : (LeadFirst + (syllable / (VowelCount * TailCount)), VowelFirst + (syllable / TailCount % VowelCount));
            return true;
        }

        return Data.Decompositions.TryGetValue(point, out parts);
    }

    /// <summary>Composes two characters.</summary>
    /// <param name="first">The code point of the first.</param>
    /// <param name="second">The code point of the second.</param>
    /// <param name="whole">What they become.</param>
    public static bool TryCompose(int first, int second, out int whole)
    {
        int lead = first - LeadFirst;
        int vowel = second - VowelFirst;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            whole = HangulFirst + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }

        int syllable = first - HangulFirst;
        int tail = second - TailFirst;
        if (syllable is >= 0 and < HangulCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            whole = first + tail;
            return true;
        }

        return Data.Compositions.TryGetValue((first, second), out whole);
    }

    private static Tables Read()
    {
        var data = new Tables(new byte[End], new bool[End], [], []);
        using Stream stream = typeof(UnicodeComposition).Assembly.GetManifestResourceStream("UnicodeComposition.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(' ');
            if (fields[0] == "c")
            {
                int first = Point(fields[1]);
                int count = Point(fields[2]) - first + 1;
                data.Classes.AsSpan(first, count).Fill(byte.Parse(fields[3], CultureInfo.InvariantCulture));
                data.Active.AsSpan(first, count).Fill(true);
            }
            else if (fields[0] is "d" or "x")
            {
                Add(data, Point(fields[1]), (Point(fields[2]), fields.Length > 3 ? Point(fields[3]) : 0), fields[0] == "d");
            }
        }

        data.Active.AsSpan(VowelFirst, VowelCount).Fill(true);
        data.Active.AsSpan(TailFirst + 1, TailCount - 1).Fill(true);
        return data;
    }

    private static void Add(Tables data, int point, (int First, int Second) parts, bool composes)
    {
        data.Decompositions.Add(point, parts);
        if (composes)
        {
            data.Compositions.Add(parts, point);
            data.Active[parts.Second] = true;
        }
        else
        {
            data.Active[point] = true;
        }
    }

    private static int Point(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Tables(
        byte[] Classes,
        bool[] Active,
        Dictionary<int, (int First, int Second)> Decompositions,
        Dictionary<(int First, int Second), int> Compositions);
}
