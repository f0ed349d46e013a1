using System.Runtime.InteropServices;
using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Encodes texts. Holds the buffers and the cache of one thread.</summary>
/// <param name="parts">What tokenizer.json says.</param>
internal sealed class TextEncoder(TokenizerParts parts)
{
    private readonly BytePairEncoder _encoder = new(parts.Model);
    private readonly PieceCache _cache = new();
    private readonly AlignedText _normalized = new();
    private readonly AlignedText _rewritten = new();
    private readonly List<int> _ids = [];
    private readonly List<TokenSpan> _spans = [];
    private bool _aligned;
    private bool _prefixes;
    private int _segment;
    private int _unknown;

    /// <summary>Ids of the text that was encoded last.</summary>
    public ReadOnlySpan<int> Ids => CollectionsMarshal.AsSpan(_ids);

    /// <summary>Where the tokens lie in the text; empty if it was not asked.</summary>
    public ReadOnlySpan<TokenSpan> Spans => CollectionsMarshal.AsSpan(_spans);

    /// <summary>Encodes a text.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="prefixes">Whether what goes before the first word of a text is put there.</param>
    /// <param name="aligned">Whether to find where the tokens lie.</param>
    /// <returns>
    /// Index of the first character without a token; −1 if each has one. It counts in the text as it was given only if
    /// <paramref name="aligned"/>.
    /// </returns>
    public int Encode(ReadOnlySpan<char> text, bool prefixes, bool aligned)
    {
        _ids.Clear();
        _spans.Clear();
        (_aligned, _prefixes, _unknown) = (aligned, prefixes, -1);
        int taken = 0;
        int from = 0;
        while (parts.InOriginal is { } finder
            && finder.TryNext(text, ref from, taken, out AddedToken? token, out int start, out int end))
        {
            EncodeSegment(text[taken..start], taken);
            AddToken(token!.Id, start, end);
            taken = end;
        }

        EncodeSegment(text[taken..], taken);
        return _unknown;
    }

    private void EncodeSegment(ReadOnlySpan<char> text, int offset)
    {
        if (text.IsEmpty)
        {
            return;
        }

        _segment = offset;
        bool prefixes = _prefixes || offset > 0;
        _normalized.Set(text, _aligned);
        foreach (Normalizer normalizer in parts.Normalizers)
        {
            normalizer.Apply(_normalized, prefixes, offset == 0);
        }

        ReadOnlySpan<char> normalized = _normalized.Chars;
        int taken = 0;
        int from = 0;
        while (parts.InNormalized is { } finder
            && finder.TryNext(normalized, ref from, taken, out AddedToken? token, out int start, out int end))
        {
            EncodeText(taken, start, prefixes);
            AddToken(token!.Id, offset + _normalized.Start(start), offset + _normalized.End(end - 1));
            taken = end;
        }

        EncodeText(taken, normalized.Length, prefixes);
    }

    private void EncodeText(int start, int end, bool prefixes)
    {
        if (parts.Rewriters.Count == 0)
        {
            Split(_normalized, start, end, 0);
            return;
        }

        if (end > start)
        {
            _rewritten.Set(_normalized, start, end);
            foreach (Normalizer rewriter in parts.Rewriters)
            {
                rewriter.Apply(_rewritten, prefixes, _segment == 0 && start == 0);
            }

            Split(_rewritten, 0, _rewritten.Chars.Length, 0);
        }
    }

    private void Split(AlignedText text, int start, int end, int level)
    {
        if (level == parts.Splitters.Length)
        {
            EncodePiece(text, start, end);
            return;
        }

        Splitter splitter = parts.Splitters[level];
        ReadOnlySpan<char> chars = text.Chars[start..end];
        for (int at = 0; at < chars.Length;)
        {
            int next = splitter.End(chars, at);
            if (next > 0)
            {
                Split(text, start + at, start + next, level + 1);
            }

            at = next > 0 ? next : ~next;
        }
    }

    private void EncodePiece(AlignedText text, int start, int end)
    {
        ReadOnlySpan<char> piece = text.Chars[start..end];
        bool cached = !_aligned && piece.Length <= PieceCache.LongestPiece;
        if (cached && _cache.TryFind(piece, out ReadOnlySpan<int> known))
        {
            _ids.AddRange(known);
            return;
        }

        int unknown = _encoder.Encode(piece);
        _ids.AddRange(_encoder.Ids);
        if (unknown >= 0)
        {
            _unknown = _unknown < 0 ? _segment + text.Start(start + unknown) : _unknown;
        }
        else if (cached)
        {
            _cache.Add(piece, _encoder.Ids);
        }

        if (_aligned)
        {
            AddSpans(text, start, end);
        }
    }

    private void AddSpans(AlignedText text, int start, int end)
    {
        ReadOnlySpan<int> lengths = _encoder.Lengths;
        ReadOnlySpan<char> chars = text.Chars[..end];
        int at = start;
        int used = 0;
        foreach (int length in lengths)
        {
            int first = at;
            int last = at;
            used += length;
            while (used > 0)
            {
                last = at;
                Rune.DecodeFromUtf16(chars[at..], out Rune rune, out int units);
                if (rune.Utf8SequenceLength > used)
                {
                    last = at + units - 1;
                    break;
                }

                used -= rune.Utf8SequenceLength;
                at += units;
                last = at - 1;
            }

            _spans.Add(new TokenSpan(_segment + text.Start(first), _segment + text.End(last)));
        }
    }

    private void AddToken(int id, int start, int end)
    {
        _ids.Add(id);
        if (_aligned)
        {
            _spans.Add(new TokenSpan(start, end));
        }
    }
}
