using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The expression that a text gives as its answer: what <see cref="MarkedAnswer"/> finds, otherwise the last formula or, if that comes
/// later, the last number; a text without formulas may be an expression as a whole.
/// </summary>
/// <param name="Node">The expression; null if the answer is none that can be read.</param>
/// <param name="Plain">The answer as it was written, without spaces and layout.</param>
internal sealed partial record ExpressionText(ExpressionNode? Node, string Plain)
{
    /// <summary>Another reading: "1,2" in plain text is 1.2 in many countries, or two numbers.</summary>
    public ExpressionNode? Other { get; private init; }

    /// <summary>Whether the text marks it as its answer.</summary>
    public bool IsMarked { get; private init; }

    private const int MostPlain = 300;

    /// <summary>Reads the answer of a completion.</summary>
    /// <param name="text">The text.</param>
    public static ExpressionText ReadFinal(string text)
    {
        string clean = AnswerText.Clean(text);
        return ReadMarked(MarkedAnswer.Find(clean)) is { } marked ? marked with { IsMarked = true } : ReadUnmarked(clean);
    }

    /// <summary>Reads a row's answer: a text like a completion, or an expression alone, or words.</summary>
    /// <param name="text">The text.</param>
    public static ExpressionText ReadAnswer(string text)
    {
        string clean = AnswerText.Clean(text).Trim();
        MarkedAnswer marked = MarkedAnswer.Find(clean);
        if (ReadMarked(marked) is { } found)
        {
            return found;
        }

        // A row's box may lack its closing brace.
        if (OpenBox().Match(clean) is { Success: true } open)
        {
            return Of([open.Groups[1].Value]);
        }

        List<MathSpan> formulas = MathSpans.Find(clean);
        return formulas.Count > 0 ? ReadUnmarked(clean) : OfPlain(clean);
    }

    /// <summary>Whether another text gives the same answer.</summary>
    /// <param name="given">The other.</param>
    /// <param name="precision">Decimals to which a number written with decimals must agree.</param>
    public bool IsAnsweredBy(ExpressionText given, int precision) => (Plain.Length > 0 && Plain == given.Plain)
        || Readings.Any(right => given.Readings.Any(answer => new AnswerComparison(precision).AreSame(right, answer)));

    private IEnumerable<ExpressionNode> Readings => new[] { Node, Other }.OfType<ExpressionNode>();

    private static ExpressionText? ReadMarked(MarkedAnswer marked) => marked.Mark switch
    {
        AnswerMark.None => null,
        AnswerMark.Words => ShortWords().Match(marked.Parts[0]) is { Success: true } words ? Of([words.Groups[1].Value]) : null,
        AnswerMark.Box => Of([.. marked.Parts.SkipLast(1), marked.Parts[^1] + PercentAfter().Match(marked.After).Groups[1].Value]),
        _ => ReadLeading(marked.Parts[0]),
    };

    private static ExpressionText ReadLeading(string text)
    {
        string start = Opening().Replace(text, "");
        List<MathSpan> formulas = MathSpans.Find(start);
        if (formulas is [{ Start: 0 }, ..])
        {
            int count = 1;
            while (count < formulas.Count && AreJoined(start, formulas[count - 1], formulas[count]))
            {
                count++;
            }

            return OfFormulas(start, formulas[..count]);
        }

        Match sentence = Sentence().Match(start);
        string whole = sentence.Value.Trim().Trim('*', '"').TrimEnd('\\');
        ExpressionText read = Of([whole]);
        return read.Node is not null || !NumberText.TryReadFinal($"#### {start}", out NumberText number) ? read : Of(number, read.Plain);
    }

    private static ExpressionText ReadUnmarked(string text)
    {
        VerifierWork.Spend(text.Length);
        List<MathSpan> formulas = MathSpans.Find(text);
        bool isBroken = Broken().IsMatch(text);
        int end = formulas.Count == 0 ? 0 : formulas[^1].End;
        string tail = text[end..];
        string plain = !isBroken && formulas.Count == 0 && text.Length <= MostPlain ? Bare(text) : "";
        if (!isBroken && formulas.Count == 0 && ReadPlain(text) is { Node: not null } whole)
        {
            return whole;
        }

        if (!isBroken && LastNumber.TryRead(NumberText.Simplify(tail), out NumberText number) && (end == 0 || Later().IsMatch(tail)))
        {
            return Of(number, plain);
        }

        if (formulas.Count == 0)
        {
            return new ExpressionText(null, plain);
        }

        int first = formulas.Count - 1;
        while (first > 0 && AreJoined(text, formulas[first - 1], formulas[first]))
        {
            first--;
        }

        return OfFormulas(text, formulas[first..]);
    }

    // An expression without delimiters: the whole text, or a sum that ends it.
    private static ExpressionText? ReadPlain(string text) =>
        text.Length <= MostPlain && !Prose().IsMatch(text) && OfPlain(text.Trim()) is { Node: not null } whole ? whole
        : Arithmetic().Match(text) is { Success: true } sum ? Of([sum.Groups[1].Value])
        : null;

    private static ExpressionText OfPlain(string text)
    {
        ExpressionText read = Of([text]);
        return DecimalComma().IsMatch(text) && NumberText.TryReadWhole(text, out NumberText number)
            ? Of(number, read.Plain) with { Other = read.Node }
            : read;
    }

