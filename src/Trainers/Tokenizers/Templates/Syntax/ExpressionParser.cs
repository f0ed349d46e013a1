using System.Globalization;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Parses expressions, with the precedence of jinja2.</summary>
internal sealed class ExpressionParser(TokenReader reader)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private readonly PrimaryParser _primary = new(reader);

    /// <summary>An expression, or several with commas between them, which are a tuple.</summary>
    /// <param name="conditional">Whether <c>a if b else c</c> is allowed without brackets.</param>
    public Expression Tuple(bool conditional = true)
    {
        int line = reader.Current.Line;
        Expression first = Parse(conditional);
        if (!reader.Current.IsOperator(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (reader.TryTakeOperator(",") && !IsEnd())
        {
            items.Add(Parse(conditional));
        }

        return new ListLiteral(line, items, SequenceKind.Tuple);
    }

    /// <summary>One expression.</summary>
    /// <param name="conditional">Whether <c>a if b else c</c> is allowed without brackets.</param>
    public Expression Parse(bool conditional = true) => reader.Nested(() => conditional ? Conditional() : Or());

    /// <summary>A name of a filter with its arguments, and the filters after it.</summary>
    /// <param name="value">What is filtered.</param>
    public Expression Filters(Expression value)
    {
        Expression filtered = Filter(value);
        while (reader.TryTakeOperator("|"))
        {
            filtered = Filter(filtered);
        }

        return filtered;
    }

    private bool IsEnd() => reader.Current.Kind is TokenKind.TagEnd or TokenKind.OutputEnd or TokenKind.End
        || reader.Current.IsOperator(")") || reader.Current.IsOperator("=");

    private Expression Conditional()
    {
        Expression value = Or();
        while (reader.Current.IsName("if"))
        {
            int line = reader.Take().Line;
            Expression condition = Or();
            Expression? otherwise = reader.TryTakeName("else") ? reader.Nested(Conditional) : null;
            value = new Conditional(line, condition, value, otherwise);
        }

        return value;
    }

    private Expression Or()
    {
        Expression left = And();
        while (reader.Current.IsName("or"))
        {
            int line = reader.Take().Line;
            left = new Choice(line, left, And(), isAnd: false);
        }

        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (reader.Current.IsName("and"))
        {
            int line = reader.Take().Line;
            left = new Choice(line, left, Not(), isAnd: true);
        }

        return left;
    }

    private Expression Not()
    {
        if (!reader.Current.IsName("not"))
        {
            return Compare();
        }

        int line = reader.Take().Line;
        return new Negation(line, reader.Nested(Not));
    }

    private Expression Compare()
    {
        int line = reader.Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (reader.Current.Kind == TokenKind.Operator && Comparisons.Contains(reader.Current.Text))
            {
                string symbol = reader.Take().Text;
                rest.Add((symbol, Sum()));
            }
            else if (reader.TryTakeName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (reader.Current.IsName("not") && reader.After.IsName("in"))
            {
                reader.Take();
                reader.Take();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(line, first, rest);
            }
        }
    }

    private Expression Sum() => Binary(Concatenation, "+", "-");

    private Expression Concatenation()
    {
        int line = reader.Current.Line;
        List<Expression> parts = [Product()];
        while (reader.TryTakeOperator("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new Joined(line, parts);
    }

    private Expression Product() => Binary(Power, "*", "/", "//", "%");

    private Expression Power() => Binary(() => Unary(filters: true), "**");

    private Expression Binary(Func<Expression> operand, params string[] symbols)
    {
        Expression left = operand();
        while (reader.Current.Kind == TokenKind.Operator && symbols.Contains(reader.Current.Text))
        {
            TemplateToken symbol = reader.Take();
            left = new Arithmetic(symbol.Line, symbol.Text, left, operand());
        }

        return left;
    }

    private Expression Unary(bool filters)
    {
        TemplateToken token = reader.Current;
        Expression value;
        if (token.IsOperator("-") || token.IsOperator("+"))
        {
            reader.Take();
            value = new Signed(token.Line, token.Text, reader.Nested(() => Unary(filters: false)));
        }
        else
        {
            value = _primary.Parse(this);
        }

        value = _primary.Postfix(this, value);
        return filters ? FiltersAndTests(value) : value;
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            if (reader.TryTakeOperator("|"))
            {
                value = Filter(value);
            }
            else if (reader.TryTakeName("is"))
            {
                value = Test(value);
            }
            else if (reader.Current.IsOperator("("))
            {
                value = _primary.Call(this, value);
            }
            else
            {
                return value;
            }
        }
    }

    private Filtered Filter(Expression value)
    {
        TemplateToken name = reader.Expect(TokenKind.Name, "the name of a filter");
        ArgumentList arguments = reader.Current.IsOperator("(") ? _primary.Arguments(this) : new ArgumentList([], []);
        if (name.Text == "safe" && reader.Current.Kind == TokenKind.OutputEnd)
        {
            return new Filtered(name.Line, value, Templates.Filters.Safe, arguments);
        }

        return Templates.Filters.All.TryGetValue(name.Text, out TemplateFilter? filter)
            ? new Filtered(name.Line, value, filter, arguments)
            : throw reader.Problems.Unknown(
                name.Line,
                name.Text == "safe" ? "the filter 'safe' elsewhere than before '}}'" : $"the filter '{name.Text}'",
                Templates.Filters.All.Keys);
    }

    private Expression Test(Expression value)
    {
        bool negated = reader.TryTakeName("not");
        TemplateToken name = reader.Expect(TokenKind.Name, "the name of a test");
        if (!Tests.All.TryGetValue(name.Text, out TemplateTest? test))
        {
            throw reader.Problems.Unknown(name.Line, $"the test '{name.Text}'", Tests.All.Keys);
        }

        ArgumentList arguments = new([], []);
        if (reader.Current.IsOperator("("))
        {
            arguments = _primary.Arguments(this);
        }
        else if (BeginsArgument())
        {
            arguments = new ArgumentList([_primary.Postfix(this, _primary.Parse(this))], []);
        }

        var tested = new Tested(name.Line, value, test, arguments);
        return negated ? new Negation(name.Line, tested) : tested;
    }

    private bool BeginsArgument() => reader.Current switch
    {
        { Kind: TokenKind.Name, Text: "else" or "or" or "and" } => false,
        { Kind: TokenKind.Name, Text: "is" } => throw reader.Unexpected("one test, as tests cannot be chained"),
        { Kind: TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float } => true,
        { Kind: TokenKind.Operator, Text: "[" or "{" } => true,
        _ => false,
    };

    /// <summary>A number as it is written.</summary>
    public static object Number(TemplateToken token) => token.Kind == TokenKind.Integer
        ? (object)long.Parse(token.Text, CultureInfo.InvariantCulture)
        : double.Parse(token.Text, CultureInfo.InvariantCulture);
}
