using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary><c>not value</c>.</summary>
internal sealed class Negation(int line, Expression value) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) => !PythonOperators.IsTrue(value.Value(run, scope));
}

/// <summary><c>-value</c> or <c>+value</c>.</summary>
internal sealed class Signed(int line, string symbol, Expression value) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? operand = value.Value(run, scope);
        return operand is double number && symbol == "-" ? -number : PythonOperators.Arithmetic(symbol, 0L, operand);
    }
}

/// <summary><c>a and b</c> or <c>a or b</c>: one of the two values.</summary>
internal sealed class Choice(int line, Expression left, Expression right, bool isAnd) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? first = left.Value(run, scope);
        return PythonOperators.IsTrue(first) == isAnd ? right.Value(run, scope) : first;
    }
}

/// <summary><c>yes if condition else no</c>.</summary>
internal sealed class Conditional(int line, Expression condition, Expression yes, Expression? no) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) =>
        PythonOperators.IsTrue(condition.Value(run, scope)) ? yes.Value(run, scope)
        : no is not null ? no.Value(run, scope)
        : new Undefined("the inline if-expression evaluated to false and no else section was defined");
}

/// <summary><c>a ~ b ~ …</c>: the texts of values, joined.</summary>
internal sealed class Joined(int line, IReadOnlyList<Expression> parts) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        var text = new StringBuilder();
        foreach (Expression part in parts)
        {
            string value = PythonPrinter.Text(run, part.Value(run, scope));
            run.Limits.Text(value.Length);
            text.Append(value);
        }

        return text.ToString();
    }
}

/// <summary>A sum, product and so on.</summary>
internal sealed class Arithmetic(int line, string symbol, Expression left, Expression right) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? a = left.Value(run, scope);
        object? b = right.Value(run, scope);
        run.Line = Line;
        switch (symbol, a, b)
        {
            case ("+", string x, string y):
                run.Limits.Text((long)x.Length + y.Length);
                return x + y;
            case ("+", TemplateList x, TemplateList y) when x.Kind == y.Kind && x.Kind is SequenceKind.List or SequenceKind.Tuple:
                run.Limits.Text(4L * (x.Items.Count + y.Items.Count));
                return new TemplateList([.. x.Items, .. y.Items], x.Kind);
            case ("+", string, not (string or Undefined)):
                throw new TemplateFault($"can only concatenate str (not \"{TemplateTypes.NameOf(b)}\") to str");
            case ("%", string, _):
                throw new TemplateFault("formatting a text with '%' is not supported; '~' joins texts");
            case ("*", _, string or TemplateList) when PythonOperators.TryWhole(a, out long times):
                return Repeat(run, b, times);
            case ("*", string or TemplateList, _) when PythonOperators.TryWhole(b, out long times):
                return Repeat(run, a, times);
            default:
                return PythonOperators.Arithmetic(symbol, a, b);
        }
    }

    private static object Repeat(TemplateRun run, object? value, long times)
    {
        int count = value is string text ? text.Length : 4 * ((TemplateList)value!).Items.Count;
        times = count == 0 ? 0 : Math.Clamp(times, 0, int.MaxValue);
        run.Limits.Text(count * times);
        return value is string one
            ? new StringBuilder().Insert(0, one, (int)times).ToString()
            : new TemplateList(
                [.. Enumerable.Repeat(((TemplateList)value!).Items, (int)times).SelectMany(items => items)],
                ((TemplateList)value).Kind);
    }
}

/// <summary><c>a &lt; b == c …</c>: every comparison holds.</summary>
internal sealed class Comparison(int line, Expression first, IReadOnlyList<(string Symbol, Expression Value)> rest) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? left = first.Value(run, scope);
        bool holds = true;
        for (int i = 0; i < rest.Count && holds; i++)
        {
            object? right = rest[i].Value.Value(run, scope);
            run.Line = Line;
            holds = Holds(run, rest[i].Symbol, left, right);
            left = right;
        }

        return holds;
    }

    /// <summary>Whether one comparison holds.</summary>
    public static bool Holds(TemplateRun run, string symbol, object? a, object? b)
    {
        return symbol switch
        {
            "==" => PythonOperators.AreEqual(a, b, run.Limits),
            "!=" => !PythonOperators.AreEqual(a, b, run.Limits),
            "in" => TemplateSequences.Contains(run, b, a),
            "not in" => !TemplateSequences.Contains(run, b, a),
            "<" => PythonOperators.Compare(a, b, symbol, run.Limits) < 0,
            "<=" => PythonOperators.Compare(a, b, symbol, run.Limits) <= 0,
            ">" => PythonOperators.Compare(a, b, symbol, run.Limits) > 0,
            _ => PythonOperators.Compare(a, b, symbol, run.Limits) >= 0,
        };
    }
}
