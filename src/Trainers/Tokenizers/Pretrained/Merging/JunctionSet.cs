using System.Numerics;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Which two characters some merge may join, the last of its left token and the first of its right one. Where no merge can join, a text
/// may be cut without changing its tokens. A set of hashes: it may name a pair too many, and never one too few.
/// </summary>
internal sealed class JunctionSet
{
    private const int FewestBits = 10;
    private const int MostBits = 20;

    private readonly int _shift;
    private readonly ulong[] _bits;

    /// <summary>Creates an empty set.</summary>
    /// <param name="merges">How many merges to expect.</param>
    public JunctionSet(int merges)
    {
        // Most bits stay 0 with four or more for each merge, as many merges join the same characters.
        int bits = Math.Clamp(BitOperations.Log2((uint)merges) + 3, FewestBits, MostBits);
        (_shift, _bits) = (32 - bits, new ulong[1 << (bits - 6)]);
    }

    /// <summary>Whether the pairs tell all: false if a token of a byte takes part in a merge.</summary>
    public bool Exact { get; set; } = true;

    /// <summary>Adds the pair at which two tokens meet.</summary>
    /// <param name="left">The last UTF-16 unit of the left one.</param>
    /// <param name="right">The first UTF-16 unit of the right one.</param>
    public void Add(char left, char right)
    {
        int hash = Hash(left, right);
        _bits[hash >> 6] |= 1UL << (hash & 63);
    }

    /// <summary>Whether a merge may join two characters.</summary>
    /// <param name="left">The last UTF-16 unit of the left one.</param>
    /// <param name="right">The first UTF-16 unit of the right one.</param>
    public bool MayJoin(char left, char right)
    {
        int hash = Hash(left, right);
        return (_bits[hash >> 6] & (1UL << (hash & 63))) != 0;
    }

    private int Hash(char left, char right) => (int)((((uint)left << 16) | right) * 0x9E3779B1u >> _shift);
}

/// <summary>Cuts before the first marker of a word, and long pieces anywhere, where no merge can join.</summary>
/// <param name="junctions">Where merges can join.</param>
internal sealed class JunctionSplitter(JunctionSet junctions) : Splitter
{
    /// <summary>▁, which stands for the space before a word.</summary>
    public const char Marker = '\u2581';

    private const int Long = 16;

    /// <inheritdoc/>
    public override int End(ReadOnlySpan<char> text, int start)
    {
        for (int i = start + 1; i < text.Length; i++)
        {
            char here = text[i];
            if ((here == Marker ? text[i - 1] != Marker : i - start >= Long) && !char.IsLowSurrogate(here)
                && !junctions.MayJoin(text[i - 1], here))
            {
                return i;
            }
        }

        return text.Length;
    }
}
