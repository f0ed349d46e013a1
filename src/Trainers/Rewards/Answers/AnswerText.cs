using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Writes the same characters the same way, so that readers of answers know one spelling of each: digits of every script and full-width
/// forms as ASCII, every dash as a minus sign, every run of blanks as a space, ½ as 1/2, superscripts as powers. One pass. No run of white
/// space is longer than <see cref="MostWhite"/>, so that expressions that look for white space cost no more than the text's length.
/// </summary>
internal static class AnswerText
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private const string Fractions = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒";
    private const string Dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uFE58\uFE63\uFF0D";
    private const string Invisible = "\u200B\u200C\u200D\u2060\u2061\u2062\u2063\uFEFF\u00AD\u200E\u200F";

    /// <summary>The longest run of white space that is kept.</summary>
    public const int MostWhite = 4;

    private static readonly string[] FractionValues =
    [
        "1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "2/5", "3/5", "4/5", "1/6", "5/6", "1/7", "1/8", "3/8", "5/8", "7/8", "1/9", "1/10",
    ];

    /// <summary>Rewrites a text.</summary>
    /// <param name="text">The text.</param>
    public static string Clean(string text)
    {
        VerifierWork.Spend(text.Length);
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]) && EndsWhite(plain))
            {
                continue;
            }

            if (text[i] is ' ' or '\t')
            {
                AppendBlank(plain);
            }
            else if (char.IsAscii(text[i]))
            {
                plain.Append(text[i]);
            }
            else if (Superscripts.Contains(text[i], StringComparison.Ordinal) || text[i] == '⁻')
            {
                i = AppendPower(plain, text, i) - 1;
            }
            else
            {
                i += Append(plain, text, i) - 1;
            }
        }

        return plain.ToString();
    }

    /// <summary>The text with runs of white space cut to the longest that is kept.</summary>
    /// <param name="text">The text.</param>
    public static string WithoutLongRuns(string text)
    {
        VerifierWork.Spend(text.Length);
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c) || !EndsWhite(plain))
            {
                plain.Append(c);
            }
        }

        return plain.ToString();
    }

    private static bool EndsWhite(StringBuilder plain)
    {
        for (int back = 1; back <= MostWhite; back++)
        {
            if (plain.Length < back || !char.IsWhiteSpace(plain[^back]))
            {
                return false;
            }
        }

        return true;
    }

    // Appends one character, and returns how many UTF-16 units it had.
    private static int Append(StringBuilder plain, string text, int at)
    {
        char c = text[at];
        int units = char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        int digit = units == 2 || !char.IsSurrogate(c) ? CharUnicodeInfo.GetDecimalDigitValue(text, at) : -1;
        if (digit >= 0)
        {
            plain.Append((char)('0' + digit));
        }
        else if (Dashes.Contains(c, StringComparison.Ordinal))
        {
            plain.Append('-');
        }
        else if (c is >= '\uFF01' and <= '\uFF5E')
        {
            plain.Append((char)(c - '\uFF01' + '!'));
        }
        else if (Fraction(c) is { Length: > 0 } fraction)
        {
            // A digit before it makes it a mixed number.
            plain.Append(plain.Length > 0 && char.IsAsciiDigit(plain[^1]) ? $" {fraction}" : fraction);
        }
        else if (char.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator)
        {
            AppendBlank(plain);
        }
        else if (!Invisible.Contains(c, StringComparison.Ordinal))
        {
            plain.Append(Single(c) ?? text.Substring(at, units));
        }

        return units;
    }

    private static void AppendBlank(StringBuilder plain)
    {
        if (plain.Length == 0 || plain[^1] != ' ')
        {
            plain.Append(' ');
        }
    }

    private static string? Single(char c) => c switch
    {
        '\u066B' => ".",
        '\u066C' => ",",
        '\u2044' => "/",
        '\u2019' => "'",
        '\uFE6A' or '\u066A' => "%",
        '\uFE69' => "$",
        _ => null,
    };

    private static string Fraction(char c)
    {
        int place = Fractions.IndexOf(c, StringComparison.Ordinal);
        return place < 0 ? "" : FractionValues[place];
    }

    private static int AppendPower(StringBuilder plain, string text, int start)
    {
        plain.Append("^{").Append(text[start] == '⁻' ? "-" : "");
        int at = text[start] == '⁻' ? start + 1 : start;
        while (at < text.Length && Superscripts.IndexOf(text[at], StringComparison.Ordinal) is >= 0 and int digit)
        {
            plain.Append((char)('0' + digit));
            at++;
        }

        plain.Append('}');
        return at;
    }
}
