using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>The kinds of a token.</summary>
internal enum LatexTokenKind
{
    /// <summary>The end.</summary>
    End,

    /// <summary>A number without a sign.</summary>
    Number,

    /// <summary>A letter or another symbol.</summary>
    Symbol,

    /// <summary>A function or structure by name.</summary>
    Command,

    /// <summary>Words.</summary>
    Words,

    /// <summary>An operator, a bracket or another single character; ⦃ and ⦄ are the brackets of sets.</summary>
    Sign,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text or name.</param>
/// <param name="Value">The value of a number.</param>
/// <param name="IsApart">Whether a space stands before it.</param>
internal readonly record struct LatexToken(LatexTokenKind Kind, string Text, Rational Value, bool IsApart)
{
    /// <summary>Whether it is a sign.</summary>
    /// <param name="sign">The sign.</param>
    public bool Is(string sign) => Kind == LatexTokenKind.Sign && Text == sign;
}

/// <summary>
/// Splits an expression in LaTeX, or in plain notation, into tokens. Linear in the text, which has at most <see cref="MostCharacters"/>.
/// </summary>
internal sealed partial class LatexLexer
{
    /// <summary>The longest expression that is read, in characters.</summary>
    public const int MostCharacters = 4000;

    private const char Glue = '\uE000';

    private const string Simple = @"(?![0-9])(?:\.[0-9]+)?|[0-9]+\uE000[0-9]+|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)";

    private readonly string _text;
    private readonly List<LatexToken> _tokens = [];
    private readonly bool _isWithinText;
    private int _at;
    private int _brackets;
    private int _tables;
    private bool _isApart;

    private LatexLexer(string text, bool isWithinText)
    {
        string repeated = Repeating().Replace(text, match => Fraction(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value));
        _text = ThinSpace().Replace(GluedComma().Replace(repeated, Glue.ToString()), "");
        _isWithinText = isWithinText;
    }

    /// <summary>The tokens of an expression, ended by <see cref="LatexTokenKind.End"/>.</summary>
    /// <param name="text">A text cleaned by <see cref="AnswerText"/>.</param>
    /// <param name="tokens">The tokens.</param>
    /// <returns>Whether the text can be split: it is not too long, and has no unknown command.</returns>
    public static bool TryRead(string text, out IReadOnlyList<LatexToken> tokens)
    {
        tokens = [];
        if (text.Length > MostCharacters)
        {
            return false;
        }

        VerifierWork.Spend(text.Length);
        var lexer = new LatexLexer(text, false);
        if (!lexer.Run())
        {
            return false;
        }

        lexer.Add(LatexTokenKind.End, "");
        tokens = lexer._tokens;
        return true;
    }

    // 0.1\overline{6} is (16 − 1)/90.
    private static string Fraction(string whole, string once, string again)
    {
        BigInteger all = BigInteger.Parse(whole + once + again, CultureInfo.InvariantCulture);
        BigInteger before = BigInteger.Parse(whole + once, CultureInfo.InvariantCulture);
        string below = new string('9', again.Length) + new string('0', once.Length);
        return string.Create(CultureInfo.InvariantCulture, $"({all - before}/{below})");
    }

    private bool Run()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            bool isRead = true;
            if (char.IsWhiteSpace(c) || c is '~' or '$')
            {
                _isApart = true;
                _at++;
            }
            else if (c == '\\')
            {
                isRead = ReadCommand();
            }
            else if (Magnitude.Begins(_text, _at))
            {
                ReadNumber();
            }
            else if (char.IsLetter(c))
            {
                ReadLetters();
            }
            else
            {
                isRead = ReadSign(c);
            }

            if (!isRead)
            {
                return false;
            }
        }

