using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Reads the tokens of a template one by one, and keeps what the parsers share.</summary>
internal sealed class TokenReader(IReadOnlyList<TemplateToken> tokens, TemplateProblems problems)
{
    private readonly List<(string Name, int Line)> _called = [];
    private readonly HashSet<string> _assigned = new(StringComparer.Ordinal);
    private int _next;
    private int _depth;

    public TemplateProblems Problems => problems;

    public TemplateToken Current => tokens[_next];

    public TemplateToken After => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    public TemplateToken Take() => Current.Kind == TokenKind.End ? Current : tokens[_next++];

    public bool TryTakeName(string name) => TryTake(Current.IsName(name));

    public bool TryTakeOperator(string symbol) => TryTake(Current.IsOperator(symbol));

    public TemplateToken Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    public void ExpectOperator(string symbol)
    {
        if (!TryTakeOperator(symbol))
        {
            throw Unexpected($"'{symbol}'");
        }
    }

    public InputException Unexpected(string expected) => problems.Syntax(Current.Line, Current.Describe(), expected);

    /// <summary>Parses something that stands within something else.</summary>
    public T Nested<T>(Func<T> parse)
    {
        if (++_depth > TemplateLimits.DeepestSource)
        {
            throw problems.Syntax(
                Current.Line, $"tags or brackets nested more than {TemplateLimits.DeepestSource} deep", "a template of less depth");
        }

        TemplateLimits.CheckStack();
        T parsed = parse();
        _depth--;
        return parsed;
    }

    /// <summary>Notes that a name is called, to check at the end that something has that name.</summary>
    public void NoteCall(string name, int line) => _called.Add((name, line));

    /// <summary>Notes that the template gives a name a value.</summary>
    public void NoteAssignment(string name) => _assigned.Add(name);

    /// <summary>Refuses calls of functions that are neither known nor the template's own.</summary>
    public void CheckCalls()
    {
        foreach (var (name, line) in _called.Where(call => !Globals.All.ContainsKey(call.Name) && !_assigned.Contains(call.Name)))
        {
            throw problems.Unknown(line, $"the function '{name}'", Globals.All.Keys);
        }
    }

    private bool TryTake(bool isIt)
    {
        _next += isIt ? 1 : 0;
        return isIt;
    }
}
