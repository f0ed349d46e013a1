namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>A part of a template: text, a value that is printed, or a tag.</summary>
/// <param name="line">Its line, from 1.</param>
internal abstract class Statement(int line)
{
    public int Line => line;

    /// <summary>Runs it.</summary>
    public abstract Flow Run(TemplateRun run, Scope scope);
}

/// <summary>Text that is printed as it is.</summary>
internal sealed class DataStatement(int line, string text) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        run.Print(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ value }}</c>.</summary>
internal sealed class OutputStatement(int line, Expression value) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        run.Print(PythonPrinter.Text(run, value.Value(run, scope)));
        return Flow.Next;
    }
}

/// <summary><c>{% if %}…{% elif %}…{% else %}…{% endif %}</c>; it has no variables of its own.</summary>
internal sealed class IfStatement(
    int line,
    IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> branches,
    IReadOnlyList<Statement> otherwise) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        foreach (var (condition, body) in branches)
        {
            run.Line = condition.Line;
            if (PythonOperators.IsTrue(condition.Value(run, scope)))
            {
                return run.Run(body, scope);
            }
        }

        return run.Run(otherwise, scope);
    }
}

/// <summary>What a value is given to: a variable, an attribute of a namespace, or several of them.</summary>
internal abstract record Target
{
    private Target()
    {
    }

    /// <summary>A variable.</summary>
    public sealed record Name(string Variable) : Target;

    /// <summary>An attribute of a namespace.</summary>
    public sealed record Attribute(string Variable, string Key) : Target;

    /// <summary>One for each item of a sequence.</summary>
    public sealed record Several(IReadOnlyList<Target> Parts) : Target;

    /// <summary>Gives it a value.</summary>
    public void Assign(TemplateRun run, Scope scope, object? value)
    {
        switch (this)
        {
            case Name name:
                scope.Set(name.Variable, value);
                break;
            case Attribute attribute:
                if (scope.Get(attribute.Variable) is not TemplateNamespace space)
                {
                    throw new TemplateFault("cannot assign attribute on non-namespace object");
                }

                space.Attributes[attribute.Key] = value;
                break;
            case Several several:
                IReadOnlyList<object?> items = TemplateSequences.Items(run, value);
                if (items.Count != several.Parts.Count)
                {
                    throw new TemplateFault($"{items.Count} values cannot be given to {several.Parts.Count} names");
                }

                for (int i = 0; i < items.Count; i++)
                {
                    several.Parts[i].Assign(run, scope, items[i]);
                }

                break;
            default:
                throw new InvalidOperationException();
        }
    }
}

/// <summary><c>{% set target = value %}</c>.</summary>
internal sealed class SetStatement(int line, Target target, Expression value) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        target.Assign(run, scope, value.Value(run, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set target %}…{% endset %}</c> and <c>{% filter name %}…{% endfilter %}</c>.</summary>
/// <param name="line">Its line.</param>
/// <param name="target">What is given the text; null to print it.</param>
/// <param name="filters">Applied to the text, which is the variable <see cref="Text"/>.</param>
/// <param name="body">What makes the text.</param>
internal sealed class CaptureStatement(int line, Target? target, Expression filters, IReadOnlyList<Statement> body) : Statement(line)
{
    /// <summary>The variable of the text; no template can name it.</summary>
    public const string Text = " text";

    public override Flow Run(TemplateRun run, Scope scope)
    {
        var inner = new Scope(scope);
        inner.Set(Text, run.Capture(body, new Scope(scope)));
        object? value = filters.Value(run, inner);
        if (target is null)
        {
            run.Print(PythonPrinter.Text(run, value));
        }
        else
        {
            target.Assign(run, scope, value);
        }

        return Flow.Next;
    }
}

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>.</summary>
internal sealed class WithStatement(
    int line,
    IReadOnlyList<(Target Target, Expression Value)> variables,
    IReadOnlyList<Statement> body) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in variables)
        {
            target.Assign(run, inner, value.Value(run, scope));
        }

        return run.Run(body, inner);
    }
}

/// <summary><c>{% generation %}…{% endgeneration %}</c>: what the model writes.</summary>
internal sealed class GenerationStatement(int line, IReadOnlyList<Statement> body) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        run.Generate(body, new Scope(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% break %}</c> and <c>{% continue %}</c>.</summary>
internal sealed class JumpStatement(int line, Flow flow) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope) => flow;
}
