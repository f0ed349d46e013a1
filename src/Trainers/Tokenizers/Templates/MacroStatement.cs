namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary><c>{% macro name(parameters) %}…{% endmacro %}</c>.</summary>
internal sealed class MacroStatement(
    int line,
    string name,
    IReadOnlyList<(string Name, Expression? Default)> parameters,
    IReadOnlyList<Statement> body) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        scope.Set(name, new TemplateFunction(name, (calling, arguments) => Call(calling, scope, arguments)));
        return Flow.Next;
    }

    private string Call(TemplateRun run, Scope scope, CallArguments arguments)
    {
        string[] names = [.. parameters.Select(parameter => parameter.Name)];
        object?[] bound = arguments.Bind($"macro '{name}'", names);
        var inner = new Scope(scope);
        for (int i = 0; i < bound.Length; i++)
        {
            object? value = bound[i] != CallArguments.Missing ? bound[i]
                : parameters[i].Default is { } otherwise ? otherwise.Value(run, inner)
                : new Undefined($"parameter '{names[i]}' was not provided");
            inner.Set(names[i], value);
        }

        int line = run.Line;
        string text = run.Capture(body, inner);
        run.Line = line;
        return text;
    }
}