        return true;
    }

    private void Add(LatexTokenKind kind, string text, Rational value = default)
    {
        _tokens.Add(new LatexToken(kind, text, value, _isApart));
        _isApart = false;
    }

    private void ReadNumber()
    {
        // Within brackets a comma separates items.
        Match match = (_brackets == 0 ? WithThousands() : Plain()).Match(_text, _at);
        _at += match.Length;
        string written = match.Value;
        int glue = written.LastIndexOf(Glue);
        bool isDecimalComma = glue >= 0 && written.IndexOf(Glue, StringComparison.Ordinal) == glue && written.Length - glue != 4
            && !written.Contains('.', StringComparison.Ordinal);
        written = (isDecimalComma ? written.Replace(Glue, '.') : written.Replace(Glue.ToString(), "", StringComparison.Ordinal))
            .Replace(",", "", StringComparison.Ordinal);
        int point = written.IndexOf('.', StringComparison.Ordinal);
        int places = point < 0 ? 0 : written.Length - point - 1;
        var digits = BigInteger.Parse(point < 0 ? written : written.Remove(point, 1), CultureInfo.InvariantCulture);
        Add(LatexTokenKind.Number, written, new Rational(digits, BigInteger.Pow(10, places)));
    }

    private void ReadLetters()
    {
        Match match = Letters().Match(_text, _at);
        string word = match.Value;
        bool afterValue = _tokens.Count > 0 && (_tokens[^1].Kind == LatexTokenKind.Number || _tokens[^1].Is(")") || _tokens[^1].Is("⦄"));
        if (afterValue && Joined().Match(word) is { Success: true } joined)
        {
            word = joined.Groups[1].Value;
        }

        _at += word.Length;
        string lower = word.ToLowerInvariant();
        if (lower is "and" or "or")
        {
            Add(LatexTokenKind.Sign, lower == "or" ? "∨" : "∧");
        }
        else if (lower is "percent" or "pct")
        {
            Add(LatexTokenKind.Sign, "%");
        }
        else if (LatexWords.Functions.Contains(word) || LatexWords.Lists.Contains(word) || word == "sqrt")
        {
            Add(LatexTokenKind.Command, word);
        }
        else if (word.Length > 1 && char.IsLower(word[0]) && LatexWords.Symbols.TryGetValue(word, out string? symbol))
        {
            Add(LatexTokenKind.Symbol, symbol);
        }
        else if (word.Length > 3 || (afterValue && UnitNames.IsUnit(word)) || (_isWithinText && word.Length > 1))
        {
            Add(LatexTokenKind.Words, word);
        }
        else
        {
            foreach (char letter in word)
            {
                Add(LatexTokenKind.Symbol, letter.ToString());
            }
        }
    }

    private bool ReadSign(char c)
    {
        _at++;
        _brackets = Math.Max(0, _brackets + (c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0));
        if (char.GetUnicodeCategory(c) == UnicodeCategory.CurrencySymbol)
        {
            return true;
        }

        if (c == '√')
        {
            Add(LatexTokenKind.Command, "sqrt");
            return true;
        }

        bool isSymbol = c is '∞' or '∅';
        string sign = Sign(c);
        Add(isSymbol ? LatexTokenKind.Symbol : LatexTokenKind.Sign, sign);
        return isSymbol || "()[]{}+-*/^_!%=≠<>≤≥≈∈∉⊂≡→⇒∪∩∖±∓|:;,'&°.…⟨⟩⌊⌋⌈⌉".Contains(sign, StringComparison.Ordinal);
    }

    // One sign for each spelling of it.
    private string Sign(char c)
    {
        bool isPair = _at < _text.Length && ((c == '*' && _text[_at] == '*') || (c is '!' or '<' or '>' && _text[_at] == '='));
        _at += isPair ? 1 : 0;
        return (c, isPair) switch
        {
            ('*', true) => "^",
            ('!', true) => "≠",
            ('<', true) or ('⩽', _) => "≤",
            ('>', true) or ('⩾', _) => "≥",
            ('×' or '·' or '⋅' or '∙', _) => "*",
            ('÷', _) => "/",
            (Glue, _) => ",",
            _ => c.ToString(),
        };
    }

    [GeneratedRegex(@"(?<=[0-9])\s?\{\s?,\s?\}\s?(?=[0-9])|(?<=[0-9]),\\!\s?(?=[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex GluedComma();

    [GeneratedRegex(@"(?<![0-9])([0-9]{1,20})\.([0-9]{0,20})\\overline\s?\{\s?([0-9]{1,20})\s?\}", RegexOptions.CultureInvariant)]
    private static partial Regex Repeating();

    [GeneratedRegex(@"(?<=[0-9])\\[,!](?=[0-9]{3}(?![0-9]))", RegexOptions.CultureInvariant)]
    private static partial Regex ThinSpace();

    [GeneratedRegex($@"\G(?:[0-9]{{1,3}}(?:[,\uE000][0-9]{{3}})+{Simple}", RegexOptions.CultureInvariant)]
    private static partial Regex WithThousands();

    [GeneratedRegex($@"\G(?:[0-9]{{1,3}}(?:\uE000[0-9]{{3}})+{Simple}", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    [GeneratedRegex(@"\G\p{L}+", RegexOptions.CultureInvariant)]
    private static partial Regex Letters();

    [GeneratedRegex(@"^(and|or)\p{L}{1,2}$", RegexOptions.CultureInvariant)]
    private static partial Regex Joined();
}
