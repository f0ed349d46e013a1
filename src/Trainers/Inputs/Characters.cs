using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Inputs;

/// <summary>Characters and texts for messages: on one line, and visible.</summary>
internal static class Characters
{
    private const int MostShown = 60;

    /// <summary>A character: in quotes if it is visible, and its code point.</summary>
    /// <param name="rune">The character.</param>
    public static string Describe(Rune rune) => Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar
        ? string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}")
        : string.Create(CultureInfo.InvariantCulture, $"'{rune}' (U+{rune.Value:X4})");

    /// <summary>The character at an index of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Index of the character's first UTF-16 unit.</param>
    public static string At(string text, int index) => Rune.TryGetRuneAt(text, index, out Rune rune)
        ? Describe(rune)
        : string.Create(CultureInfo.InvariantCulture, $"half of a surrogate pair (U+{(int)text[index]:X4})");

    /// <summary>A text in quotes on one line, shortened in the middle if it is long.</summary>
    /// <param name="text">The text.</param>
    public static string Quote(string text)
    {
        string line = text.ReplaceLineEndings("⏎").Replace('\t', '⇥');
        return line.Length <= MostShown ? $"\"{line}\"" : $"\"{line[..(MostShown / 2)]}…{line[^(MostShown / 2)..]}\"";
    }
}
