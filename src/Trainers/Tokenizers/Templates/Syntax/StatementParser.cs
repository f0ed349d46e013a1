namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Parses a template: text, <c>{{ … }}</c> and tags.</summary>
internal sealed class StatementParser
{
    private static readonly string[] Tags =
    [
        "break", "continue", "filter", "for", "generation", "if", "macro", "raw", "set", "with",
    ];

    private readonly TokenReader _reader;
    private readonly ExpressionParser _expressions;
    private int _loops;
    private bool _marksTurns;

    private StatementParser(TokenReader reader)
    {
        _reader = reader;
        _expressions = new ExpressionParser(reader);
    }

    /// <summary>Parses a template.</summary>
    /// <param name="source">The template.</param>
    /// <param name="problems">Makes errors.</param>
    /// <param name="marksTurns">Whether it says what the assistant writes.</param>
    /// <exception cref="Inputs.InputException">It is no template, or it uses what is not supported.</exception>
    public static IReadOnlyList<Statement> Run(string source, TemplateProblems problems, out bool marksTurns)
    {
        var reader = new TokenReader(TemplateLexer.Run(source, problems), problems);
        var parser = new StatementParser(reader);
        IReadOnlyList<Statement> body = parser.Body([], "");
        reader.CheckCalls();
        marksTurns = parser._marksTurns;
        return body;
    }

    // Statements until one of the tags, whose name is left to be read; the whole rest if there are none.
    private List<Statement> Body(string[] ends, string opened) => _reader.Nested(() =>
    {
        var body = new List<Statement>();
        while (true)
        {
            TemplateToken token = _reader.Take();
            switch (token.Kind)
            {
                case TokenKind.End when ends.Length == 0:
                    return body;
                case TokenKind.End:
                    throw _reader.Problems.Syntax(token.Line, $"'{opened}' without its end", $"{{% {ends[^1]} %}}");
                case TokenKind.Data:
                    body.Add(new DataStatement(token.Line, token.Text));
                    break;
                case TokenKind.OutputBegin:
                    body.Add(new OutputStatement(token.Line, _expressions.Tuple()));
                    _reader.Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                default:
                    if (_reader.Current.Kind == TokenKind.Name && ends.Contains(_reader.Current.Text))
                    {
                        return body;
                    }

                    body.Add(Tag());
                    break;
            }
        }
    });

    private Statement Tag()
    {
        TemplateToken name = _reader.Expect(TokenKind.Name, "the name of a tag");
        return name.Text switch
        {
            "if" => If(name.Line),
            "for" => For(name.Line),
            "set" => Set(name.Line),
            "macro" => Macro(name.Line),
            "with" => With(name.Line),
            "filter" => Filter(name.Line),
            "generation" => Generation(name.Line),
            "break" or "continue" when _loops == 0 => throw _reader.Problems.Syntax(name.Line, $"'{name.Text}'", "it inside of a loop"),
            "break" => Jump(name.Line, Flow.Break),
            "continue" => Jump(name.Line, Flow.Continue),
            _ => throw _reader.Problems.Unknown(name.Line, $"the tag '{name.Text}'", Tags),
        };
    }

    private JumpStatement Jump(int line, Flow flow)
    {
        EndTag();
        return new JumpStatement(line, flow);
    }

    private void EndTag() => _reader.Expect(TokenKind.TagEnd, "'%}'");

    private List<Statement> Until(string end, string opened)
    {
        EndTag();
        List<Statement> body = Body([end], opened);
        _reader.Take();
        EndTag();
        return body;
    }

    // A body whose jumps cannot leave it.
    private List<Statement> Closed(string end, string opened)
    {
        int loops = _loops;
        _loops = 0;
        List<Statement> body = Until(end, opened);
        _loops = loops;
        return body;
    }

    private IfStatement If(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        while (true)
        {
            Expression condition = _expressions.Tuple(conditional: false);
            EndTag();
            branches.Add((condition, Body(["elif", "else", "endif"], "if")));
            string next = _reader.Take().Text;
            if (next == "elif")
            {
                continue;
            }

            if (next == "else")
            {
                return new IfStatement(line, branches, Until("endif", "else"));
            }

            EndTag();
            return new IfStatement(line, branches, []);
        }
    }