    private static ExpressionText OfFormulas(string text, List<MathSpan> formulas)
    {
        string percent = PercentAfter().Match(text[formulas[^1].End..Math.Min(text.Length, formulas[^1].End + 40)]).Groups[1].Value;
        return Of([.. formulas.Select((formula, i) => i == formulas.Count - 1 ? formula.Content + percent : formula.Content)]);
    }

    private static bool AreJoined(string text, MathSpan one, MathSpan next) => Joint().IsMatch(text[one.End..next.Start]);

    private static ExpressionText Of(NumberText number, string plain)
    {
        // A number from prose may be rounded as decimals may.
        Rational value = number.IsPercentage ? number.Value.Times(new Rational(100, 1)) : number.Value;
        ExpressionNode node = new NumberNode(value, !value.Denominator.IsOne);
        return new ExpressionText(number.IsPercentage ? new ApplyNode("%", node) : node, plain);
    }

    private static ExpressionText Of(IReadOnlyList<string> parts)
    {
        string plain = Bare(string.Join(',', parts));
        VerifierWork.Spend(plain.Length);
        var nodes = new List<ExpressionNode>();
        foreach (string part in parts)
        {
            if (!TryRead(part.Trim().TrimEnd('.', ',', ';', ' '), out ExpressionNode node))
            {
                return new ExpressionText(null, plain);
            }

            nodes.Add(node);
        }

        ExpressionNode all = nodes.Count == 1
            ? nodes[0]
            : new SeriesNode([.. nodes.SelectMany(node => node is SeriesNode ? node.Parts : [node])], false);
        return new ExpressionText(all, plain);
    }

    private static string Bare(string text) => Layout().Replace(Fonts().Replace(text, "$1"), "").TrimEnd('.');

    // A number in the notation of any country, an expression, or what stands after its last equals sign.
    private static bool TryRead(string text, out ExpressionNode node)
    {
        bool isList = text.Length > LatexLexer.MostCharacters ? text.Contains(',', StringComparison.Ordinal) : ListComma().IsMatch(text);
        if (!isList && text.Length <= Magnitude.MostDigits && NumberText.TryReadWhole(text, out NumberText number))
        {
            node = Of(number, "").Node!;
            bool isFraction = text.Contains('/', StringComparison.Ordinal) || text.Contains("frac", StringComparison.Ordinal);
            node = isFraction ? new NumberNode(number.Value, false) : node;
            return true;
        }

        if (ExpressionParser.TryParse(text, out node))
        {
            return true;
        }

        int equals = text.LastIndexOf('=');
        return equals >= 0 && ExpressionParser.TryParse(text[(equals + 1)..], out node);
    }

    [GeneratedRegex(@"\\(?:text|textbf|textrm|textnormal|mathrm|mbox)\{([^{}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Fonts();

    [GeneratedRegex(@"\\(?:boxed|fbox)\s?\{(.+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex OpenBox();

    [GeneratedRegex(@"^[\s$)\\\]]*(\s?\\?%|\s?(?:percent|pct)\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PercentAfter();

    // Emphasis and quotation marks, also escaped ones.
    [GeneratedRegex(@"^(?:[*\s\u0022]|\\\u0022)+", RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    // Between formulas that are one answer.
    [GeneratedRegex(@"^\s*(?:,|;|,?\s*(?:and|or)\b)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    // An inline formula must end on its line.
    [GeneratedRegex(@"(?<!\$)\$[^\S\n]*\n|\\\([^\S\n]*\n", RegexOptions.CultureInvariant)]
    private static partial Regex Broken();

    // A name or a few words, to the end of the sentence.
    [GeneratedRegex(@"^(\p{L}[\p{L}'-]*(?: \p{L}[\p{L}'-]*){0,3})\s*\**(?:[.!\n]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex ShortWords();

    [GeneratedRegex(@"^(?:[^.\n]|\.(?=\S))*", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    // The last number counts if it stands in a sentence of its own, or after "is".
    [GeneratedRegex(@"^\s*\p{Lu}|[.:!?]\s|\bis\b|=", RegexOptions.CultureInvariant)]
    private static partial Regex Later();

    // A sum that ends a text: "it is 3*(4+5)".
    [GeneratedRegex(@"(?:^|[=:]|\bis)\s*([-(]{0,4}[0-9][-+*/^()×÷. 0-9]{0,200}[0-9)])\s*\.?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Arithmetic();

    // A word that is neither a function nor a unit.
    [GeneratedRegex(
        @"(?<![\\\p{L}0-9)])(?!(?:and|or|sin|cos|tan|log|ln|exp|sqrt|pi|inf|min|max|gcd|infinity|percent|pct|[a-z]m|kg|ft)"
            + @"(?!\p{L}))(?<!\{)\p{L}{2,}(?![\p{L}}])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Prose();

    [GeneratedRegex(@"^[-+\s\p{Sc}]*[0-9]+,[0-9]+[\s\p{Sc}%]*$", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma();

    // A comma that is no separator of thousands.
    [GeneratedRegex(@",(?![0-9]{3}(?![0-9]))|[(\[{].*,", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ListComma();

    [GeneratedRegex(
        @"\s+|\\(?:left|right|displaystyle|quad|qquad)(?![a-zA-Z])|\\[,;:! ]|\$|(?<=\\)[dt](?=frac)", RegexOptions.CultureInvariant)]
    private static partial Regex Layout();
}
