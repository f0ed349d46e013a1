using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Translates a regular expression of ECMA-262 (with the flag u) into .NET's. Source: ECMA-262, section 22.2.1. Sets of characters are
/// written out in code points; a brace or bracket that begins nothing stands for itself, as in Annex B.
/// </summary>
internal sealed partial class EcmaPatternReader
{
    private const int MaxDepth = 200;
    private const string WordUnit = "[0-9A-Za-z_]";

    private readonly string _text;
    private readonly StringBuilder _result = new();
    private readonly List<string> _groups;
    private readonly bool _refers;
    private int _position;
    private int _group;
    private int _depth;
    private string _problem = "";
    private bool _isLinear = true;

    private EcmaPatternReader(string text)
    {
        _text = text;
        _groups = FindGroups(text, out _refers);
    }

    /// <summary>Translates a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="translated">The pattern of .NET.</param>
    /// <param name="isLinear">Whether it can be matched in linear time.</param>
    /// <param name="problem">Why it is no pattern; empty if it is one.</param>
    public static bool TryTranslate(string text, out string translated, out bool isLinear, out string problem)
    {
        var reader = new EcmaPatternReader(text);
        reader.ReadAlternatives();
        if (reader._position < text.Length)
        {
            reader.Fail("a parenthesis that closes nothing");
        }

        (translated, isLinear, problem) = (reader._result.ToString(), reader._isLinear, reader._problem);
        return problem.Length == 0;
    }

    private bool IsDone => _position >= _text.Length;

    private void ReadAlternatives()
    {
        if (++_depth > MaxDepth)
        {
            Fail("groups nested more than 200 levels deep");
        }

        while (!IsDone && _text[_position] != ')')
        {
            if (Take("|"))
            {
                _result.Append('|');
            }
            else
            {
                ReadTerm();
            }
        }

        _depth--;
    }

    private void ReadTerm()
    {
        int start = _result.Length;
        char next = _text[_position];
        if (Take("^") || Take("$"))
        {
            _result.Append(next == '^' ? @"\A" : @"\z");
        }
        else if (Take(@"\b") || Take(@"\B"))
        {
            _isLinear = false;
            _result.Append(_text[_position - 1] == 'b'
                ? $"(?:(?<={WordUnit})(?!{WordUnit})|(?<!{WordUnit})(?={WordUnit}))"
                : $"(?:(?<={WordUnit})(?={WordUnit})|(?<!{WordUnit})(?!{WordUnit}))");
        }
        else if (Take("("))
        {
            if (ReadGroup())
            {
                ReadQuantifier(start);
            }
        }
        else if (next is '*' or '+' or '?')
        {
            Fail($"{next} with nothing before it");
        }
        else
        {
            ReadAtom();
            ReadQuantifier(start);
        }
    }

    // Whether a quantifier may follow.
    private bool ReadGroup()
    {
        string opening = "(?:";
        bool isAtom = true;
        if (Take("?=") || Take("?!") || Take("?<=") || Take("?<!"))
        {
            int mark = _text.LastIndexOf('?', _position - 1);
            opening = "(" + _text[mark.._position];
            _isLinear = isAtom = false;
        }
        else if (!Take("?:"))
        {
            if (Take("?<"))
            {
                int end = _text.IndexOf('>', _position);
                _position = end < 0 ? _text.Length : end + 1;
            }
            else if (Take("?"))
            {
                Fail("a group with ? and neither :, =, !, <=, <! nor <name>");
            }

            // Numbered as ECMA-262 numbers them, and only if something refers to them.
            _group++;
            opening = _refers ? string.Create(CultureInfo.InvariantCulture, $"(?<{_group}>") : opening;
        }

        _result.Append(opening);
        ReadAlternatives();
        _result.Append(')');
        if (!Take(")"))
        {
            Fail("a group that is not closed");
        }

        return isAtom;
    }

