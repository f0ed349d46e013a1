using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>A byte-pair model as tokenizer.json holds it. Immutable.</summary>
internal sealed record BytePairModel
{
    /// <summary>The tokens.</summary>
    public required TokenTable Tokens { get; init; }

    /// <summary>The merges.</summary>
    public required MergeTable Merges { get; init; }

    /// <summary>Which characters may be joined by a merge.</summary>
    public required JunctionSet Junctions { get; init; }

    /// <summary>Whether words are split into bytes, written as the characters of <see cref="ByteAlphabet"/>.</summary>
    public bool OfBytes { get; init; }

    /// <summary>The token of what has none; −1 for none.</summary>
    public int Unknown { get; init; } = -1;

    /// <summary>Whether unknown characters in a row become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a word that is a token is not merged from its parts.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The token of each byte: of the alphabet's character, or <c>&lt;0x41&gt;</c>; −1 where there is none.</summary>
    public required int[] Bytes { get; init; }

    /// <summary>Whether characters without a token are written as bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>
    /// Whether a text may be cut where no merge can join. The outcome is then the same, and short pieces are quicker.
    /// </summary>
    public bool MayCut => !OfBytes && !IgnoreMerges && Junctions.Exact
        && (!FuseUnknown || Unknown < 0 || (ByteFallback && !Bytes.Contains(-1)));
}

/// <summary>Encodes pieces of text with a byte-pair model. Holds the buffers of one thread.</summary>
/// <param name="model">The model.</param>
internal sealed class BytePairEncoder(BytePairModel model)
{
    private readonly BytePairMerger _merger = new(model.Merges);
    private byte[] _utf8 = new byte[1024];
    private byte[] _alphabet = [];

    /// <summary>Ids of the piece that was encoded last.</summary>
    public ReadOnlySpan<int> Ids => _merger.Ids;

    /// <summary>How many bytes of UTF-8 each of <see cref="Ids"/> stands for.</summary>
    public ReadOnlySpan<int> Lengths => _merger.Lengths;

    /// <summary>Encodes a piece.</summary>
    /// <param name="piece">Text without lone surrogates.</param>
    /// <returns>Index of the first character without a token; −1 if each has one.</returns>
    public int Encode(ReadOnlySpan<char> piece)
    {
        if (_utf8.Length < piece.Length * 3)
        {
            _utf8 = new byte[piece.Length * 4];
        }

        ReadOnlySpan<byte> bytes = _utf8.AsSpan(0, Encoding.UTF8.GetBytes(piece, _utf8));
        _merger.Clear();
        if (model.IgnoreMerges && model.Tokens.TryFind(model.OfBytes ? Spell(bytes) : bytes, out int whole))
        {
            _merger.Add(whole, bytes.Length);
            return -1;
        }

        int unknown = model.OfBytes ? AddBytes(bytes) : AddCharacters(bytes);
        _merger.Merge();
        return unknown < 0 ? -1 : Encoding.UTF8.GetCharCount(bytes[..unknown]);
    }

    private ReadOnlySpan<byte> Spell(ReadOnlySpan<byte> bytes)
    {
        if (_alphabet.Length < bytes.Length * 2)
        {
            _alphabet = new byte[bytes.Length * 4];
        }

        return ByteAlphabet.Write(bytes, _alphabet);
    }

    private int AddBytes(ReadOnlySpan<byte> bytes)
    {
        int[] ids = model.Bytes;
        int unknown = -1;
        for (int i = 0; i < bytes.Length; i++)
        {
            int id = ids[bytes[i]];
            if (id >= 0)
            {
                _merger.Add(id, 1);
            }
            else if (!AddUnknown(1) && unknown < 0)
            {
                unknown = i;
            }
        }

        return unknown;
    }

    private int AddCharacters(ReadOnlySpan<byte> bytes)
    {
        int unknown = -1;
        for (int i = 0, length; i < bytes.Length; i += length)
        {
            length = bytes[i] switch { < 0x80 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
            ReadOnlySpan<byte> character = bytes.Slice(i, length);
            if (model.Tokens.TryFind(character, out int id))
            {
                _merger.Add(id, length);
            }
            else if (!AddFallback(character) && !AddUnknown(length) && unknown < 0)
            {
                unknown = i;
            }
        }

        return unknown;
    }

    private bool AddFallback(ReadOnlySpan<byte> character)
    {
        bool whole = model.ByteFallback;
        foreach (byte value in character)
        {
            whole = whole && model.Bytes[value] >= 0;
        }

        for (int i = 0; whole && i < character.Length; i++)
        {
            _merger.Add(model.Bytes[character[i]], 1);
        }

        return whole;
    }

    private bool AddUnknown(int length)
    {
        if (model.Unknown >= 0 && model.FuseUnknown && _merger.Count > 0 && _merger.Ids[^1] == model.Unknown)
        {
            _merger.Extend(length);
        }
        else if (model.Unknown >= 0)
        {
            _merger.Add(model.Unknown, length);
        }

        return model.Unknown >= 0;
    }
}
