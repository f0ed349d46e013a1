namespace RlCore.Trainers.Rewards;

internal sealed partial class ExpressionParser
{
    private ExpressionNode ParsePrimary()
    {
        LatexToken token = Take();
        return token.Kind switch
        {
            LatexTokenKind.Number => ParseNumber(token),
            LatexTokenKind.Symbol => AfterName(token.Text),
            LatexTokenKind.Words => new WordsNode(token.Text),
            LatexTokenKind.Command => ParseCommand(token.Text),
            LatexTokenKind.Sign => ParseBrackets(token.Text[0]),
            _ => Fail(),
        };
    }

    private NumberNode ParseNumber(LatexToken token)
    {
        bool isDecimal = token.Text.Contains('.', StringComparison.Ordinal);
        if (!isDecimal && TryTakeProper(out Rational part))
        {
            return new NumberNode(token.Value.Plus(part), false);
        }

        return new NumberNode(token.Value, isDecimal);
    }

    // The fraction of a mixed number: 1 1/2, 1\frac{1}{2}.
    private bool TryTakeProper(out Rational part)
    {
        part = default;
        int at = _at;
        bool isFraction = Next.Kind == LatexTokenKind.Command && Next.Text is "frac" or "dfrac" or "tfrac";
        LatexToken[] next = [.. _tokens.Skip(at).Take(7)];
        bool hasBraces = next.Length == 7 && next[1].Is("{") && next[3].Is("}") && next[4].Is("{") && next[6].Is("}");
        LatexToken[] numbers = isFraction && hasBraces ? [next[2], next[5]]
            : isFraction && next.Length > 2 && IsDigits(next[1]) && next[1].Text.Length == 2
                ? [Digit(next[1], 0), Digit(next[1], 1)]
            : !isFraction && next.Length > 2 && next[0].IsApart && next[1].Is("/") ? [next[0], next[2]]
            : [];
        if (numbers.Length == 0
            || !Array.TrueForAll(numbers, number => number.Kind == LatexTokenKind.Number && number.Value.Denominator.IsOne)
            || numbers[0].Value.CompareTo(numbers[1].Value) >= 0)
        {
            return false;
        }

        _at += !isFraction ? 3 : hasBraces ? 7 : 2;
        part = numbers[0].Value.DividedBy(numbers[1].Value);
        return true;
    }

    private static bool IsDigits(LatexToken token) => token.Kind == LatexTokenKind.Number && token.Text.All(char.IsAsciiDigit);

    private static LatexToken Digit(LatexToken digits, int place) =>
        digits with { Value = new Rational(digits.Text[place] - '0', 1) };

    // A symbol, or a function by its letter with arguments in brackets.
    private ExpressionNode AfterName(string name)
    {
        bool isFunction = LatexWords.FunctionNames.Contains(name[0], StringComparison.Ordinal);
        if (!isFunction || !Next.Is("("))
        {
            return new SymbolNode(name);
        }

        Take();
        List<ExpressionNode> arguments = ParseSeries(out _);
        return TryTake(")") && arguments.Count > 0 ? new ApplyNode($"call {name}", arguments) : Fail();
    }

    private ExpressionNode ParseBrackets(char open)
    {
        string closes = open switch
        {
            '(' => ")]",
            '[' => "])[",
            ']' => "][)",
            '{' => "}",
            '⦃' => "⦄",
            '⟨' => "⟩",
            _ => "",
        };
        if (closes.Length == 0)
        {
            return ParseBars(open);
        }

        // Between the brackets of a set, a bar or a colon may stand for "such that".
        int bars = _bars;
        bool isSet = _isSet;
        _isSet = open == '⦃';
        _bars = _isSet ? 1 : 0;
        List<ExpressionNode> items = ParseSeries(out _);
        if (open == '⦃' && items.Count == 1 && (TryTake("|") || TryTake(":")))
        {
            items = [new ApplyNode("such that", [items[0], .. ParseSeries(out _)])];
        }

        (_bars, _isSet) = (bars, isSet);
        LatexToken close = Take();
        if (close.Kind != LatexTokenKind.Sign || !closes.Contains(close.Text, StringComparison.Ordinal))
        {
            return Fail();
        }

        return Bracketed(open, close.Text[0], items);
    }

    private ExpressionNode ParseBars(char open)
    {
        switch (open)
        {
            case '…':
                return new SymbolNode("…");
            case '°':
                return new ApplyNode("°");
            case '|' or '‖':
                _bars++;
                ExpressionNode inside = ParseStatement();
                _bars--;
                return TryTake(open.ToString()) ? new ApplyNode("abs", inside) : Fail();
            case '⌊' or '⌈':
                ExpressionNode rounded = ParseStatement();
                return TryTake(open == '⌊' ? "⌋" : "⌉") ? new ApplyNode(open == '⌊' ? "floor" : "ceil", rounded) : Fail();
            default:
                return Fail();
        }
    }

    private ExpressionNode Bracketed(char open, char close, List<ExpressionNode> items) => (open, close, items.Count) switch
    {
        ('⦃', _, 0) => new SymbolNode("∅"),
        ('⦃', _, _) => new BracketsNode('{', '}', items),
        ('{', _, 0) => Fail(),
        ('(', ')', 1) or ('[', ']', 1) or ('{', '}', 1) => items[0],
        ('{', _, _) => new BracketsNode('{', '}', items),
        ('⟨', _, _) => new BracketsNode('(', ')', items),
        (_, _, > 0) => new BracketsNode(open, close, items),
        _ => Fail(),
    };

