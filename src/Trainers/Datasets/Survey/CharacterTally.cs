using System.Buffers;
using System.Text;

namespace RlCore.Trainers.Datasets;

/// <summary>Counts characters, Unicode scalar values, and collects the distinct ones until there are too many.</summary>
/// <param name="most">Distinct characters that are not too many.</param>
internal sealed class CharacterTally(int most)
{
    private const char FirstHighSurrogate = '\ud800';
    private const char LastHighSurrogate = '\udbff';

    private readonly SortedSet<Rune> _distinct = [];

    // The distinct characters that are one char: what else is in a text is found many chars at a time.
    private SearchValues<char> _known = SearchValues.Create("");

    /// <summary>Number of characters of a text, which are collected.</summary>
    /// <param name="text">The text, without lone surrogates.</param>
    public int Add(string text)
    {
        for (ReadOnlySpan<char> rest = text; _distinct.Count <= most && rest.IndexOfAnyExcept(_known) is >= 0 and int at;)
        {
            Rune.DecodeFromUtf16(rest[at..], out Rune character, out int length);
            rest = rest[(at + length)..];
            if (_distinct.Add(character) && length == 1)
            {
                _known = SearchValues.Create(string.Concat(_distinct.Where(known => known.IsBmp)));
            }
        }

        return text.Length - HighSurrogates(text);
    }

    /// <summary>The distinct characters in code point order; empty if there are too many.</summary>
    public string Distinct() => _distinct.Count <= most ? string.Concat(_distinct) : "";

    private static int HighSurrogates(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int at; (at = text.IndexOfAnyInRange(FirstHighSurrogate, LastHighSurrogate)) >= 0; count++)
        {
            text = text[(at + 1)..];
        }

        return count;
    }
}
