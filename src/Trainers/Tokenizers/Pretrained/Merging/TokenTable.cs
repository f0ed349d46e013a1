namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The tokens of a vocabulary, as UTF-8: contents by id, and ids by content.</summary>
/// <param name="count">How many tokens to expect.</param>
/// <param name="bytes">How many bytes of content to expect.</param>
internal sealed class TokenTable(int count, int bytes)
{
    private byte[] _bytes = new byte[bytes];
    private int[] _starts = new int[count];
    private int[] _lengths = Empty(count);
    private int[] _slots = new int[SlotsFor(count)];
    private int _used;
    private int _count;

    /// <summary>One more than the highest id.</summary>
    public int Size { get; private set; }

    /// <summary>The content of a token; empty for an id without one.</summary>
    /// <param name="id">An id below <see cref="Size"/>.</param>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id], Math.Max(0, _lengths[id]));

    /// <summary>Whether an id has a token.</summary>
    /// <param name="id">The id.</param>
    public bool Has(int id) => (uint)id < (uint)Size && _lengths[id] >= 0;

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

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id, not negative.</param>
    /// <param name="content">Its content as UTF-8.</param>
    /// <returns>Whether neither the id nor the content was there.</returns>
    public bool TryAdd(int id, ReadOnlySpan<byte> content)
    {
        if (Has(id) || TryFind(content, out _))
        {
            return false;
        }

        if (_bytes.Length - _used < content.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + content.Length));
        }

        Grow(id);
        content.CopyTo(_bytes.AsSpan(_used));
        (_starts[id], _lengths[id]) = (_used, content.Length);
        _used += content.Length;
        if (++_count * 4L > _slots.Length * 3L)
        {
            _slots = new int[_slots.Length * 2];
            for (int other = 0; other < Size; other++)
            {
                if (_lengths[other] >= 0)
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

    private static int[] Empty(int count)
    {
        var lengths = new int[count];
        lengths.AsSpan().Fill(-1);
        return lengths;
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
        if (id >= _lengths.Length)
        {
            int size = _lengths.Length;
            int wanted = Math.Max(id + 1, size * 2);
            Array.Resize(ref _starts, wanted);
            Array.Resize(ref _lengths, wanted);
            _lengths.AsSpan(size).Fill(-1);
        }

        Size = Math.Max(Size, id + 1);
    }
}
