using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A number written in a text: with a sign, separators of thousands and decimals as <see cref="Magnitude"/> reads them, a power
/// (2.5e-3, 2.5 \times 10^{-3}, 2^{100}) or a word (5 million), as a fraction (3/4, \frac{3}{4}), a mixed number (1 1/2, 1\frac{1}{2}),
/// a percentage, with a currency or a unit.
/// </summary>
/// <param name="Value">Its value; for a percentage, the fraction: 1/2 for 50%.</param>
/// <param name="IsPercentage">Whether a percent sign follows.</param>
internal readonly partial record struct NumberText(Rational Value, bool IsPercentage)
{
    private const int MostWrappers = 8;

    /// <summary>
    /// Reads the number that a text gives as its answer. What <see cref="MarkedAnswer"/> finds is the answer: it must be one number with a
    /// unit at most, perhaps after an equals sign. Without a mark it is the last number of the text.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; 0 without one.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryReadFinal(string text, out NumberText number)
    {
        string clean = AnswerText.Clean(text);
        MarkedAnswer marked = MarkedAnswer.Find(clean);
        number = default;
        return marked.Mark switch
        {
            AnswerMark.None or AnswerMark.Words => LastNumber.TryRead(Simplify(clean), out number),
            AnswerMark.Box => marked.Parts.Count == 1
                && TryReadAlone(Simplify(marked.Parts[0] + FollowingScale().Match(marked.After).Groups[1].Value), out number),
            _ => TryReadLeading(Simplify(marked.Parts[0]), out number),
        };
    }

    /// <summary>Reads a text that is a single number, apart from surrounding white space.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; 0 when it is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryReadWhole(string text, out NumberText number)
    {
        string plain = Unwrap(Simplify(AnswerText.Clean(text)), out bool isDebit);
        bool isWhole = TryReadSigned(plain, isDebit, out number, out string rest) && rest.Trim() is "" or ".";
        number = isWhole ? number : default;
        return isWhole;
    }

    /// <summary>Reads what a mark encloses: one number, perhaps after an equals sign, with a unit at most.</summary>
    /// <param name="text">A simplified text.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryReadAlone(string text, out NumberText number)
    {
        string plain = Unwrap(text, out bool isDebit);
        string value = Unwrap(NumberTail.Value(plain), out bool isValueDebit);
        return TryReadSigned(value, isDebit || isValueDebit, out number, out string rest) && NumberTail.IsUnit(rest);
    }

    /// <summary>Whether both are the same number: equal values or, if only one has a percent sign, equal without it.</summary>
    /// <param name="other">Another number.</param>
    public bool IsSame(NumberText other) =>
        Value == other.Value || (IsPercentage != other.IsPercentage && Bare(this) == Bare(other));

    /// <summary>A cleaned text without the typesetting within numbers, or between them and their signs.</summary>
    /// <param name="text">A text cleaned by <see cref="AnswerText"/>.</param>
    public static string Simplify(string text)
    {
        VerifierWork.Spend(text.Length);
        string plain = GluedComma().Replace(text, ",");
        plain = ThinSpace().Replace(plain, "");
        plain = WideSpace().Replace(plain, " ");
        plain = Sized().Replace(plain, "");
        plain = TextScale().Replace(plain, @" $1 \text{$2}");
        plain = EscapedSign().Replace(plain, "$1");
        return AnswerText.WithoutLongRuns(Emphasis().Replace(plain, "")).Trim();
    }

    private static Rational Bare(NumberText number) => number.IsPercentage ? number.Value.Times(new Rational(100, 1)) : number.Value;

    // What a line or a sentence begins with.
    private static bool TryReadLeading(string text, out NumberText number)
    {
        if (MathSpans.Find(text) is [{ Start: 0 } formula, ..] && TryReadAlone(formula.Content, out number))
        {
            return true;
        }

        number = default;
        return !LeadingFormula().IsMatch(text)
            && ((TryReadSigned(NumberTail.Value(text), false, out number, out string rest) && NumberTail.IsOver(rest))
                || TryReadAlone(text.Split('\n')[0], out number)
                || (TryReadSigned(text, false, out number, out rest) && SumAfter().IsMatch(rest))
                || (BracketedLine().Match(text) is { Success: true } debit && TryReadAlone(debit.Value, out number)));
    }

    private static bool TryReadSigned(string text, bool isDebit, out NumberText number, out string rest)
    {
        string trimmed = text.TrimStart();
        rest = "";
        number = default;
        if (trimmed.Length == 0 || !new NumberScanner(trimmed).TryRead(0, out int end, out number))
        {
            return false;
        }

        number = isDebit ? number with { Value = number.Value.Times(new Rational(-1, 1)) } : number;
        rest = trimmed[end..];
        return true;
    }

    // Brackets, dollar signs and fonts around the whole text; an amount of money in round brackets is negative.
    private static string Unwrap(string text, out bool isDebit)
    {
        isDebit = false;
        string plain = text.Trim();
        for (int times = 0; times < MostWrappers; times++)
        {
            VerifierWork.Spend(plain.Length);
            Match wrapped = Wrapped().Match(plain);
            if (!wrapped.Success)
            {
                break;
            }

            isDebit |= plain[0] == '(' && MoneyStart().IsMatch(wrapped.Groups["inner"].Value);
            plain = wrapped.Groups["inner"].Value.Trim();
        }

        return plain;
    }

    [GeneratedRegex(@"\s?\{\s?,\s?\}\s?|,\\!\s?", RegexOptions.CultureInvariant)]
    private static partial Regex GluedComma();

    [GeneratedRegex(@"\\[,!]", RegexOptions.CultureInvariant)]
    private static partial Regex ThinSpace();

    [GeneratedRegex(@"\\[;: ]|(?<=\S)~(?=\S)", RegexOptions.CultureInvariant)]
    private static partial Regex WideSpace();

    [GeneratedRegex(@"\\(?:left|right|displaystyle|textstyle|bf|rm)(?![a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex Sized();

    // "5\text{ million dollars}".
    [GeneratedRegex(
        @"\s?\\(?:text|mbox|mathrm)\{\s*(dozen|hundred|thousand|million|billion|trillion)\b([^{}]*)\}",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TextScale();

    [GeneratedRegex(@"\\([%$€£#])", RegexOptions.CultureInvariant)]
    private static partial Regex EscapedSign();

    // Markdown's emphasis, but not the power of 2**3.
    [GeneratedRegex(@"\*\*(?![-+]?[\w(])|(?<![\w)])\*\*|(?<!\S)__(?=\S)|`", RegexOptions.CultureInvariant)]
    private static partial Regex Emphasis();

    // Inner text without the closing bracket, so that "(1)(2)" is left alone.
    [GeneratedRegex(
        @"^(?:\$\$?(?<inner>[^$]+)\$\$?|\\\((?<inner>[^\\]*(?:\\[^)][^\\]*)*)\\\)|\\\[(?<inner>[^\\]*(?:\\[^\]][^\\]*)*)\\\]"
            + @"|\\(?:text|mathbf|textbf|mathrm|mathit|boldsymbol|bm|emph|underline|boxed|fbox)\{(?<inner>[^{}]*)\}"
            + @"|\((?<inner>[^()]*)\)|\{(?<inner>[^{}]*|\{[^{}]*\}|\{\{[^{}]*\}\})\}"
            + @"|\u0022(?<inner>[^\u0022]*)\u0022|(?<inner>.*[0-9}\])$])\s?[.,;])$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Wrapped();

    [GeneratedRegex(@"^\s?\p{Sc}", RegexOptions.CultureInvariant)]
    private static partial Regex MoneyStart();

    [GeneratedRegex(@"^\(\s?\p{Sc}[^()\n]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex BracketedLine();

    // A formula, rather than a price.
    [GeneratedRegex(@"^(?:\$[^$\n]*[\\^_][^$\n]*\$|\\\(|\\\[)", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingFormula();

    // "42 = 6*7".
    [GeneratedRegex(@"^\s?=[-+0-9.,()\s*/×÷^]+$", RegexOptions.CultureInvariant)]
    private static partial Regex SumAfter();

    [GeneratedRegex(
        @"^[\s$)\\\]]*((?:\s|\\)?%|\s?(?:percent|pct|dozen|hundred|thousand|million|billion|trillion)\b)", RegexOptions.CultureInvariant)]
    private static partial Regex FollowingScale();
}
