using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <content>Classes of characters, and characters with their escapes.</content>
internal sealed partial class EcmaPatternReader
{
    private CodePointSet ReadClass()
    {
        bool isNegated = Take("^");
        var set = new CodePointSet();
        while (!Take("]"))
        {
            if (IsDone)
            {
                Fail("a class that is not closed");
                return set;
            }

            CodePointSet first = ReadCharacter(inClass: true);
            if (_position + 1 < _text.Length && _text[_position] == '-' && _text[_position + 1] != ']')
            {
                _position++;
                CodePointSet last = ReadCharacter(inClass: true);
                if (first.Single is { } low && last.Single is { } high && low <= high)
                {
                    set.Add(low, high);
                    continue;
                }

                Fail("a range that does not go from a character to a later one");
            }

            set.Add(first);
        }

        return isNegated ? set.Complement() : set;
    }

    private CodePointSet ReadCharacter(bool inClass)
    {
        if (IsDone)
        {
            return new CodePointSet();
        }

        if (!Take(@"\"))
        {
            int point = char.IsSurrogatePair(_text, _position) ? char.ConvertToUtf32(_text, _position) : _text[_position];
            _position += point > char.MaxValue ? 2 : 1;
            return One(point);
        }

        char escape = IsDone ? '\0' : _text[_position++];
        switch (escape)
        {
            case 'd' or 'D':
                return Negated(CodePointSet.Digits, escape == 'D');
            case 'w' or 'W':
                return Negated(CodePointSet.Words, escape == 'W');
            case 's' or 'S':
                return Negated(CodePointSet.Spaces, escape == 'S');
            case 'p' or 'P':
                return Negated(ReadProperty(), escape == 'P');
            case 'b' when inClass:
                return One('\b');
            case 't' or 'n' or 'v' or 'f' or 'r':
                return One("\t\n\v\f\r"["tnvfr".IndexOf(escape, StringComparison.Ordinal)]);
            case '0' when IsDone || !char.IsAsciiDigit(_text[_position]):
                return One(0);
            case 'c' when !IsDone && char.IsAsciiLetter(_text[_position]):
                return One(_text[_position++] % 32);
            case 'x':
                return One(ReadHex(2));
            case 'u':
                return One(ReadUnicode());
            default:
                if (IsLetterOrEnd(escape))
                {
                    Fail($@"the escape \{escape}, which ECMA-262 does not have");
                }

                return One(escape);
        }
    }

    private CodePointSet ReadProperty()
    {
        int end = _text.IndexOf('}', _position);
        string name = Take("{") && end > 0 ? _text[_position..end] : "";
        _position = end > 0 ? end + 1 : _text.Length;
        if (!UnicodeProperties.TryFind(name, out CodePointSet set))
        {
            Fail($@"\p{{{name}}}, which is no general category: \p{{L}}, \p{{Lu}}, \p{{Letter}}");
        }

        return set;
    }

    private int ReadUnicode()
    {
        if (Take("{"))
        {
            int end = _text.IndexOf('}', _position);
            int point = end > _position && end - _position <= 6 ? ReadHex(end - _position) : -1;
            _position = Math.Min(_text.Length, _position + 1);
            if (point is < 0 or > 0x10FFFF)
            {
                Fail(@"a \u{…} without a code point");
            }

            return Math.Clamp(point, 0, 0x10FFFF);
        }

        int unit = ReadHex(4);
        if (char.IsHighSurrogate((char)unit) && Take(@"\u"))
        {
            int low = ReadHex(4);
            if (char.IsLowSurrogate((char)low))
            {
                return char.ConvertToUtf32((char)unit, (char)low);
            }

            _position -= 6;
        }

        return unit;
    }

    private int ReadHex(int length)
    {
        int end = Math.Min(_text.Length, _position + length);
        string digits = _text[_position..end];
        if (digits.Length < length
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            Fail("an escape without its hexadecimal digits");
            value = 0;
        }

        _position = end;
        return value;
    }

    private static bool IsLetterOrEnd(char escape) => escape == '\0' || char.IsAsciiLetterOrDigit(escape);

    private static CodePointSet One(int point) => new CodePointSet().Add(point, point);

    private static CodePointSet Negated(CodePointSet set, bool isNegated) => isNegated ? set.Complement() : set;
}
