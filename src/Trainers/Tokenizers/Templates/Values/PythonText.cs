using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Texts as Python sees them: what is white space, how characters are counted, how values are shown.</summary>
internal static class PythonText
{
    /// <summary>Whether Python's <c>str.isspace</c> and <c>strip</c> take a character for white space.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    /// <summary>Number of characters: code points, where .NET counts UTF-16 units.</summary>
    public static int Length(string text)
    {
        int pairs = 0;
        for (int i = 1; i < text.Length; i++)
        {
            pairs += char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    /// <summary>The characters of a text, each as a text.</summary>
    public static string[] Split(string text)
    {
        var characters = new List<string>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int size = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            characters.Add(text.Substring(i, size));
            i += size;
        }

        return [.. characters];
    }

    /// <summary>The text without characters at its ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">What goes; null for white space.</param>
    /// <param name="left">Whether the beginning is stripped.</param>
    /// <param name="right">Whether the end is stripped.</param>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        bool Goes(char one) => characters is null ? IsSpace(one) : characters.Contains(one, StringComparison.Ordinal);
        int start = 0;
        int end = text.Length;
        while (left && start < end && Goes(text[start]))
        {
            start++;
        }

        while (right && end > start && Goes(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>The lines of a text, without their ends.</summary>
    public static List<string> Lines(string text)
    {
        var lines = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029')
            {
                lines.Add(text[start..i]);
                i += text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
                start = i + 1;
            }
        }

        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }

        return lines;
    }

    /// <summary>The first character in upper case, all others in lower case.</summary>
    public static string Capitalize(string text) =>
        text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    /// <summary>A number as Python's <c>repr</c> shows it: the shortest digits that read back as the same number.</summary>
    public static string Print(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        string[] parts = number.ToString("E16", CultureInfo.InvariantCulture).Split('E');
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        int exponent = number == 0 ? 0 : Exponent(shortest, parts[1]);
        if (exponent is >= -4 and < 16)
        {
            string plain = shortest.Contains('E', StringComparison.Ordinal) ? Plain(shortest) : shortest;
            return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
        }

        string digits = Digits(shortest);
        string mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(number < 0 ? "-" : "")}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>A text in quotes, as Python's <c>repr</c> shows it.</summary>
    public static void Quote(string text, StringBuilder output)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        for (int i = 0; i < text.Length;)
        {
            bool whole = Rune.TryGetRuneAt(text, i, out Rune rune);
            int code = whole ? rune.Value : text[i];
            int size = whole ? rune.Utf16SequenceLength : 1;
            string? shown = code switch
            {
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ when code == quote => $"\\{quote}",
                _ when whole && IsPrintable(rune) => null,
                < 0x100 => $"\\x{code:x2}",
                < 0x10000 => $"\\u{code:x4}",
                _ => $"\\U{code:x8}",
            };
            output.Append(shown is null ? text.AsSpan(i, size) : shown);
            i += size;
        }

        output.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    private static string Digits(string number)
    {
        string mantissa = number.Split('E')[0].Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
        string digits = mantissa.TrimStart('0').TrimEnd('0');
        return digits.Length == 0 ? "0" : digits;
    }

    // Of the shortest digits, which may round to another power of ten than the longer ones.
    private static int Exponent(string shortest, string exact)
    {
        if (shortest.Split('E') is [_, var written])
        {
            return int.Parse(written, CultureInfo.InvariantCulture);
        }

        string whole = shortest.TrimStart('-').Split('.')[0];
        return whole != "0" ? whole.Length - 1 : int.Parse(exact, CultureInfo.InvariantCulture);
    }

    private static string Plain(string number) => decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)
        .ToString(CultureInfo.InvariantCulture);
}
