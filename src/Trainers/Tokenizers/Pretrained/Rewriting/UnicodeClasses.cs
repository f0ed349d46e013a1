using System.Globalization;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>What the expressions of tokenizers ask of a character, by code point.</summary>
[Flags]
internal enum UnicodeClass : byte
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>A letter: \p{L}.</summary>
    Letter = 1,

    /// <summary>A number: \p{N}.</summary>
    Number = 2,

    /// <summary>White space: \s.</summary>
    Space = 4,

    /// <summary>What may stand in the upper-case part of a word: \p{Lu}, \p{Lt}, \p{Lm}, \p{Lo} or \p{M}.</summary>
    UpperPart = 8,

    /// <summary>What may stand in the lower-case part of a word: \p{Ll}, \p{Lm}, \p{Lo} or \p{M}.</summary>
    LowerPart = 16,

    /// <summary>The end of a line: \r or \n.</summary>
    NewLine = 32,
}

/// <summary>Classes of characters, whole code points beyond the basic plane included.</summary>
internal static class UnicodeClasses
{
    private static readonly UnicodeClass[] Table = Build();

    /// <summary>The class of the character at a position, and its length.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="at">The position, before the end.</param>
    /// <param name="length">UTF-16 units of the character.</param>
    public static UnicodeClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        char first = text[at];
        if (char.IsHighSurrogate(first) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            length = 2;
            return Table[char.ConvertToUtf32(first, text[at + 1])];
        }

        length = 1;
        return Table[first];
    }

    /// <summary>The class of the character at a position; none at the end.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="at">The position.</param>
    public static UnicodeClass At(ReadOnlySpan<char> text, int at) => at < text.Length ? At(text, at, out _) : UnicodeClass.None;

    /// <summary>Where the run of characters of some class that begins at a position ends.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="at">The position.</param>
    /// <param name="classes">The classes.</param>
    public static int RunEnd(ReadOnlySpan<char> text, int at, UnicodeClass classes)
    {
        while (at < text.Length && (At(text, at, out int length) & classes) != 0)
        {
            at += length;
        }

        return at;
    }

    /// <summary>Where the run of characters of none of some classes that begins at a position ends.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="at">The position.</param>
    /// <param name="classes">The classes.</param>
    public static int RunEndWithout(ReadOnlySpan<char> text, int at, UnicodeClass classes)
    {
        while (at < text.Length && (At(text, at, out int length) & classes) == 0)
        {
            at += length;
        }

        return at;
    }

    private static UnicodeClass[] Build()
    {
        var table = new UnicodeClass[0x110000];
        for (int point = 0; point < table.Length; point++)
        {
            table[point] = Of(CharUnicodeInfo.GetUnicodeCategory(point))
                | (point < 0x10000 && char.IsWhiteSpace((char)point) ? UnicodeClass.Space : UnicodeClass.None);
        }

        table['\r'] |= UnicodeClass.NewLine;
        table['\n'] |= UnicodeClass.NewLine;
        return table;
    }

    private static UnicodeClass Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => UnicodeClass.Letter | UnicodeClass.UpperPart,
        UnicodeCategory.LowercaseLetter => UnicodeClass.Letter | UnicodeClass.LowerPart,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter =>
            UnicodeClass.Letter | UnicodeClass.UpperPart | UnicodeClass.LowerPart,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
            UnicodeClass.UpperPart | UnicodeClass.LowerPart,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => UnicodeClass.Number,
        _ => UnicodeClass.None,
    };
}
