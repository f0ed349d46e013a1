namespace RlCore.Algebra;

/// <summary>Writes expressions down.</summary>
internal sealed class ExprPrinter
{
    private const double NameTolerance = 1e-12;

    private readonly (double Value, ExprText Text, bool IsSum)[] _names;

    public ExprPrinter(IReadOnlyList<ExprConstant> constants) => _names = [.. constants.SelectMany(constant => constant.Forms())];

    public ExprText Print(ExprNode node) => node switch
    {
        NumberNode number => Signed(number),
        SymbolNode symbol => new(ExprText.LatexOf(symbol.Name), symbol.Name),
        SumNode sum => Sum(sum),
        ProductNode product => Product(product),
        CallNode call => Call(call),
        ClampNode clamp => Clamp(clamp),
        OrderNode order => Cases(OrderBranches(order)),
        InsideNode inside => Inside(inside),
        _ => throw new InvalidOperationException("The kinds of nodes are closed."),
    };

    private (ExprText Text, bool IsSum, bool Negative)? Name(double value)
    {
        foreach ((double known, ExprText text, bool isSum) in _names)
        {
            if (Math.Abs(Math.Abs(known) - Math.Abs(value)) <= NameTolerance * Math.Abs(value))
            {
                return (text, isSum, known * value < 0);
            }
        }

        return null;
    }

    private ExprText Signed(NumberNode number) => Name(number.Value) switch
    {
        null => ExprText.Number(number.Value),
        { Negative: false } name => name.Text,
        { } name => Minus(name.IsSum ? Parenthesised(name.Text) : name.Text),
    };

    private static ExprText Minus(ExprText text) => new($"-{text.Latex}", $"−{text.Plain}");

    // A number's name, or its magnitude, without the sign that IsNegative tells.
    private ExprText Unsigned(ExprNode node) => node is NumberNode number
        ? Name(number.Value)?.Text ?? ExprText.Number(Math.Abs(number.Value))
        : Print(node);

    private bool IsNegative(ExprNode node) => node switch
    {
        NumberNode number => number.Value < 0 || Name(number.Value) is { Negative: true },
        ProductNode product =>
            product.Coefficient < 0 != product.Factors.Count(factor => factor.Node is NumberNode number && IsNegative(number)) % 2 > 0,
        _ => false,
    };

    private bool IsSum(ExprNode node) => node switch
    {
        SumNode => true,
        NumberNode number => Name(number.Value) is { IsSum: true },
        _ => false,
    };

    private ExprText Sum(SumNode sum)
    {
        List<ExprNode> nodes = [.. sum.Terms.Select(term => Simplify.Multiply(Simplify.Number(term.Coefficient), term.Node))];
        int first = nodes.FindIndex(node => !IsNegative(node));
        if (first > 0)
        {
            ExprNode lead = nodes[first];
            nodes.RemoveAt(first);
            nodes.Insert(0, lead);
        }

        ExprText text = Print(nodes[0]);
        foreach (ExprNode node in nodes.Skip(1))
        {
            bool negative = IsNegative(node);
            ExprNode magnitude = negative ? Simplify.Negate(node) : node;
            ExprText term = negative && node is NumberNode ? Unsigned(node) : Print(magnitude);
            term = negative && IsSum(node is NumberNode ? node : magnitude) ? Parenthesised(term) : term;
            text = new($"{text.Latex} {(negative ? '-' : '+')} {term.Latex}", $"{text.Plain} {(negative ? '−' : '+')} {term.Plain}");
        }

        return text;
    }

    private ExprText Product(ProductNode product)
    {
        bool negative = IsNegative(product);
        IReadOnlyList<ExprFactor> factors = product.Factors;
        double coefficient = Math.Abs(product.Coefficient);
        ExprFactor[] above = [.. factors.Where(factor => factor.Power > 0).OrderBy(Rank)];
        ExprFactor[] below = [.. factors.Where(factor => factor.Power < 0).Select(factor => factor with { Power = -factor.Power })];
        ExprText text = Factors(above, coefficient);
        if (below.Length > 0)
        {
            ExprText divisor = Factors(below, 1);
            bool compound = below.Length > 1 || (below[0].Power == 1 && IsSum(below[0].Node));
            string dividend = above.Length == 1 && coefficient == 1 && above[0].Power == 1 && IsSum(above[0].Node)
                ? $"({text.Plain})"
                : text.Plain;
            text = new($"\\frac{{{text.Latex}}}{{{divisor.Latex}}}", $"{dividend}/{(compound ? $"({divisor.Plain})" : divisor.Plain)}");
        }

        return negative ? Minus(text) : text;
    }

    // Constants, then symbols and functions; what needs room or parentheses comes last.
    private static int Rank(ExprFactor factor) => factor.Node switch
    {
        NumberNode => 0,
        OrderNode or InsideNode => 3,
        CallNode { Function: ExprFunction.Log or ExprFunction.LogSigmoid } => 2,
        _ => 1,
    };

