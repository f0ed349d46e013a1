using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>The variables of a block: those of its own, then those around it.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _own = new(StringComparer.Ordinal);

    public void Set(string name, object? value) => _own[name] = value;

    public object? Get(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._own.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined($"'{name}' is undefined");
    }

    private Scope? Outer => outer;
}

/// <summary>One run of a template: what it has printed, where it is, and how much it may still do.</summary>
/// <param name="input">Characters of the messages and other values.</param>
/// <param name="clock">The time for <c>strftime_now</c>.</param>
internal sealed class TemplateRun(long input, TimeProvider clock)
{
    private readonly List<TextSpan> _generations = [];
    private StringBuilder _output = new();
    private int _captures;

    public TemplateLimits Limits { get; } = new(input);

    public TimeProvider Clock => clock;

    /// <summary>The line of what is being evaluated.</summary>
    public int Line { get; set; }

    /// <summary>What has been printed.</summary>
    public string Output => _output.ToString();

    /// <summary>What <c>{% generation %}</c> blocks have printed.</summary>
    public IReadOnlyList<TextSpan> Generations => _generations;

    public void Print(string text)
    {
        Limits.Text(text.Length);
        _output.Append(text);
    }

    /// <summary>What statements print, as a text.</summary>
    public string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        _captures++;
        Run(body, scope);
        string text = _output.ToString();
        _captures--;
        _output = outer;
        return text;
    }

    /// <summary>Runs statements, and remembers where their text is.</summary>
    public void Generate(IReadOnlyList<Statement> body, Scope scope)
    {
        if (_captures > 0)
        {
            throw new TemplateFault("'generation' inside of a macro or of a block that is not printed at once is not supported");
        }

        int start = _output.Length;
        Run(body, scope);
        _generations.Add(new TextSpan(start, _output.Length - start));
    }

    /// <summary>Runs statements one by one.</summary>
    /// <returns>How they ended.</returns>
    public Flow Run(IReadOnlyList<Statement> body, Scope scope)
    {
        Limits.Enter();
        Flow flow = Flow.Next;
        for (int i = 0; i < body.Count && flow == Flow.Next; i++)
        {
            Limits.Step();
            Line = body[i].Line;
            flow = body[i].Run(this, scope);
        }

        Limits.Leave();
        return flow;
    }
}

/// <summary>How statements end.</summary>
internal enum Flow
{
    /// <summary>What follows is run.</summary>
    Next,

    /// <summary>The loop ends.</summary>
    Break,

    /// <summary>The loop goes on with its next item.</summary>
    Continue,
}
