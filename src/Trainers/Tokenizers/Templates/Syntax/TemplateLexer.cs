namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>
/// Cuts a template into tokens, as jinja2 3.1 does with <c>trim_blocks</c> and <c>lstrip_blocks</c>: the line end after a tag is
/// dropped, and so are the blanks before a tag that begins its line; <c>-</c> at a tag's side drops all white space there, and
/// <c>+</c> keeps it.
/// </summary>
internal sealed class TemplateLexer
{
    private readonly string _text;
    private readonly TemplateProblems _problems;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private int _counted;
    private int _line = 1;
    private bool _atLineStart = true;

    private TemplateLexer(string source, TemplateProblems problems)
    {
        string text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _text = text.EndsWith('\n') ? text[..^1] : text;
        _problems = problems;
    }

    /// <summary>The tokens of a template; the last one is its end.</summary>
    /// <param name="source">The template.</param>
    /// <param name="problems">Makes errors.</param>
    /// <exception cref="Inputs.InputException">A tag or a string does not end, or a character has no meaning.</exception>
    public static IReadOnlyList<TemplateToken> Run(string source, TemplateProblems problems)
    {
        var lexer = new TemplateLexer(source, problems);
        while (lexer._position < lexer._text.Length)
        {
            lexer.Next();
        }

        lexer.Add(TokenKind.End, "", lexer._position);
        return lexer._tokens;
    }

    private void Next()
    {
        int start = _position;
        int at = FindTag(start);
        if (at < 0)
        {
            Add(TokenKind.Data, _text[start..], start);
            _position = _text.Length;
            return;
        }

        char kind = _text[at + 1];
        int after = at + 2;
        char sign = after < _text.Length && _text[after] is '-' or '+' ? _text[after++] : ' ';
        AddData(start, at, sign, strips: kind != '{');
        int raw = kind == '%' ? RawBegin(after) : -1;
        _position = raw >= 0 ? raw : after;
        _atLineStart = false;
        if (raw >= 0)
        {
            _atLineStart = _text[raw - 1] == '\n';
            Raw(at);
        }
        else if (kind == '#')
        {
            Comment(at);
        }
        else
        {
            Add(kind == '%' ? TokenKind.TagBegin : TokenKind.OutputBegin, "", at);
            Tag(kind == '%', at);
        }
    }

    private int FindTag(int from)
    {
        for (int at = _text.IndexOf('{', from); at >= 0 && at + 1 < _text.Length; at = _text.IndexOf('{', at + 1))
        {
            if (_text[at + 1] is '%' or '{' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void AddData(int start, int end, char sign, bool strips)
    {
        int kept = end;
        if (sign == '-')
        {
            while (kept > start && PythonText.IsSpace(_text[kept - 1]))
            {
                kept--;
            }
        }
        else if (sign != '+' && strips)
        {
            int line = start + _text.AsSpan(start, end - start).LastIndexOf('\n') + 1;
            kept = (line > start || _atLineStart) && IsSpace(line, end) ? line : end;
        }

        if (kept > start)
        {
            Add(TokenKind.Data, _text[start..kept], start);
        }
    }

    private bool IsSpace(int from, int to)
    {
        while (from < to && PythonText.IsSpace(_text[from]))
        {
            from++;
        }

        return from == to;
    }

    // After "raw" and the end of its tag; −1 if this is another tag.
    private int RawBegin(int after)
    {
        int at = SkipSpace(after);
        if (!StartsWith(at, "raw"))
        {
            return -1;
        }

        at = SkipSpace(at + 3);
        return StartsWith(at, "-%}") ? SkipSpace(at + 3) : StartsWith(at, "%}") ? at + 2 : -1;
    }

    private void Raw(int begin)
    {
        for (int at = _text.IndexOf("{%", _position, StringComparison.Ordinal); at >= 0;
            at = _text.IndexOf("{%", at + 2, StringComparison.Ordinal))
        {
            int after = at + 2;
            char sign = after < _text.Length && _text[after] is '-' or '+' ? _text[after++] : ' ';
            after = SkipSpace(after);
            if (StartsWith(after, "endraw") && TryEnd(SkipSpace(after + 6), "%}", out int end))
            {
                AddData(_position, at, sign, strips: true);
                MoveTo(end);
                return;
            }
        }

        throw _problems.Syntax(LineOf(begin), "'raw' without its end", "{% endraw %}");
    }

    private void Comment(int begin)
    {
        int at = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (at < 0)
        {
            throw _problems.Syntax(LineOf(begin), "a comment without its end", "#}");
        }

        int sign = at > _position && _text[at - 1] is '-' or '+' ? at - 1 : at;
        TryEnd(sign, "#}", out int end);
        MoveTo(end);
    }

    // The end of a tag with its sign and the white space that goes with it.
    private bool TryEnd(int at, string mark, out int end)
    {
        char sign = at < _text.Length && _text[at] is '-' or '+' ? _text[at] : ' ';
        int start = sign == ' ' ? at : at + 1;
        end = start + mark.Length;
        if (!StartsWith(start, mark) || (sign == '+' && mark == "}}"))
        {
            return false;
        }

        end = sign == '-' ? SkipSpace(end) : sign == ' ' && mark != "}}" && StartsWith(end, "\n") ? end + 1 : end;
        return true;
    }

    private void Tag(bool isTag, int begin)
    {
        string mark = isTag ? "%}" : "}}";
        var brackets = new Stack<char>();
        while (_position < _text.Length)
        {
            if (brackets.Count == 0 && TryEnd(_position, mark, out int end))
            {
                Add(isTag ? TokenKind.TagEnd : TokenKind.OutputEnd, "", _position);
                MoveTo(end);
                return;
            }

            if (PythonText.IsSpace(_text[_position]))
            {
                _position = SkipSpace(_position);
                continue;
            }

            var (token, after) = TemplateWords.Read(_text, _position, LineOf(_position), _problems);
            _tokens.Add(token);
            _position = after;
            Balance(token, brackets);
        }

        throw _problems.Syntax(LineOf(begin), $"'{(isTag ? "{%" : "{{")}' without its end", mark);
    }

    private void Balance(TemplateToken token, Stack<char> brackets)
    {
        if (token.Kind != TokenKind.Operator)
        {
            return;
        }

        switch (token.Text)
        {
            case "(" or "[" or "{":
                brackets.Push(token.Text == "(" ? ')' : token.Text == "[" ? ']' : '}');
                break;
            case ")" or "]" or "}" when !brackets.TryPop(out char wanted) || wanted != token.Text[0]:
                throw _problems.Syntax(token.Line, $"'{token.Text}', which closes nothing", "brackets in pairs");
            default:
                break;
        }
    }

    private void MoveTo(int position)
    {
        _position = position;
        _atLineStart = _text[position - 1] == '\n';
    }

    private int SkipSpace(int at)
    {
        while (at < _text.Length && PythonText.IsSpace(_text[at]))
        {
            at++;
        }

        return at;
    }

    private bool StartsWith(int at, string mark) => at <= _text.Length && _text.AsSpan(at).StartsWith(mark);

    private void Add(TokenKind kind, string text, int at) => _tokens.Add(new TemplateToken(kind, text, LineOf(at)));

    private int LineOf(int at)
    {
        if (at >= _counted)
        {
            _line += _text.AsSpan(_counted, at - _counted).Count('\n');
            _counted = at;
            return _line;
        }

        return 1 + _text.AsSpan(0, at).Count('\n');
    }
}
