namespace RlCore.Trainers.Rewards;

/// <summary>
/// Parses an expression: sums and products, also implicit, fractions, roots, powers, functions, brackets, sets and intervals, matrices,
/// relations, and several of these in a row. Recursion goes at most <see cref="MostDepth"/> deep, and every token is read once.
/// </summary>
internal sealed partial class ExpressionParser
{
    /// <summary>The deepest nesting that is read.</summary>
    public const int MostDepth = 64;

    private const int MostChained = 128;

    private const string Relations = "=≠<>≤≥≈∈∉⊂≡→⇒⇔";

    private readonly IReadOnlyList<LatexToken> _tokens;
    private int _at;
    private int _depth;
    private int _bars;
    private int _chained;
    private bool _isSet;
    private bool _failed;

    private ExpressionParser(IReadOnlyList<LatexToken> tokens) => _tokens = tokens;

    private LatexToken Next => _tokens[_at];

    /// <summary>Parses a text.</summary>
    /// <param name="text">A text cleaned by <see cref="AnswerText"/>.</param>
    /// <param name="node">The expression; an empty symbol if there is none.</param>
    /// <returns>Whether the whole text is an expression.</returns>
    public static bool TryParse(string text, out ExpressionNode node)
    {
        node = new SymbolNode("");
        if (!LatexLexer.TryRead(text, out IReadOnlyList<LatexToken> tokens) || tokens.Count < 2)
        {
            return false;
        }

        var parser = new ExpressionParser(tokens);
        List<ExpressionNode> items = parser.ParseSeries(out char joint);
        node = items.Count == 1 ? items[0] : new SeriesNode(items, joint == '∨');
        return !parser._failed && parser.Next.Kind == LatexTokenKind.End && items.Count > 0;
    }

    private static bool IsSeparator(LatexToken token) => token.Kind == LatexTokenKind.Sign && token.Text is "," or ";" or "∨" or "∧";

    // No loop goes on after a failure, as the next token is then the end.
    private SymbolNode Fail()
    {
        _failed = true;
        _at = _tokens.Count - 1;
        return new SymbolNode("");
    }

    private LatexToken Take()
    {
        VerifierWork.Spend(1);
        LatexToken token = _tokens[_at];
        _at = Math.Min(_at + 1, _tokens.Count - 1);
        return token;
    }

    private bool TryTake(string sign)
    {
        bool isNext = Next.Is(sign);
        _at += isNext ? 1 : 0;
        return isNext;
    }

    private ExpressionNode Nested(Func<ExpressionNode> parse)
    {
        _depth++;
        ExpressionNode node = _depth > MostDepth ? Fail() : parse();
        _depth--;
        return node;
    }

    // Operations from the left make a tree as deep as there are of them.
    private T Chained<T>(T node)
        where T : ExpressionNode
    {
        if (++_chained > MostChained)
        {
            Fail();
        }

        return node;
    }

    // Items with separators; a semicolon separates more than a comma does.
    private List<ExpressionNode> ParseSeries(out char joint)
    {
        var groups = new List<List<ExpressionNode>> { new() };
        joint = ',';
        while (!_failed && (IsSeparator(Next) || StartsValue(Next) || StartsSigned(Next)))
        {
            if (IsSeparator(Next))
            {
                char separator = Take().Text[0];
                joint = separator is '∨' or '∧' ? separator : joint;
                if (separator == ';' && groups[^1].Count > 0)
                {
                    groups.Add([]);
                }

                continue;
            }

            groups[^1].Add(ParseStatement());
            if (!IsSeparator(Next))
            {
                break;
            }
        }

        groups.RemoveAll(group => group.Count == 0);
        return groups.Count <= 1
            ? [.. groups.SelectMany(group => group)]
            : [.. groups.Select(group => group.Count == 1 ? group[0] : new SeriesNode(group, false))];
    }

    private ExpressionNode ParseStatement() => Nested(() =>
    {
        var sides = new List<ExpressionNode> { ParseSide() };
        var relations = new List<char>();
        while (Next.Kind == LatexTokenKind.Sign && Relations.Contains(Next.Text, StringComparison.Ordinal))
        {
            relations.Add(Take().Text[0]);
            sides.Add(ParseSide());
        }

        return relations.Count == 0 ? sides[0] : new ChainNode(sides, relations);
    });

    private ExpressionNode ParseSide()
    {
        ExpressionNode left = ParseRatio();
        while (Next.Kind == LatexTokenKind.Sign && Next.Text is "∪" or "∩" or "∖")
        {
            string operation = Take().Text;
            ExpressionNode right = ParseRatio();
            left = operation != "∖" && left is ApplyNode same && same.Function == operation
                ? new ApplyNode(operation, [.. same.Parts, right])
                : Chained(new ApplyNode(operation, left, right));
        }

        if (Next.Kind == LatexTokenKind.Command && Next.Text is "mod" or "bmod" or "pmod")
        {
            Take();
            left = new ApplyNode("mod", left, Next.Is("{") ? ParseArgument() : ParseFactor());
        }

        return left;
    }

    private ExpressionNode ParseRatio()
    {
        ExpressionNode left = ParseSum();
        while (!_isSet && TryTake(":"))
        {
            left = Chained(new ApplyNode(":", left, ParseSum()));
        }

        return left;
    }

