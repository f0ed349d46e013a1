using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A number written in a text: with a sign, thousands separators (1,234, and LaTeX's 1{,}234 and 1\,234), decimals, a power of
/// ten (2.5e-3, 2.5 \times 10^{-3}), as a fraction (3/4, \frac{3}{4}, 1\frac{1}{2}), as a percentage. The text around it (a
/// currency, a unit) is ignored.
/// </summary>
/// <param name="Value">Its value; for a percentage, the fraction: 1/2 for 50%.</param>
/// <param name="IsPercentage">Whether a percent sign follows.</param>
internal readonly partial record struct NumberText(Rational Value, bool IsPercentage)
{
    private const string Boxed = @"\boxed{";
    private const string FinalMark = "####";

    // A number with decimals; groups of three digits only where no fourth digit follows.
    private const string Magnitude = @"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)";

    // A minus after a digit, a letter or a bracket subtracts; it is not a sign.
    private const string Sign = @"(?<sign>(?<![\p{L}\p{N})\]}])[+\-−]\s?(?=[0-9.\\])|)";

    private const string Power = @"(?:[eE](?<exponent>[+\-−]?[0-9]{1,3})(?![\p{L}\p{N}])"
        + @"|\s*(?:\\times|\\cdot|×)\s*10\^\{?(?<exponent>[+\-−]?[0-9]{1,3})(?![0-9])\}?)?";

    private const string Fraction = $@"\\[dt]?frac\s*(?:\{{\s*(?<over>[+\-−]?{Magnitude})\s*\}}|(?<over>[0-9]))"
        + $@"\s*(?:\{{\s*(?<under>[+\-−]?{Magnitude})\s*\}}|(?<under>[0-9]))";

    /// <summary>
    /// Reads the final number of a text: the one in the last \boxed{…}, if there is one; otherwise the one after the last
    /// <c>####</c>, if there is one; otherwise the last number. After a mark it is the first number after the last equals sign, so
    /// that a unit's exponent (cm^2) is not taken for it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; 0 without one.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryReadFinal(string text, out NumberText number)
    {
        string plain = Simplify(text);
        if (TryReadMarked(plain, out string marked))
        {
            Match first = Pattern().Match(marked, marked.LastIndexOf('=') + 1);
            number = default;
            return first.Success && TryConvert(first, out number);
        }

        // A malformed number such as "1/0" is not read at all.
        MatchCollection matches = Pattern().Matches(plain);
        number = default;
        return matches.Count > 0 && TryConvert(matches[^1], out number);
    }

    /// <summary>Reads a text that is a single number, apart from surrounding white space.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; 0 when it is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryReadWhole(string text, out NumberText number)
    {
        string plain = Simplify(text).Trim();
        Match match = Pattern().Match(plain);
        number = default;
        return match.Success && match.Length == plain.Length && TryConvert(match, out number);
    }

    /// <summary>Whether both are the same number: equal values or, if only one has a percent sign, equal without it.</summary>
    /// <param name="other">Another number.</param>
    public bool IsSame(NumberText other) =>
        Value == other.Value || (IsPercentage != other.IsPercentage && Bare(this) == Bare(other));

    private static Rational Bare(NumberText number) => number.IsPercentage ? number.Value.Times(new Rational(100, 1)) : number.Value;

    // Typesetting marks within a number, or between it and its sign.
    private static string Simplify(string text) => text
        .Replace("{,}", ",", StringComparison.Ordinal)
        .Replace(@"\,", "", StringComparison.Ordinal)
        .Replace(@"\!", "", StringComparison.Ordinal)
        .Replace(@"\%", "%", StringComparison.Ordinal)
        .Replace(@"\$", "$", StringComparison.Ordinal)
        .Replace("−$", "$−", StringComparison.Ordinal)
        .Replace("-$", "$-", StringComparison.Ordinal);

    private static bool TryReadMarked(string text, out string marked)
    {
        // A box that a truncated text never closes is ignored.
        for (int box = text.LastIndexOf(Boxed, StringComparison.Ordinal); box >= 0; box = box == 0
            ? -1
            : text.LastIndexOf(Boxed, box - 1, StringComparison.Ordinal))
        {
            if (TryFindClose(text, box + Boxed.Length, out int close))
            {
                marked = text[(box + Boxed.Length)..close];
                return true;
            }
        }

        int mark = text.LastIndexOf(FinalMark, StringComparison.Ordinal);
        marked = mark < 0 ? "" : text[(mark + FinalMark.Length)..];
        return mark >= 0;
    }

    private static bool TryFindClose(string text, int start, out int close)
    {
        int depth = 1;
        for (close = start; close < text.Length; close++)
        {
            depth += text[close] switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryConvert(Match match, out NumberText number)
    {
        number = default;
        Rational value = match.Groups["whole"].Success ? Read(match.Groups["whole"].Value) : default;
        if (match.Groups["exponent"].Success)
        {
            int exponent = int.Parse(Plain(match.Groups["exponent"].Value), CultureInfo.InvariantCulture);
            var power = new Rational(BigInteger.Pow(10, Math.Abs(exponent)), 1);
            value = exponent < 0 ? value.DividedBy(power) : value.Times(power);
        }

        if (match.Groups["bottom"].Success)
        {
            Rational bottom = Read(match.Groups["bottom"].Value);
            if (bottom == default)
            {
                return false;
            }

            value = value.DividedBy(bottom);
        }

        if (match.Groups["over"].Success)
        {
            Rational under = Read(match.Groups["under"].Value);
            if (under == default)
            {
                return false;
            }

            value = value.Plus(Read(match.Groups["over"].Value).DividedBy(under));
        }

        bool isNegative = match.Groups["sign"].Value.AsSpan().Trim() is "-" or "−";
        bool isPercentage = match.Groups["percent"].Success;
        value = isPercentage ? value.DividedBy(new Rational(100, 1)) : value;
        number = new NumberText(isNegative ? value.Times(new Rational(-1, 1)) : value, isPercentage);
        return true;
    }

    private static Rational Read(string text)
    {
        string plain = Plain(text);
        int point = plain.IndexOf('.', StringComparison.Ordinal);
        int places = point < 0 ? 0 : plain.Length - point - 1;
        string digits = point < 0 ? plain : plain.Remove(point, 1);
        return new Rational(
            BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            BigInteger.Pow(10, places));
    }

    private static string Plain(string text) => text.Replace(",", "", StringComparison.Ordinal).Replace('−', '-');

    [GeneratedRegex(
        $@"{Sign}(?:(?<whole>{Magnitude})(?:{Fraction}|{Power}(?:/(?<bottom>{Magnitude}))?)|{Fraction})(?<percent>\s?%)?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
