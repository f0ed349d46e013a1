using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// What may stand around a marked number: before it the name of what it is the value of, after it a unit or the rest of a sentence.
/// </summary>
internal static partial class NumberTail
{
    private static readonly HashSet<string> ShortUnits = new(StringComparer.Ordinal)
    {
        "m", "g", "s", "h", "l", "L", "J", "N", "W", "V", "A", "K", "C", "F", "B", "t", "Ω",
        "mm", "cm", "dm", "km", "in", "ft", "yd", "mi", "nm", "um", "µm", "μm", "kg", "mg", "lb", "oz", "ms", "ns", "hr", "ml", "mL", "cl",
        "kJ", "eV", "kN", "kW", "MW", "GW", "mV", "kV", "mA", "Pa", "Hz", "KB", "kB", "MB", "GB", "TB", "ha", "dB", "ph", "cc",
    };

    private static readonly HashSet<string> NoUnits = new(StringComparer.OrdinalIgnoreCase)
    {
        "and", "or", "to", "mod", "plus", "minus", "times", "over", "through", "between", "divided", "squared", "cubed", "sqrt", "sin",
        "cos", "tan", "log", "exp", "pi", "ln",
    };

    /// <summary>Whether words after a value can be its unit: not if they say that it is another value, as "or more" does.</summary>
    /// <param name="words">The words.</param>
    public static bool IsUnitText(string words) => !Qualifier().IsMatch(words);

    /// <summary>Whether a text is nothing, or a unit and a full stop at most.</summary>
    /// <param name="text">What follows the number.</param>
    public static bool IsUnit(string text)
    {
        string rest = text.TrimEnd().TrimEnd('.');
        VerifierWork.Spend(rest.Length);
        int at = 0;
        while (at < rest.Length)
        {
            Match item = Item().Match(rest, at);
            bool isApart = at > 0 || (item.Success && char.IsWhiteSpace(item.ValueSpan[0]));
            if (!item.Success || !IsUnitText(item.Groups["text"].Value) || (item.Groups["word"].Success && !IsUnitWord(item, isApart)))
            {
                return false;
            }

            at = item.Index + item.Length;
        }

        return true;
    }

    /// <summary>Whether a number that begins a sentence or a line is over, so that what follows is a unit or other words.</summary>
    /// <param name="text">What follows the number.</param>
    public static bool IsOver(string text)
    {
        if (IsUnit(text))
        {
            return true;
        }

        if (Word().Match(text) is { Success: true } word)
        {
            bool isUnit = word.Groups[2].Length > 2 || word.Groups[1].Length > 0 || ShortUnits.Contains(word.Groups[2].Value);
            bool isVariable = word.Groups[2].Length == 1 && !ShortUnits.Contains(word.Groups[2].Value);
            return isUnit && !isVariable && !Continues().IsMatch(text);
        }

        return Ends().IsMatch(text);
    }

    /// <summary>What is left of a text without the names and sums whose value it is: of "x = 2 + 3 = 5", "5".</summary>
    /// <param name="text">The text.</param>
    public static string Value(string text)
    {
        int at = 0;
        VerifierWork.Spend(text.Length);
        while (Named().Match(text, at) is { Success: true } name)
        {
            at = name.Index + name.Length;
        }

        return text[at..];
    }

    private static bool IsUnitWord(Match item, bool isApart)
    {
        string word = item.Groups["word"].Value;
        return ShortUnits.Contains(word) || (isApart && word.Length > 2 && !NoUnits.Contains(word) && IsUnitText(word));
    }

    // Text, an angle's degrees, a word with a power, or what joins units.
    [GeneratedRegex(
        @"\G(?:\\(?:text|textrm|textbf|textit|textnormal|mathrm|mbox|operatorname)\s?\{(?<text>[^{}0-9]*)\}(?:\^(?:-?[1-9]|\{-?[1-9]\}))?"
            + @"|\^?\{?\s?\\(?:circ|degree)(?![a-zA-Z])\s?\}?|°|\s*(?<word>\p{L}+)(?:\^(?:-?[1-9]|\{-?[1-9]\}))?|\\cdot"
            + @"|\^(?:[1-9]|\{[1-9]\})(?<=\}\^(?:[1-9]|\{[1-9]\}))"
            + @"|[/·'\u0022\s]|-(?=\p{L})|\.(?=\p{L})|\p{Sc})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"^(\s?)(\p{L}+)", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(
        @"\b(?:not|no|or|and|more|less|fewer|greater|least|most|than|except|plus|minus|times|between|squared|cubed|mod|over|factorial)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Qualifier();

    // "3 or 4", "3 times 5".
    [GeneratedRegex(
        @"^\s?(?:,\s?)?(?:and|or|to|mod|plus|minus|times|over|through|divided by|multiplied by|squared|cubed)"
            + @"\b(?:\s+-?[\p{Sc}\\(]?[0-9.\\]|\s*$|\s+[a-z]\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Continues();

    // Punctuation before other words, a bracket after a space, the end of a line.
    [GeneratedRegex(
        @"^(?:\s?[.;!?](?:[\s*)\u0022']|$)|\s*\n|,\s(?!\s*(?:and\s|or\s)?\s*[-+]?[\p{Sc}\\(]?[0-9])"
            + @"|:\s|\s\(|\s-\s?\p{L}|\s?\*\*|\u0022|\s*[\])}]|\s*\\[)\]]|\s*\$"
            + @"|\s?(?:\\text|\\mbox|\\mathrm|\^?\{?\\circ|°)|\s?<)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    // x =, f(2) =, \angle ABC =, \text{total} =, 6 \times 7 =; approximately.
    [GeneratedRegex(
        @"\G\s*(?:(?>\\(?:text|mathrm|mathbf)\{[^{}]*\}\s?|\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?(?:\([^()=]*\))?\s?){1,6}"
            + @"(?:=|:=|≈|\\approx(?![a-z]))"
            + @"|[-+0-9.,()\s*/×÷^]*(?:\\(?:times|cdot|div)[-+0-9.,()\s*/×÷^]*)*(?<=[0-9)]\s*)(?:=|≈|\\approx(?![a-z]))"
            + @"|≈|\\approx(?![a-z])|~(?=\s?[0-9]))\s*",
        RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}