    private ExpressionNode ParseSum()
    {
        var terms = new List<ExpressionNode>();
        do
        {
            bool isNegative = false;
            string alternative = "";
            while (StartsSigned(Next))
            {
                string sign = Take().Text;
                isNegative ^= sign == "-";
                alternative = sign is "±" or "∓" ? sign : alternative;
            }

            ExpressionNode term = ParseTerm();
            term = isNegative ? Negative(term) : term;
            if (alternative.Length > 0)
            {
                ExpressionNode before = terms.Count == 0 ? new NumberNode(default, false) : Sum(terms);
                terms = [Chained(new ApplyNode("±", before, term))];
            }
            else
            {
                terms.Add(term);
            }
        }
        while (!_failed && StartsSigned(Next));
        return Sum(terms);
    }

    private static ExpressionNode Sum(List<ExpressionNode> terms) => terms.Count == 1
        ? terms[0]
        : new ApplyNode("+", [.. terms.SelectMany(term => term is ApplyNode { Function: "+" } sum ? sum.Parts : [term])]);

    private static ExpressionNode Negative(ExpressionNode term) => term is NumberNode number
        ? new NumberNode(number.Value.Times(new Rational(-1, 1)), number.IsDecimal)
        : Product([new NumberNode(new Rational(-1, 1), false), term]);

    private static ExpressionNode Product(List<ExpressionNode> factors) => factors.Count == 1
        ? factors[0]
        : new ApplyNode("*", [.. factors.SelectMany(factor => factor is ApplyNode { Function: "*" } product ? product.Parts : [factor])]);

    private static bool StartsSigned(LatexToken token) => token.Kind == LatexTokenKind.Sign && token.Text is "+" or "-" or "±" or "∓";

    private static bool StartsValue(LatexToken token) => token.Kind switch
    {
        LatexTokenKind.Number or LatexTokenKind.Symbol or LatexTokenKind.Words => true,
        LatexTokenKind.Command => token.Text is not ("end" or "mod" or "bmod" or "pmod" or "not" or "root"),
        LatexTokenKind.Sign => token.Text is "(" or "[" or "]" or "{" or "⦃" or "⌊" or "⌈" or "⟨" or "…" or "|" or "‖",
        _ => false,
    };

    // A factor that follows another without a sign between them.
    private bool StartsFactor(LatexToken before, LatexToken token) => token.Kind switch
    {
        LatexTokenKind.Number => before.Kind != LatexTokenKind.Number && !before.Is("%"),
        LatexTokenKind.Sign => token.Text is "(" or "{" or "⌊" or "⌈" or "⟨" || (token.Text == "|" && _bars == 0),
        _ => StartsValue(token),
    };

    private ExpressionNode ParseTerm()
    {
        var factors = new List<ExpressionNode> { ParseFactor() };
        while (!_failed)
        {
            if (TryTake("*"))
            {
                factors.Add(ParseSignedFactor());
            }
            else if (TryTake("/"))
            {
                ExpressionNode bottom = ParseSignedFactor();
                factors = [Chained(new ApplyNode("/", Product(factors), bottom))];
            }
            else if (StartsFactor(_tokens[_at - 1], Next))
            {
                factors.Add(ParseFactor());
            }
            else
            {
                break;
            }
        }

        return Product(factors);
    }

    private ExpressionNode ParseSignedFactor()
    {
        bool isNegative = false;
        while (Next.Is("-") || Next.Is("+"))
        {
            isNegative ^= Take().Text == "-";
        }

        ExpressionNode factor = ParseFactor();
        return isNegative ? Negative(factor) : factor;
    }

    private ExpressionNode ParseFactor() => Nested(() =>
    {
        ExpressionNode node = ParsePrimary();
        while (!_failed)
        {
            if (TryTake("^"))
            {
                node = Chained(Raise(node));
            }
            else if (TryTake("_"))
            {
                node = Chained(WithIndex(node, ParseArgument()));
            }
            else if (Next.Kind == LatexTokenKind.Sign && Next.Text is "!" or "%" or "°")
            {
                node = Chained(new ApplyNode(Take().Text, node));
            }
            else if (Next.Is("'") && node is SymbolNode symbol)
            {
                Take();
                node = Chained(AfterName($"{symbol.Name}'"));
            }
            else
            {
                break;
            }
        }

        return node;
    });

    private ApplyNode Raise(ExpressionNode node)
    {
        if (TryTake("°"))
        {
            return new ApplyNode("°", node);
        }

        ExpressionNode exponent = ParseArgument();
        if (exponent is ApplyNode { Function: "°", Parts: [] })
        {
            return new ApplyNode("°", node);
        }

        // Powers of powers without brackets go from the right.
        exponent = TryTake("^") ? Nested(() => Raise(exponent)) : exponent;
        return new ApplyNode("^", node, exponent);
    }

    private ExpressionNode WithIndex(ExpressionNode node, ExpressionNode index) => node switch
    {
        SymbolNode symbol => AfterName($"{symbol.Name}_{index.Key}"),
        _ => new ApplyNode("_", node, index),
    };
}