    private void ReadAtom()
    {
        if (Take("."))
        {
            _result.Append(CodePointSet.LineEnds.Complement().ToPattern());
        }
        else if (Take("["))
        {
            _result.Append(ReadClass().ToPattern());
        }
        else if (_text[_position] == '\\' && _position + 1 < _text.Length && (_text[_position + 1] is >= '1' and <= '9' or 'k'))
        {
            ReadBackReference();
        }
        else
        {
            _result.Append(ReadCharacter(inClass: false).ToPattern());
        }
    }

    // One that has not taken part matches the empty text.
    private void ReadBackReference()
    {
        _position++;
        int number = 0;
        if (Take("k<"))
        {
            int end = _text.IndexOf('>', _position);
            number = end < 0 ? 0 : _groups.IndexOf(_text[_position..end]) + 1;
            _position = end < 0 ? _text.Length : end + 1;
        }
        else
        {
            while (!IsDone && char.IsAsciiDigit(_text[_position]) && number <= _groups.Count)
            {
                number = (number * 10) + _text[_position++] - '0';
            }
        }

        if (number == 0 || number > _groups.Count)
        {
            Fail("a reference to a group that does not exist");
            return;
        }

        _isLinear = false;
        _result.Append(CultureInfo.InvariantCulture, $@"(?({number})\{number}|)");
    }

    private void ReadQuantifier(int start)
    {
        bool isSign = !IsDone && "*+?".Contains(_text[_position], StringComparison.Ordinal);
        string quantifier = isSign ? _text[_position++].ToString() : ReadCount();
        if (quantifier.Length > 0)
        {
            _result.Insert(start, "(?:").Append(')').Append(quantifier);
            if (Take("?"))
            {
                _result.Append('?');
            }

            if (!IsDone && "*+?".Contains(_text[_position], StringComparison.Ordinal))
            {
                Fail($"{_text[_position]} after a quantifier");
                _position++;
            }
        }
    }

    // {n}, {n,} or {n,m}; empty if none follows.
    private string ReadCount()
    {
        int end = IsDone || _text[_position] != '{' ? -1 : _text.IndexOf('}', _position);
        string[] bounds = end < 0 ? [] : _text[(_position + 1)..end].Split(',');
        if (bounds.Length is 0 or > 2 || bounds[0].Length == 0 || !Array.TrueForAll(bounds, bound => bound.All(char.IsAsciiDigit)))
        {
            return "";
        }

        bool isNumber = int.TryParse(bounds[0], CultureInfo.InvariantCulture, out int least);
        int most = int.MaxValue;
        if (bounds is [_, { Length: > 0 } last])
        {
            isNumber &= int.TryParse(last, CultureInfo.InvariantCulture, out most);
        }

        if (!isNumber || most < least)
        {
            Fail("a count that is too large, or that goes from more to fewer");
        }

        string count = _text[_position..(end + 1)];
        _position = end + 1;
        return count;
    }

    private static List<string> FindGroups(string text, out bool refers)
    {
        var groups = new List<string>();
        (refers, bool inClass) = (false, false);
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    refers |= !inClass && i < text.Length && text[i] is >= '1' and <= '9' or 'k';
                    break;
                case '[' or ']':
                    inClass = text[i] == '[';
                    break;
                case '(' when !inClass:
                    string rest = text[(i + 1)..];
                    bool isNamed = rest.StartsWith("?<", StringComparison.Ordinal) && rest.Length > 2 && rest[2] is not ('=' or '!');
                    if (isNamed || !rest.StartsWith('?'))
                    {
                        groups.Add(isNamed ? rest[2..].Split('>')[0] : "");
                    }

                    break;
            }
        }

        return groups;
    }

    private bool Take(string text)
    {
        // After a problem the position lies behind the end.
        bool isNext = _position <= _text.Length && string.CompareOrdinal(_text, _position, text, 0, text.Length) == 0;
        _position += isNext ? text.Length : 0;
        return isNext;
    }

    // The first problem counts, and nothing after it is read.
    private void Fail(string problem)
    {
        _problem = _problem.Length == 0 ? problem : _problem;
        _position = _text.Length;
    }
}
