using System.Buffers.Binary;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The tokens of a vocabulary, as UTF-8: contents by id, and ids by content.</summary>
/// <param name="count">How many tokens to expect.</param>
/// <param name="bytes">How many bytes of content to expect, the sum of <see cref="Space"/>.</param>
internal sealed class TokenTable(int count, int bytes)
{
    /// <summary>How many bits an id has at most, so that a merge, which has three, fits into 64.</summary>
    public const int IdBits = 21;

    /// <summary>The highest id.</summary>
    public const int HighestId = (1 << IdBits) - 1;

    // A length from here on takes four bytes more.
    private const byte Long = byte.MaxValue;

    // Contents with their lengths before them. The first byte is the empty content of ids without a token.
    private byte[] _bytes = new byte[1 + bytes];
    private int[] _starts = new int[count];
    private int[] _slots = new int[SlotsFor(count)];
    private int _used = 1;
    private int _count;

    /// <summary>One more than the highest id.</summary>
    public int Size { get; private set; }

    /// <summary>The content of a token; empty for an id without one.</summary>
    /// <param name="id">An id below <see cref="Size"/>.</param>
    public ReadOnlySpan<byte> this[int id]
    {
        get
        {
            ReadOnlySpan<byte> content = _bytes.AsSpan(_starts[id]);
            int length = content[0];
            return length < Long ? content.Slice(1, length) : content.Slice(5, BinaryPrimitives.ReadInt32LittleEndian(content[1..]));
        }
    }

    /// <summary>Whether an id has a token.</summary>
    /// <param name="id">The id.</param>
    public bool Has(int id) => (uint)id < (uint)Size && _starts[id] > 0;

    /// <summary>Size of a table of slots: a power of two that some entries fill to three quarters at most.</summary>
    /// <param name="count">How many entries to expect.</param>
    public static int SlotsFor(int count)
    {
        int slots = 1024;
        while (slots * 3L < count * 4L)
        {
            slots *= 2;
        }

        return slots;
    }

    /// <summary>How many bytes the table keeps of a token.</summary>
    /// <param name="length">The length of its content.</param>
    public static int Space(int length) => length + (length < Long ? 1 : 5);

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id, from 0 to <see cref="HighestId"/>.</param>
    /// <param name="content">Its content as UTF-8.</param>
    /// <returns>Whether neither the id nor the content was there.</returns>
    public bool TryAdd(int id, ReadOnlySpan<byte> content)
    {
        if (Has(id) || TryFind(content, out _))
        {
            return false;
        }

        Grow(id);
        _starts[id] = _used;
        Append(content);
        if (++_count * 4L > _slots.Length * 3L)
        {
            _slots = new int[_slots.Length * 2];
            for (int other = 0; other < Size; other++)
            {
                if (Has(other))
                {
                    _slots[FreeSlot(this[other])] = other + 1;
                }
            }
        }
        else
        {
            _slots[FreeSlot(content)] = id + 1;
        }

        return true;
    }

    /// <summary>Finds a token by its content.</summary>
    /// <param name="content">UTF-8.</param>
    /// <param name="id">Its id; −1 where there is none.</param>
    public bool TryFind(ReadOnlySpan<byte> content, out int id)
    {
        int mask = _slots.Length - 1;
        for (int slot = (int)ContentHash.Of(content) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            id = _slots[slot] - 1;
            if (content.SequenceEqual(this[id]))
            {
                return true;
            }
        }

        id = -1;
        return false;
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        int space = Space(content.Length);
        if (_bytes.Length - _used < space)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + space));
        }

        Span<byte> target = _bytes.AsSpan(_used, space);
        target[0] = (byte)Math.Min(content.Length, Long);
        if (content.Length >= Long)
        {
            BinaryPrimitives.WriteInt32LittleEndian(target[1..], content.Length);
        }

        content.CopyTo(target[^content.Length..]);
        _used += space;
    }

    private int FreeSlot(ReadOnlySpan<byte> content)
    {
        int mask = _slots.Length - 1;
        int slot = (int)ContentHash.Of(content) & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow(int id)
    {
        if (id >= _starts.Length)
        {
            Array.Resize(ref _starts, Math.Max(id + 1, _starts.Length * 2));
        }

        Size = Math.Max(Size, id + 1);
    }
}
