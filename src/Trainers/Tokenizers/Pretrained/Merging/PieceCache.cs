using System.Runtime.InteropServices;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The tokens of pieces that were encoded before; it is emptied when it is full. For one thread.</summary>
internal sealed class PieceCache
{
    /// <summary>The longest piece that is kept, in UTF-16 units.</summary>
    public const int LongestPiece = 64;

    private const int Slots = 1 << 16;
    private const int MostPieces = Slots / 2;

    private readonly Entry[] _entries = new Entry[Slots];
    private char[] _keys = new char[1 << 12];
    private int[] _ids = new int[1 << 12];
    private int _keysUsed;
    private int _idsUsed;
    private int _count;

    /// <summary>Finds a piece.</summary>
    /// <param name="piece">Its text.</param>
    /// <param name="ids">Its tokens.</param>
    public bool TryFind(ReadOnlySpan<char> piece, out ReadOnlySpan<int> ids)
    {
        uint hash = ContentHash.Of(MemoryMarshal.AsBytes(piece));
        ref Entry entry = ref _entries[Slot(piece, hash)];
        ids = _ids.AsSpan(entry.IdsStart, entry.IdsCount);
        return entry.Length > 0;
    }

    /// <summary>Keeps a piece that is not there.</summary>
    /// <param name="piece">Its text, not empty and no longer than <see cref="LongestPiece"/>.</param>
    /// <param name="ids">Its tokens.</param>
    public void Add(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        if (_count == MostPieces)
        {
            Array.Clear(_entries);
            (_count, _keysUsed, _idsUsed) = (0, 0, 0);
        }

        Reserve(ref _keys, _keysUsed + piece.Length);
        Reserve(ref _ids, _idsUsed + ids.Length);
        piece.CopyTo(_keys.AsSpan(_keysUsed));
        ids.CopyTo(_ids.AsSpan(_idsUsed));
        uint hash = ContentHash.Of(MemoryMarshal.AsBytes(piece));
        _entries[Slot(piece, hash)] = new Entry(hash, _keysUsed, piece.Length, _idsUsed, ids.Length);
        _keysUsed += piece.Length;
        _idsUsed += ids.Length;
        _count++;
    }

    private int Slot(ReadOnlySpan<char> piece, uint hash)
    {
        int slot = (int)(hash & (Slots - 1));
        while (_entries[slot].Length > 0 && !IsAt(slot, piece, hash))
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }

    private bool IsAt(int slot, ReadOnlySpan<char> piece, uint hash)
    {
        ref Entry entry = ref _entries[slot];
        return entry.Hash == hash && piece.SequenceEqual(_keys.AsSpan(entry.KeyStart, entry.Length));
    }

    private static void Reserve<T>(ref T[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            Array.Resize(ref buffer, Math.Max(count, buffer.Length * 2));
        }
    }

    private readonly record struct Entry(uint Hash, int KeyStart, int Length, int IdsStart, int IdsCount);
}