    private LoopStatement For(int line)
    {
        Target target = Targets(attributes: false);
        if (!_reader.TryTakeName("in"))
        {
            throw _reader.Unexpected("'in'");
        }

        Expression values = _expressions.Tuple(conditional: false);
        Expression? test = _reader.TryTakeName("if") ? _expressions.Parse() : null;
        if (_reader.Current.IsName("recursive"))
        {
            throw _reader.Problems.Syntax(line, "a recursive loop, which is not supported", "a loop, or a macro that calls itself");
        }

        EndTag();
        _loops++;
        List<Statement> body = Body(["else", "endfor"], "for");
        _loops--;
        if (_reader.Take().Text == "else")
        {
            return new LoopStatement(line, target, values, test, body, Until("endfor", "else"));
        }

        EndTag();
        return new LoopStatement(line, target, values, test, body, []);
    }

    private Statement Set(int line)
    {
        Target target = Targets(attributes: true);
        if (_reader.TryTakeOperator("="))
        {
            Expression value = _expressions.Tuple();
            EndTag();
            return new SetStatement(line, target, value);
        }

        Expression text = new Variable(line, CaptureStatement.Text);
        text = _reader.TryTakeOperator("|") ? _expressions.Filters(text) : text;
        return new CaptureStatement(line, target, text, Closed("endset", "set"));
    }

    private CaptureStatement Filter(int line)
    {
        Expression text = _expressions.Filters(new Variable(line, CaptureStatement.Text));
        return new CaptureStatement(line, null, text, Closed("endfilter", "filter"));
    }

    private MacroStatement Macro(int line)
    {
        string name = _reader.Expect(TokenKind.Name, "the name of a macro").Text;
        _reader.NoteAssignment(name);
        var parameters = new List<(string, Expression?)>();
        _reader.ExpectOperator("(");
        while (!_reader.TryTakeOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _reader.ExpectOperator(",");
            }

            string parameter = _reader.Expect(TokenKind.Name, "the name of a parameter").Text;
            _reader.NoteAssignment(parameter);
            Expression? otherwise = _reader.TryTakeOperator("=") ? _expressions.Parse()
                : parameters is [.., (_, not null)] ? throw _reader.Unexpected("a default, as the parameter before has one")
                : null;
            parameters.Add((parameter, otherwise));
        }

        return new MacroStatement(line, name, parameters, Closed("endmacro", "macro"));
    }

    private WithStatement With(int line)
    {
        var variables = new List<(Target, Expression)>();
        while (_reader.Current.Kind != TokenKind.TagEnd)
        {
            if (variables.Count > 0)
            {
                _reader.ExpectOperator(",");
            }

            Target target = One(attributes: false);
            _reader.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }

        return new WithStatement(line, variables, Until("endwith", "with"));
    }

    private GenerationStatement Generation(int line)
    {
        _marksTurns = true;
        return new GenerationStatement(line, Closed("endgeneration", "generation"));
    }

    private Target Targets(bool attributes)
    {
        Target first = One(attributes);
        if (!_reader.Current.IsOperator(","))
        {
            return first;
        }

        List<Target> parts = [first];
        while (_reader.TryTakeOperator(",") && _reader.Current.Kind == TokenKind.Name && !_reader.Current.IsName("in"))
        {
            parts.Add(One(attributes));
        }

        return new Target.Several(parts);
    }

    private Target One(bool attributes)
    {
        if (_reader.TryTakeOperator("("))
        {
            Target inner = _reader.Nested(() => Targets(attributes));
            _reader.ExpectOperator(")");
            return inner;
        }

        TemplateToken name = _reader.Expect(TokenKind.Name, "the name of a variable");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None" or "loop")
        {
            throw _reader.Problems.Syntax(name.Line, $"a value for '{name.Text}'", "the name of a variable");
        }

        if (attributes && _reader.TryTakeOperator("."))
        {
            return new Target.Attribute(name.Text, _reader.Expect(TokenKind.Name, "the name of an attribute").Text);
        }

        _reader.NoteAssignment(name.Text);
        return new Target.Name(name.Text);
    }
}
