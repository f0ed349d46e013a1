using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>The words within a tag: names, numbers, strings and operators.</summary>
internal static class TemplateWords
{
    // The longer of two operators with the same beginning stands first.
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",",
        ";",
    ];

    /// <summary>The word at a position, and the position after it.</summary>
    /// <param name="text">The template.</param>
    /// <param name="at">Where the word begins.</param>
    /// <param name="line">Its line.</param>
    /// <param name="problems">Makes errors.</param>
    public static (TemplateToken Token, int After) Read(string text, int at, int line, TemplateProblems problems)
    {
        char first = text[at];
        if (char.IsAsciiDigit(first))
        {
            return Number(text, at, line, problems);
        }

        if (char.IsLetter(first) || first == '_')
        {
            int end = at + 1;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            return (new TemplateToken(TokenKind.Name, text[at..end], line), end);
        }

        if (first is '"' or '\'')
        {
            return String(text, at, line, problems);
        }

        string? symbol = Array.Find(Operators, one => text.AsSpan(at).StartsWith(one));
        return symbol is not null
            ? (new TemplateToken(TokenKind.Operator, symbol, line), at + symbol.Length)
            : throw problems.Syntax(line, Inputs.Characters.At(text, at), "a name, a number, a string or an operator");
    }

    private static (TemplateToken Token, int After) Number(string text, int at, int line, TemplateProblems problems)
    {
        int end = Digits(text, at);
        bool isFloat = false;
        if (text[at] == '0' && end == at + 1 && end < text.Length && char.ToLowerInvariant(text[end]) is 'x' or 'b' or 'o')
        {
            throw problems.Syntax(line, "a number in another base than ten", "a decimal number");
        }

        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]) && (at == 0 || text[at - 1] != '.'))
        {
            (end, isFloat) = (Digits(text, end + 1), true);
        }

        int exponent = end;
        if (exponent < text.Length && text[exponent] is 'e' or 'E')
        {
            exponent += exponent + 1 < text.Length && text[exponent + 1] is '+' or '-' ? 2 : 1;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                (end, isFloat) = (Digits(text, exponent), true);
            }
        }

        string digits = text[at..end].Replace("_", "", StringComparison.Ordinal);
        bool read = isFloat
            ? double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && (digits[0] != '0' || digits.Trim('0').Length == 0);
        return read
            ? (new TemplateToken(isFloat ? TokenKind.Float : TokenKind.Integer, digits, line), end)
            : throw problems.Syntax(line, $"the number {Inputs.Characters.Quote(digits)}", "a decimal number of 64 bits");
    }

    private static int Digits(string text, int at)
    {
        while (at < text.Length && (char.IsAsciiDigit(text[at])
            || (text[at] == '_' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]) && char.IsAsciiDigit(text[at - 1]))))
        {
            at++;
        }

        return at;
    }

    private static (TemplateToken Token, int After) String(string text, int at, int line, TemplateProblems problems)
    {
        var value = new StringBuilder();
        char quote = text[at];
        for (int i = at + 1; i < text.Length;)
        {
            if (text[i] == quote)
            {
                return (new TemplateToken(TokenKind.String, value.ToString(), line), i + 1);
            }

            if (text[i] != '\\')
            {
                value.Append(text[i++]);
                continue;
            }

            i = i + 1 < text.Length ? Escape(text, i + 1, value, line, problems) : text.Length;
        }

        throw problems.Syntax(line, "a string without its end", quote.ToString());
    }

    // Python's escapes; a backslash before another character stays. Returns the position after the escape.
    private static int Escape(string text, int at, StringBuilder value, int line, TemplateProblems problems)
    {
        char kind = text[at];
        int simple = "\n\\'\"abfnrtv".IndexOf(kind, StringComparison.Ordinal);
        if (simple == 0)
        {
            return at + 1;
        }

        if (simple > 0)
        {
            value.Append("\n\\'\"\a\b\f\n\r\t\v"[simple]);
            return at + 1;
        }

        if (kind is >= '0' and <= '7')
        {
            int end = at;
            int octal = 0;
            while (end < text.Length && end < at + 3 && text[end] is >= '0' and <= '7')
            {
                octal = (octal * 8) + (text[end++] - '0');
            }

            value.Append((char)octal);
            return end;
        }

        int digits = kind switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            value.Append(kind == 'N' ? throw problems.Syntax(line, "the escape \\N", "\\u or \\U with the character's code") : '\\');
            return at;
        }

        if (at + digits >= text.Length
            || !uint.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            || code > 0x10FFFF)
        {
            throw problems.Syntax(line, $"the escape \\{kind} without a character", $"{digits} hexadecimal digits");
        }

        value.Append(code <= char.MaxValue ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
        return at + 1 + digits;
    }
}
