namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>An expression of a template.</summary>
/// <param name="line">Its line, from 1.</param>
internal abstract class Expression(int line)
{
    public int Line => line;

    /// <summary>The value of the expression.</summary>
    public object? Value(TemplateRun run, Scope scope)
    {
        run.Limits.Step();
        run.Limits.Enter();
        object? value = Evaluate(run, scope);
        run.Limits.Leave();
        return value;
    }

    protected abstract object? Evaluate(TemplateRun run, Scope scope);
}

/// <summary>A value that is written in the template.</summary>
internal sealed class Constant(int line, object? value) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) => value;
}

/// <summary>A variable.</summary>
internal sealed class Variable(int line, string name) : Expression(line)
{
    public string Name => name;

    protected override object? Evaluate(TemplateRun run, Scope scope) => scope.Get(name);
}

/// <summary>A list or a tuple.</summary>
internal sealed class ListLiteral(int line, IReadOnlyList<Expression> items, SequenceKind kind) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        run.Limits.Text(4 * items.Count);
        return new TemplateList([.. items.Select(item => item.Value(run, scope))], kind);
    }
}

/// <summary>A dictionary.</summary>
internal sealed class MapLiteral(int line, IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        run.Limits.Text(16 * entries.Count);
        var map = new TemplateMap();
        foreach (var (key, value) in entries)
        {
            map.Set(key.Value(run, scope), value.Value(run, scope));
        }

        return map;
    }
}

/// <summary><c>object.name</c>.</summary>
internal sealed class AttributeOf(int line, Expression owner, string name) : Expression(line)
{
    public string Name => name;

    protected override object? Evaluate(TemplateRun run, Scope scope) => Members.Attribute(owner.Value(run, scope), name);
}

/// <summary><c>object[key]</c>.</summary>
internal sealed class ItemOf(int line, Expression owner, Expression key) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) => Members.Item(run, owner.Value(run, scope), key.Value(run, scope));
}

/// <summary><c>object[start:stop:step]</c>.</summary>
internal sealed class SliceOf(int line, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) => Members.Slice(
        run,
        owner.Value(run, scope),
        start?.Value(run, scope),
        stop?.Value(run, scope),
        step?.Value(run, scope));
}

/// <summary>Arguments as they are written.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public CallArguments Evaluate(TemplateRun run, Scope scope) => new(
        [.. Positional.Select(argument => argument.Value(run, scope))],
        [.. Named.Select(argument => KeyValuePair.Create(argument.Name, argument.Value.Value(run, scope)))]);
}

/// <summary><c>function(arguments)</c>.</summary>
internal sealed class CallOf(int line, Expression function, ArgumentList arguments) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? called = function.Value(run, scope);
        CallArguments given = arguments.Evaluate(run, scope);
        run.Line = Line;
        return called switch
        {
            TemplateFunction callable => callable.Call(run, given),
            Undefined undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"'{TemplateTypes.NameOf(called)}' object is not callable"),
        };
    }
}

/// <summary><c>value | filter</c>.</summary>
internal sealed class Filtered(int line, Expression value, TemplateFilter filter, ArgumentList arguments) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope)
    {
        object? input = value.Value(run, scope);
        CallArguments given = arguments.Evaluate(run, scope);
        run.Line = Line;
        return filter(run, input, given);
    }
}

/// <summary><c>value is test</c>.</summary>
internal sealed class Tested(int line, Expression value, TemplateTest test, ArgumentList arguments) : Expression(line)
{
    protected override object? Evaluate(TemplateRun run, Scope scope) =>
        test(run, value.Value(run, scope), arguments.Evaluate(run, scope));
}