    // What a command or a sign of a power or an index is followed by: a group in braces, or one token.
    private ExpressionNode ParseArgument() => Nested(() =>
    {
        bool isNegative = TryTake("-");
        LatexToken token = Take();
        ExpressionNode node = token switch
        {
            _ when token.Is("{") => ParseGroup(),
            { Kind: LatexTokenKind.Number } => new NumberNode(token.Value, token.Text.Contains('.', StringComparison.Ordinal)),
            { Kind: LatexTokenKind.Symbol } => new SymbolNode(token.Text),
            { Kind: LatexTokenKind.Words } => new WordsNode(token.Text),
            { Kind: LatexTokenKind.Command } => ParseCommand(token.Text),
            _ when token.Is("(") => ParseBrackets('('),
            _ => Fail(),
        };
        return isNegative ? Negative(node) : node;
    });

    private ExpressionNode ParseGroup()
    {
        List<ExpressionNode> items = ParseSeries(out _);
        if (items.Count == 0 && TryTake("°"))
        {
            items.Add(new ApplyNode("°"));
        }

        return !TryTake("}") || items.Count == 0 ? Fail() : items.Count == 1 ? items[0] : new SeriesNode(items, false);
    }

    // One digit of a number without braces, as in \frac34.
    private ExpressionNode ParseFractionPart()
    {
        if (Next.Kind != LatexTokenKind.Number || Next.Text.Length < 2 || Next.Text.Contains('.', StringComparison.Ordinal))
        {
            return ParseArgument();
        }

        return Fail();
    }

    private ExpressionNode ParseCommand(string name) => Nested(() =>
    {
        switch (name)
        {
            case "frac" or "dfrac" or "tfrac" or "cfrac":
                return ParseFraction();
            case "binom" or "dbinom" or "tbinom":
                return new ApplyNode("binom", ParseFractionPart(), ParseFractionPart());
            case "sqrt":
                return ParseRoot();
            case "boxed" or "fbox":
                return ParseArgument();
            case "sum" or "prod" or "int":
                return ParseBig(name);
            case "begin":
                return ParseTable();
            default:
                return LatexWords.Functions.Contains(name) ? ParseFunction(name)
                    : LatexWords.Lists.Contains(name) ? ParseListFunction(name)
                    : Fail();
        }
    });

    private ExpressionNode ParseFraction()
    {
        // \frac34 is one token of two digits.
        if (IsDigits(Next) && Next.Text.Length > 1)
        {
            LatexToken digits = Take();
            var top = new Rational(digits.Text[0] - '0', 1);
            var rest = new NumberNode(new Rational(digits.Text[1] - '0', 1), false);
            return digits.Text.Length == 2 ? new ApplyNode("/", new NumberNode(top, false), rest) : Fail();
        }

        ExpressionNode above = ParseArgument();
        return new ApplyNode("/", above, ParseFractionPart());
    }

    private ExpressionNode ParseRoot()
    {
        ExpressionNode index = new NumberNode(new Rational(2, 1), false);
        if (TryTake("["))
        {
            index = ParseStatement();
            if (!TryTake("]"))
            {
                return Fail();
            }
        }

        return new ApplyNode("root", ParseArgument(), index);
    }

    // A function with its base and power before the argument: \log_2 x, \sin^2 x.
    private ExpressionNode ParseFunction(string name)
    {
        ExpressionNode? power = null;
        ExpressionNode? low = null;
        for (int times = 0; times < 2; times++)
        {
            if (TryTake("^"))
            {
                power = ParseArgument();
            }
            else if (TryTake("_"))
            {
                low = ParseArgument();
            }
        }

        if (power is NumberNode { Value: var inverse } && inverse == new Rational(-1, 1))
        {
            (name, power) = ($"arc{name}", null);
        }

        ExpressionNode argument = Next.Is("(") || Next.Is("{") || Next.Is("|") ? ParsePrimary() : ParseFactors();
        ExpressionNode value = low is null ? new ApplyNode(name, argument) : new ApplyNode(name, argument, low);
        return power is null ? value : new ApplyNode("^", value, power);
    }

    // \sin 2x, but not on into another function.
    private ExpressionNode ParseFactors()
    {
        var factors = new List<ExpressionNode> { ParseSignedFactor() };
        while (!_failed && Next.Kind is LatexTokenKind.Number or LatexTokenKind.Symbol && StartsFactor(_tokens[_at - 1], Next))
        {
            factors.Add(ParseFactor());
        }

        return Product(factors);
    }

    private ExpressionNode ParseListFunction(string name)
    {
        string close = TryTake("(") ? ")" : TryTake("⦃") ? "⦄" : "";
        List<ExpressionNode> items = close.Length == 0 ? [] : ParseSeries(out _);
        return items.Count > 0 && TryTake(close) ? new ApplyNode(name, items) : Fail();
    }

    // A sum or product over a range: opaque, but comparable.
    private ApplyNode ParseBig(string name)
    {
        ExpressionNode low = TryTake("_") ? ParseArgument() : new SymbolNode("…");
        ExpressionNode high = TryTake("^") ? ParseArgument() : new SymbolNode("…");
        return new ApplyNode(name, low, high, ParseTerm());
    }
}
