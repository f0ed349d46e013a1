using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>The last number of a text that marks no answer.</summary>
internal static partial class LastNumber
{
    /// <summary>
    /// Reads it. A minus sign belongs to the number if it stands directly before it and after neither a letter nor a digit; with a space
    /// between, only after a sign such as = or :. At the beginning of a line it is then a bullet. Exponents and indices are passed over.
    /// In a formula with LaTeX's commands the number must be the formula's value: √3 is not 3.
    /// </summary>
    /// <param name="text">A simplified text.</param>
    /// <param name="number">The number; 0 without one.</param>
    /// <returns>Whether there is one. A number that cannot be, such as 5/0, is none.</returns>
    public static bool TryRead(string text, out NumberText number)
    {
        VerifierWork.Spend(text.Length);
        var scanner = new NumberScanner(text);
        number = default;
        var (start, place) = (-1, -1);
        for (int at = 0; at < text.Length;)
        {
            if (!Begins(text, at))
            {
                at++;
                continue;
            }

            start = WithSign(text, at);
            place = at;
            at = Math.Max(scanner.Pass(start), at + 1);
        }

        // Only the last number is computed.
        bool found = start >= 0;
        if (found)
        {
            found = scanner.TryRead(start, out int end, out NumberText read);
            number = found ? Signed(text, start, end, read) : default;
        }

        if (found && MathSpans.Find(text).Find(span => span.Start < place && place < span.End) is { } formula
            && formula.Content.Contains('\\', StringComparison.Ordinal))
        {
            return NumberText.TryReadAlone(formula.Content, out number);
        }

        return found;
    }

    private static bool Begins(string text, int at) => text[at] == '\\'
        ? Fraction().IsMatch(text, at)
        : Magnitude.Begins(text, at) && (text[at] != '.' || at == 0 || !char.IsLetterOrDigit(text[at - 1])) && !IsScript(text, at);

    // Of x^2, m^{-1}, x_2.
    private static bool IsScript(string text, int at)
    {
        int before = at - 1;
        before -= before >= 0 && (text[before] is '-' or '+') ? 1 : 0;
        before -= before >= 0 && text[before] == '{' ? 1 : 0;
        return before >= 0 && (text[before] is '^' or '_');
    }

    // Where the number begins with its sign and currency.
    private static int WithSign(string text, int at)
    {
        int start = at;
        int sign = at - 1;
        bool isApart = sign >= 0 && text[sign] == ' ';
        sign -= isApart ? 1 : 0;
        if (sign >= 0 && char.GetUnicodeCategory(text[sign]) == System.Globalization.UnicodeCategory.CurrencySymbol)
        {
            start = sign;
            sign--;
            isApart = sign >= 0 && text[sign] == ' ';
            sign -= isApart ? 1 : 0;
        }

        if (sign < 0 || text[sign] is not ('-' or '+'))
        {
            return start;
        }

        string before = text[LineStart(text, sign)..sign];
        bool isSign = isApart
            ? before.TrimEnd() is { Length: > 0 } operand && !IsOperand(operand[^1])
            : before.Length == 0 || !IsOperand(before[^1]);
        return isSign ? sign : start;
    }

    // No further back than a sign needs.
    private static int LineStart(string text, int at) =>
        Math.Max(text.LastIndexOf('\n', Math.Max(at - 1, 0), Math.Min(at, 64)) + 1, Math.Max(0, at - 64));

    private static bool IsOperand(char c) => char.IsLetterOrDigit(c) || c is ')' or ']' or '}' or '%';

    // ($42) is minus 42 where it is the value of something, and a remark after a word.
    private static NumberText Signed(string text, int start, int end, NumberText number)
    {
        bool isMoney = start > 0 && text[start - 1] == '(' && end < text.Length && text[end] == ')'
            && char.GetUnicodeCategory(text[start]) == System.Globalization.UnicodeCategory.CurrencySymbol;
        return isMoney && Introduced().IsMatch(text[Math.Max(0, start - 12)..(start - 1)])
            ? number with { Value = number.Value.Times(new Rational(-1, 1)) }
            : number;
    }

    [GeneratedRegex(@"\G\\[dtc]?frac(?![a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"(?:^|[:=|\n]|\b(?:is|was|of|be|are|equals|to))\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Introduced();
}
