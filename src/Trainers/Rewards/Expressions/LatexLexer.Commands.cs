using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

internal sealed partial class LatexLexer
{
    private bool ReadCommand()
    {
        if (_at + 1 >= _text.Length)
        {
            return false;
        }

        char next = _text[_at + 1];
        if (!char.IsAsciiLetter(next))
        {
            return ReadEscape(next);
        }

        string name = Letters().Match(_text, _at + 1).Value;
        while (name.Length > 0 && !LatexWords.IsKnown(name))
        {
            name = name[..^1];
        }

        // A command of another name than any known one, unless a known one was run together with what follows.
        if (name.Length == 0)
        {
            return false;
        }

        _at += name.Length + 1;
        return AddCommand(name);
    }

    private bool AddCommand(string name)
    {
        if (LatexWords.Fonts.Contains(name))
        {
            return ReadFont(name);
        }

        if (LatexWords.Layout.Contains(name))
        {
            _isApart = true;
            _at += name is "left" or "right" && _at < _text.Length && _text[_at] == '.' ? 1 : 0;
        }
        else if (LatexWords.Characters.TryGetValue(name, out string? sign))
        {
            Add(LatexTokenKind.Sign, sign);
        }
        else if (LatexWords.Symbols.TryGetValue(name, out string? symbol))
        {
            Add(LatexTokenKind.Symbol, symbol);
        }
        else
        {
            _tables += name == "begin" ? 1 : name == "end" ? -1 : 0;
            Add(LatexTokenKind.Command, name);
        }

        return true;
    }

    private bool ReadEscape(char next)
    {
        if (next == '\\')
        {
            // Two backslashes end a matrix's row; elsewhere they are an escaped backslash.
            _at += _tables > 0 ? 2 : 1;
            if (_tables > 0)
            {
                Add(LatexTokenKind.Sign, @"\\");
            }
            else if (_at + 1 < _text.Length && !char.IsAsciiLetter(_text[_at + 1]) && _text[_at + 1] is not ('{' or '}' or '%'))
            {
                _at++;
            }

            return true;
        }

        _at += 2;
        if (next is ',' or '!' or ';' or ':' or '>' or ' ' or '$' or '\n' or '/')
        {
            _isApart = true;
        }
        else if (next is '(' or ')' or '[' or ']')
        {
            _isApart = true;
        }
        else if (LatexWords.Characters.TryGetValue(next.ToString(), out string? sign))
        {
            _brackets = Math.Max(0, _brackets + (next == '{' ? 1 : next == '}' ? -1 : 0));
            Add(LatexTokenKind.Sign, sign);
        }
        else
        {
            return false;
        }

        return true;
    }

    private bool ReadFont(string name)
    {
        Match match = Argument().Match(_text, _at);
        if (!match.Success)
        {
            return true;
        }

        _at += match.Length;
        string content = match.Groups[1].Value;
        string trimmed = content.Trim(' ', '~', '\n');
        if (trimmed.Length == 0)
        {
            _isApart = true;
            return true;
        }

        if (name == "mathbb")
        {
            Add(LatexTokenKind.Symbol, trimmed == "R" ? "ℝ" : $"mathbb{trimmed}");
            return true;
        }

        bool isFont = name.StartsWith("math", StringComparison.Ordinal)
            || name is "boldsymbol" or "bm" or "operatorname" or "overline" or "vec";
        bool isUnit = trimmed.Length == 1 && trimmed is not ("e" or "i") && (content[0] is '~' or ' ' || IsAfterUnitOrNumber());
        bool isSymbol = (trimmed.Length == 1 && !isUnit) || LatexWords.IsKnown(trimmed) || trimmed.Contains('\\', StringComparison.Ordinal);
        if (trimmed.Any(char.IsAsciiDigit) || (isFont && isSymbol))
        {
            return ReadWithin(trimmed);
        }

        AddWords(trimmed);
        return true;
    }

    private bool IsAfterUnitOrNumber() => _tokens.Count > 0
        && (_tokens[^1].Kind is LatexTokenKind.Number or LatexTokenKind.Words
            || (_tokens.Count > 1 && _tokens[^1].Is("/") && _tokens[^2].Kind == LatexTokenKind.Words));

    private void AddWords(string words)
    {
        bool isOr = words.Contains("or", StringComparison.OrdinalIgnoreCase);
        string sign = words is "%" or "percent" or @"\%" ? "%"
            : !Connector().IsMatch(words) ? ""
            : isOr ? "∨"
            : words.Contains("and", StringComparison.OrdinalIgnoreCase) ? "∧"
            : ",";
        Add(sign.Length > 0 ? LatexTokenKind.Sign : LatexTokenKind.Words, sign.Length > 0 ? sign : words);
    }

    // A font's argument, which may not have another one with digits in it.
    private bool ReadWithin(string text)
    {
        var inner = new LatexLexer(text, true) { _brackets = _brackets, _tables = _tables };
        bool isRead = !_isWithinText && inner.Run();
        _tokens.AddRange(inner._tokens);
        return isRead;
    }

    [GeneratedRegex(@"\G\s?\{([^{}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^[,;]?\s*(?:and|or)?\s*[,;]?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Connector();
}
