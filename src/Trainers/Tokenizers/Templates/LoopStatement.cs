namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary><c>{% for target in values if test %}…{% else %}…{% endfor %}</c>.</summary>
internal sealed class LoopStatement(
    int line,
    Target target,
    Expression values,
    Expression? test,
    IReadOnlyList<Statement> body,
    IReadOnlyList<Statement> otherwise) : Statement(line)
{
    public override Flow Run(TemplateRun run, Scope scope)
    {
        IReadOnlyList<object?> items = TemplateSequences.Items(run, values.Value(run, scope));
        items = test is null ? items : Filter(run, scope, items, test);
        var loop = new TemplateLoop(items);
        bool ran = false;
        for (int i = 0; i < items.Count; i++)
        {
            run.Limits.Step();
            var inner = new Scope(scope);
            loop.Index = i;
            inner.Set("loop", loop);
            target.Assign(run, inner, items[i]);
            Flow flow = run.Run(body, inner);
            if (flow == Flow.Break)
            {
                break;
            }

            // jinja2 runs the else branch unless one pass has reached its end.
            ran |= flow == Flow.Next;
        }

        return ran ? Flow.Next : run.Run(otherwise, new Scope(scope));
    }

    private List<object?> Filter(TemplateRun run, Scope scope, IReadOnlyList<object?> items, Expression condition)
    {
        var kept = new List<object?>();
        foreach (object? item in items)
        {
            var inner = new Scope(scope);
            target.Assign(run, inner, item);
            if (PythonOperators.IsTrue(condition.Value(run, inner)))
            {
                run.Limits.Text(4);
                kept.Add(item);
            }
        }

        return kept;
    }
}

/// <summary>The variable <c>loop</c>.</summary>
/// <param name="items">What the loop goes through.</param>
internal sealed class TemplateLoop(IReadOnlyList<object?> items)
{
    private object? _last = CallArguments.Missing;

    /// <summary>The names of its attributes.</summary>
    public static IReadOnlyCollection<string> Names { get; } =
    [
        "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem", "cycle",
        "changed",
    ];

    public int Index { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)items.Count - Index,
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => 1L,
        "depth0" => 0L,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("there is no previous item"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new Undefined("there is no next item"),
        "cycle" => new TemplateFunction(name, Cycle),
        "changed" => new TemplateFunction(name, (run, given) => Changed(run, given)),
        _ => new Undefined($"'LoopContext object' has no attribute '{name}'"),
    };

    private object? Cycle(TemplateRun run, CallArguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw new TemplateFault("no items for cycling given");

    private bool Changed(TemplateRun run, CallArguments arguments)
    {
        var value = new TemplateList(arguments.Positional, SequenceKind.Tuple);
        bool changed = !PythonOperators.AreEqual(_last, value, run.Limits);
        _last = value;
        return changed;
    }
}
