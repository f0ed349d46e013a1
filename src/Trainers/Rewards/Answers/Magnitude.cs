using System.Globalization;
using System.Numerics;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Digits with the separators of thousands and decimals: 1234567, 1,234,567.5, 1.234.567,5, 1 234 567, 1'234'567, 12,34,567, .5. A
/// single comma separates thousands if three digits follow it (1,234) and decimals otherwise (2,74; 1000,99; 0,111); a single point
/// separates decimals.
/// </summary>
/// <param name="Whole">Digits before the decimal separator.</param>
/// <param name="Decimals">Digits after it.</param>
internal readonly record struct Magnitude(string Whole, string Decimals)
{
    /// <summary>The most digits that are read.</summary>
    public const int MostDigits = 20_000;

    private const string Separators = ",.' ";

    /// <summary>The value.</summary>
    public Rational Value => new(
        BigInteger.Parse("0" + Whole + Decimals, NumberStyles.None, CultureInfo.InvariantCulture), BigInteger.Pow(10, Decimals.Length));

    /// <summary>Whether a magnitude begins at a place.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place.</param>
    public static bool Begins(string text, int at) => at < text.Length
        && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])));

    /// <summary>Reads the magnitude at a place: all digits and separators from there, if they are one number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place; after the digits on return.</param>
    /// <param name="magnitude">The magnitude.</param>
    /// <returns>Whether there is one; if not, the place is where the last number of a list begins, or after too many digits.</returns>
    public static bool TryRead(string text, ref int at, out Magnitude magnitude)
    {
        int start = at;
        var groups = new List<string>();
        var separators = new List<char>();
        ReadRun(text, ref at, groups, separators);
        magnitude = default;
        if (at - start > MostDigits)
        {
            return false;
        }

        if (TryInterpret(groups, separators, out magnitude))
        {
            return true;
        }

        // A list, or two numbers side by side: the caller may read the last of them.
        int last = separators.LastIndexOf(' ') + 1;
        last = last == 0 ? groups.Count - 1 : last;
        at = start + groups.Take(last).Sum(group => group.Length) + last;
        return false;
    }

    private static void ReadRun(string text, ref int at, List<string> groups, List<char> separators)
    {
        while (true)
        {
            int start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            groups.Add(text[start..at]);
            bool continues = at + 1 < text.Length
                && Separators.Contains(text[at], StringComparison.Ordinal)
                && char.IsAsciiDigit(text[at + 1])
                && (text[at] is not (' ' or '\'') || IsGroup(text, at + 1));
            if (!continues)
            {
                return;
            }

            separators.Add(text[at]);
            at++;
        }
    }

    // Exactly three digits.
    private static bool IsGroup(string text, int at)
    {
        int end = at;
        while (end < text.Length && end - at < 4 && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end - at == 3;
    }

    private static bool TryInterpret(List<string> groups, List<char> separators, out Magnitude magnitude)
    {
        magnitude = new Magnitude(groups[0], "");
        if (separators.Count == 0)
        {
            return true;
        }

        char first = separators[0];
        char last = separators[^1];
        bool isOne = separators.Count == 1;
        bool isThousands = AreThousands(groups, first);
        if (separators.TrueForAll(separator => separator == first) && isThousands && (first != '.' || !isOne))
        {
            magnitude = new Magnitude(string.Concat(groups), "");
            return true;
        }

        bool hasDecimals = last is '.' or ','
            && (isOne
                || (first != last && separators[..^1].TrueForAll(separator => separator == first) && AreThousands(groups[..^1], first)));
        magnitude = hasDecimals ? new Magnitude(string.Concat(groups[..^1]), groups[^1]) : magnitude;
        return hasDecimals;
    }

    // Groups of three, or of two before the last in the Indian way; the first is shorter and does not begin with a zero.
    private static bool AreThousands(List<string> groups, char separator)
    {
        if (groups.Count < 2 || groups[0].Length is 0 or > 3 || groups[0][0] == '0' || groups[^1].Length != 3)
        {
            return false;
        }

        List<string> middle = groups[1..^1];
        return middle.TrueForAll(group => group.Length == 3)
            || (separator == ',' && groups[0].Length < 3 && middle.TrueForAll(group => group.Length == 2));
    }
}