    private ExprText Factors(ExprFactor[] factors, double coefficient)
    {
        bool alone = factors.Length == 1 && coefficient == 1 && factors[0].Power == 1;
        List<ExprText> parts = coefficient == 1 && factors.Length > 0 ? [] : [ExprText.Number(coefficient)];
        foreach (ExprFactor factor in factors)
        {
            ExprText text = Unsigned(factor.Node);
            text = (IsSum(factor.Node) && !alone) || (factor.Power > 1 && factor.Node is OrderNode or InsideNode)
                ? Parenthesised(text)
                : text;
            parts.Add(
                factor.Power == 1
                    ? text
                    : new($"{text.Latex}^{{{factor.Power}}}", $"{text.Plain}{(factor.Power == 2 ? "²" : $"^{factor.Power}")}"));
        }

        return new(string.Join(" \\, ", parts.Select(part => part.Latex)), string.Join('·', parts.Select(part => part.Plain)));
    }

    private ExprText Call(CallNode call)
    {
        ExprText[] arguments = [.. call.Arguments.Select(Print)];
        string name = call.Function.ToString().ToLowerInvariant();
        return call.Function switch
        {
            ExprFunction.Abs => new($"\\left|{arguments[0].Latex}\\right|", $"|{arguments[0].Plain}|"),
            ExprFunction.Sqrt => new($"\\sqrt{{{arguments[0].Latex}}}", $"√({arguments[0].Plain})"),
            ExprFunction.StopGradient => Apply("\\mathrm{sg}", "sg", arguments),
            ExprFunction.Sigmoid => Apply("\\sigma", "σ", arguments),
            ExprFunction.LogSigmoid => Apply("\\log \\sigma", "log σ", arguments),
            _ => Apply($"\\{name}", name, arguments),
        };
    }

    private ExprText Clamp(ClampNode clamp)
    {
        (ExprText x, ExprText low, ExprText high) = (Print(clamp.X), Print(Simplify.Number(clamp.Low)), Print(Simplify.Number(clamp.High)));
        return double.IsNegativeInfinity(clamp.Low) ? Apply("\\min", "min", [x, high])
            : double.IsPositiveInfinity(clamp.High) ? Apply("\\max", "max", [x, low])
            : Apply("\\mathrm{clip}", "clip", [x, low, high]);
    }

    private static ExprText Apply(string latex, string plain, ExprText[] arguments) => new(
        $"{latex}\\left({string.Join(",\\; ", arguments.Select(argument => argument.Latex))}\\right)",
        $"{plain}({string.Join(", ", arguments.Select(argument => argument.Plain))})");

    private ExprText Inside(InsideNode inside)
    {
        ExprText condition = Condition(inside);
        return Simplify.IsZero(inside.Outside)
            ? Indicator(inside.Inside, condition)
            : Cases([(inside.Inside, condition), (inside.Outside, null)]);
    }

    private ExprText Indicator(ExprNode value, ExprText condition)
    {
        ExprText text = IsSum(value) ? Parenthesised(Print(value)) : Print(value);
        ExprText indicator = new($"\\mathbb{{1}}\\left[{condition.Latex}\\right]", $"1[{condition.Plain}]");
        return value is NumberNode { Value: 1 } ? indicator : new($"{text.Latex} \\, {indicator.Latex}", $"{text.Plain}·{indicator.Plain}");
    }

    private ExprText Condition(InsideNode inside)
    {
        (ExprText x, ExprText low, ExprText high) = (
            Print(inside.X), Print(Simplify.Number(inside.Low)), Print(Simplify.Number(inside.High)));
        bool above = double.IsNegativeInfinity(inside.Low);
        bool below = double.IsPositiveInfinity(inside.High);
        return new(
            $"{(above ? "" : $"{low.Latex} \\le ")}{x.Latex}{(below ? "" : $" \\le {high.Latex}")}",
            $"{(above ? "" : $"{low.Plain} ≤ ")}{x.Plain}{(below ? "" : $" ≤ {high.Plain}")}");
    }

    private (ExprNode Value, ExprText? Condition)[] OrderBranches(OrderNode order)
    {
        ExprText Is(string latex, string plain) =>
            new(
                $"{Print(order.Left).Latex} {latex} {Print(order.Right).Latex}",
                $"{Print(order.Left).Plain} {plain} {Print(order.Right).Plain}");
        bool joinsLess = order.Equal.Key == order.Less.Key;
        return joinsLess ? [(order.Less, Is("\\le", "≤")), (order.Greater, null)]
            : order.Equal.Key == order.Greater.Key ? [(order.Less, Is("<", "<")), (order.Greater, null)]
            : [(order.Less, Is("<", "<")), (order.Equal, Is("=", "=")), (order.Greater, null)];
    }

    private ExprText Cases((ExprNode Value, ExprText? Condition)[] branches)
    {
        IEnumerable<string> latex = branches.Select(
            branch =>
                $"{Print(branch.Value).Latex} & "
                    + $"{(branch.Condition is { } condition ? $"\\text{{if }} {condition.Latex}" : "\\text{otherwise}")}");
        IEnumerable<string> plain = branches.Select(
            branch => $"{Print(branch.Value).Plain} {(branch.Condition is { } condition ? $"if {condition.Plain}" : "otherwise")}");
        return new($"\\begin{{cases}} {string.Join(" \\\\ ", latex)} \\end{{cases}}", $"{{ {string.Join("; ", plain)} }}");
    }

    private static ExprText Parenthesised(ExprText text) => new($"\\left({text.Latex}\\right)", $"({text.Plain})");
}
