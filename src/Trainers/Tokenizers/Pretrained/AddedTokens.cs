using System.Buffers;
using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>A token that is looked for in the text itself, before anything else.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Whether it must not touch a letter, digit or underscore.</param>
/// <param name="LeftStrip">Whether it takes the white space before it.</param>
/// <param name="RightStrip">Whether it takes the white space after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text.</param>
/// <param name="Special">Whether it stands for no text, such as the end of a sequence.</param>
internal sealed record AddedToken(
    int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<long, int> _edges = [];
    private readonly List<AddedToken?> _tokens = [null];
    private readonly SearchValues<char> _firsts;

    /// <summary>Creates a finder.</summary>
    /// <param name="tokens">The tokens, with the text to look for; no text is empty.</param>
    public AddedTokenFinder(IReadOnlyList<(AddedToken Token, string Text)> tokens)
    {
        foreach ((AddedToken token, string text) in tokens)
        {
            int node = 0;
            foreach (char character in text)
            {
                if (!_edges.TryGetValue(Edge(node, character), out int next))
                {
                    next = _tokens.Count;
                    _tokens.Add(null);
                    _edges.Add(Edge(node, character), next);
                }

                node = next;
            }

            _tokens[node] = token;
        }

        _firsts = SearchValues.Create([.. tokens.Select(token => token.Text[0]).Distinct()]);
    }

    /// <summary>Finds the next token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where the search begins; moved behind the token that was found.</param>
    /// <param name="taken">Up to where the text is taken by the token before.</param>
    /// <param name="token">The token; null where there is no more.</param>
    /// <param name="start">Where it begins, the space that it strips included.</param>
    /// <param name="end">Where it ends, the space that it strips included.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryNext(ReadOnlySpan<char> text, ref int from, int taken, out AddedToken? token, out int start, out int end)
    {
        while (TryMatch(text, ref from, out token, out start))
        {
            end = from;
            bool alone = !token!.SingleWord || !(IsWordBefore(text, start) || IsWordAfter(text, end));
            if (start >= taken && alone)
            {
                start = token.LeftStrip ? Math.Max(taken, start - TrailingSpace(text[..start])) : start;
                end += token.RightStrip ? UnicodeClasses.RunEnd(text[end..], 0, UnicodeClass.Space) : 0;
                return true;
            }
        }

        (token, start, end) = (null, text.Length, text.Length);
        return false;
    }

    private bool TryMatch(ReadOnlySpan<char> text, ref int from, out AddedToken? token, out int start)
    {
        token = null;
        start = from;
        while (token is null && start < text.Length)
        {
            int skip = text[start..].IndexOfAny(_firsts);
            if (skip < 0)
            {
                break;
            }

            start += skip;
            int node = 0;
            for (int i = start; i < text.Length && _edges.TryGetValue(Edge(node, text[i]), out node); i++)
            {
                if (_tokens[node] is { } longer)
                {
                    (token, from) = (longer, i + 1);
                }
            }

            start += token is null ? 1 : 0;
        }

        return token is not null;
    }

    private static int TrailingSpace(ReadOnlySpan<char> text) => text.Length - text.TrimEnd().Length;

    private static bool IsWordBefore(ReadOnlySpan<char> text, int at) =>
        Rune.DecodeLastFromUtf16(text[..at], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWordAfter(ReadOnlySpan<char> text, int at) =>
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w of Rust's expressions: letters, the letters in circles and squares (symbols that Unicode calls alphabetic), marks, digits,
    // connectors, joiners.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D
        or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.ConnectorPunctuation;

    private static long Edge(int node, char character) => ((long)node << 16) | character;
}
