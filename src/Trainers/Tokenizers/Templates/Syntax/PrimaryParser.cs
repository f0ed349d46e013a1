using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Parses literals, names, and what follows them: attributes, items, slices and calls.</summary>
internal sealed class PrimaryParser(TokenReader reader)
{
    // What names in calls "x.name(…)" may be: a method of a value, or the attributes of a loop.
    private static readonly HashSet<string> Methods =
    [
        .. TextMethods.All.Keys, .. MapMethods.All.Keys, .. ListMethods.All.Keys, .. MapMethods.Unsafe, .. ListMethods.Unsafe,
        "cycle", "changed",
    ];

    /// <summary>A literal, a name, or an expression in brackets.</summary>
    public Expression Parse(ExpressionParser expressions)
    {
        TemplateToken token = reader.Current;
        switch (token)
        {
            case { Kind: TokenKind.Name }:
                reader.Take();
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.Line, true),
                    "false" or "False" => new Constant(token.Line, false),
                    "none" or "None" => new Constant(token.Line, null),
                    "varargs" or "kwargs" or "caller" or "self" => throw reader.Problems.Syntax(
                        token.Line, $"the special name '{token.Text}', which is not supported", "another name"),
                    _ => new Variable(token.Line, token.Text),
                };
            case { Kind: TokenKind.String }:
                return new Constant(token.Line, Text());
            case { Kind: TokenKind.Integer or TokenKind.Float }:
                reader.Take();
                return new Constant(token.Line, ExpressionParser.Number(token));
            case { Kind: TokenKind.Operator, Text: "(" }:
                return Brackets(expressions);
            case { Kind: TokenKind.Operator, Text: "[" }:
                return List(expressions);
            case { Kind: TokenKind.Operator, Text: "{" }:
                return Map(expressions);
            default:
                throw reader.Unexpected("an expression");
        }
    }

    /// <summary>What follows a value.</summary>
    public Expression Postfix(ExpressionParser expressions, Expression value)
    {
        while (true)
        {
            if (reader.TryTakeOperator("."))
            {
                TemplateToken token = reader.Take();
                value = token.Kind switch
                {
                    TokenKind.Name => new AttributeOf(token.Line, value, token.Text),
                    TokenKind.Integer => new ItemOf(token.Line, value, new Constant(token.Line, ExpressionParser.Number(token))),
                    _ => throw reader.Problems.Syntax(token.Line, token.Describe(), "a name after '.'"),
                };
            }
            else if (reader.Current.IsOperator("["))
            {
                value = Item(expressions, value);
            }
            else if (reader.Current.IsOperator("("))
            {
                value = Call(expressions, value);
            }
            else
            {
                return value;
            }
        }
    }

    /// <summary>A call of a value.</summary>
    public CallOf Call(ExpressionParser expressions, Expression function)
    {
        int line = reader.Current.Line;
        if (function is Variable variable)
        {
            reader.NoteCall(variable.Name, line);
        }

        if (function is AttributeOf attribute && !Methods.Contains(attribute.Name))
        {
            throw reader.Problems.Unknown(line, $"the method '{attribute.Name}'", Methods);
        }

        return new CallOf(line, function, Arguments(expressions));
    }

    /// <summary>Arguments in brackets.</summary>
    public ArgumentList Arguments(ExpressionParser expressions)
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        reader.ExpectOperator("(");
        while (!reader.TryTakeOperator(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                reader.ExpectOperator(",");
                if (reader.TryTakeOperator(")"))
                {
                    break;
                }
            }

            if (reader.Current.IsOperator("*") || reader.Current.IsOperator("**"))
            {
                throw reader.Problems.Syntax(reader.Current.Line, "arguments with '*', which are not supported", "arguments one by one");
            }

            if (reader.Current.Kind == TokenKind.Name && reader.After.IsOperator("="))
            {
                string name = reader.Take().Text;
                reader.Take();
                named.Add((name, expressions.Parse()));
            }
            else
            {
                positional.Add(named.Count == 0 ? expressions.Parse() : throw reader.Unexpected("only named arguments after a named one"));
            }
        }

        return new ArgumentList(positional, named);
    }

    private string Text()
    {
        var text = new StringBuilder();
        while (reader.Current.Kind == TokenKind.String)
        {
            text.Append(reader.Take().Text);
        }

        return text.ToString();
    }

    private Expression Brackets(ExpressionParser expressions)
    {
        int line = reader.Take().Line;
        if (reader.TryTakeOperator(")"))
        {
            return new ListLiteral(line, [], SequenceKind.Tuple);
        }

        Expression inner = expressions.Tuple();
        reader.ExpectOperator(")");
        return inner;
    }

    private ListLiteral List(ExpressionParser expressions)
    {
        int line = reader.Take().Line;
        var items = new List<Expression>();
        while (!reader.TryTakeOperator("]"))
        {
            if (items.Count > 0)
            {
                reader.ExpectOperator(",");
                if (reader.TryTakeOperator("]"))
                {
                    break;
                }
            }

            items.Add(expressions.Parse());
        }

        return new ListLiteral(line, items, SequenceKind.List);
    }

    private MapLiteral Map(ExpressionParser expressions)
    {
        int line = reader.Take().Line;
        var entries = new List<(Expression, Expression)>();
        while (!reader.TryTakeOperator("}"))
        {
            if (entries.Count > 0)
            {
                reader.ExpectOperator(",");
                if (reader.TryTakeOperator("}"))
                {
                    break;
                }
            }

            Expression key = expressions.Parse();
            reader.ExpectOperator(":");
            entries.Add((key, expressions.Parse()));
        }

        return new MapLiteral(line, entries);
    }

    private Expression Item(ExpressionParser expressions, Expression owner)
    {
        int line = reader.Take().Line;
        Expression? Bound() => reader.Current.IsOperator(":") || reader.Current.IsOperator("]") ? null : expressions.Parse();
        Expression? start = Bound();
        if (!reader.TryTakeOperator(":"))
        {
            reader.ExpectOperator("]");
            return start is not null
                ? new ItemOf(line, owner, start)
                : throw reader.Problems.Syntax(line, "'[]'", "an index or a key between the brackets");
        }

        Expression? stop = Bound();
        Expression? step = reader.TryTakeOperator(":") ? Bound() : null;
        reader.ExpectOperator("]");
        return new SliceOf(line, owner, start, stop, step);
    }
}
