namespace RlCore.Engines.Managed;

/// <summary>
/// Keys, transposed as attention reads them, and values, of each layer. Rows point at slots: dropping and reordering rows
/// moves pointers only, and a row named twice copies what its slot holds.
/// </summary>
internal sealed unsafe class KeyValueCache : IKeyValueCache
{
    private readonly Block[] _keys;
    private readonly Block[] _values;
    private readonly int _slots;
    private readonly int[] _slotOfRow;
    private readonly int[] _keptSlots;
    private readonly int[] _keptLengths;
    private readonly bool[] _taken;
    private readonly int[] _lengths;
    private int _rows;
    private bool _disposed;

    public KeyValueCache(ManagedEngine engine, int layers, HeadLayout heads, int batch, int capacity)
    {
        Engine = engine;
        Heads = heads;
        Capacity = capacity;
        KeyTokens = Simd.RoundUp(capacity);
        _slots = _rows = batch;
        _slotOfRow = [.. Enumerable.Range(0, batch)];
        _keptSlots = new int[batch];
        _keptLengths = new int[batch];
        _lengths = new int[batch];
        _taken = new bool[batch];
        _keys = new Block[layers];
        _values = new Block[layers];
        for (int layer = 0; layer < layers; layer++)
        {
            _keys[layer] = engine.Arena.Rent(batch * KeyFloats);
            _values[layer] = engine.Arena.Rent(batch * ValueFloats);
        }
    }

    public ManagedEngine Engine { get; }

    public HeadLayout Heads { get; }

    public int Capacity { get; }

    /// <summary>Tokens of all blocks of keys.</summary>
    public int KeyTokens { get; }

    public int Layers => _keys.Length;

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, _rows);

    private long KeyFloats => (long)Heads.KeyValueHeads * Heads.Size * KeyTokens;

    private long ValueFloats => (long)Heads.KeyValueHeads * Heads.Size * Capacity;

    /// <summary>Transposed keys of one head: blocks of a register of tokens, [size, 16] each.</summary>
    public float* Keys(int layer, int row, int head) =>
        _keys[layer].Data + (_slotOfRow[row] * KeyFloats) + ((long)head * Heads.Size * KeyTokens);

    /// <summary>Values [Capacity, size] of one head.</summary>
    public float* Values(int layer, int row, int head) =>
        _values[layer].Data + (_slotOfRow[row] * ValueFloats) + ((long)head * Heads.Size * Capacity);

    public void Advance(ReadOnlySpan<int> newTokens)
    {
        CheckRoom(newTokens);
        for (int row = 0; row < _rows; row++)
        {
            _lengths[row] += newTokens[row];
        }
    }

    /// <summary>Throws unless there is one count a row and each fits.</summary>
    public void CheckRoom(ReadOnlySpan<int> newTokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (newTokens.Length != _rows)
        {
            throw new ArgumentException(
                $"{newTokens.Length} counts for a cache of {_rows} rows: one count a row is needed.", nameof(newTokens));
        }

        for (int row = 0; row < _rows; row++)
        {
            if (newTokens[row] < 0 || _lengths[row] + newTokens[row] > Capacity)
            {
                throw new ArgumentException(
                    $"Row {row} holds {_lengths[row]} tokens of {Capacity}; {newTokens[row]} more do not fit.", nameof(newTokens));
            }
        }
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (rows.Length > _slots)
        {
            throw new ArgumentException($"{rows.Length} rows in a cache made for {_slots}.", nameof(rows));
        }

        Array.Clear(_taken);
        foreach (int row in rows)
        {
            CheckRow(row, nameof(rows));
            _taken[_slotOfRow[row]] = true;
        }

        AssignSlots(rows);
        _rows = rows.Length;
        _keptSlots.AsSpan(0, _rows).CopyTo(_slotOfRow);
        _keptLengths.AsSpan(0, _rows).CopyTo(_lengths);
    }

    public void Append(IKeyValueCache source, ReadOnlySpan<int> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (source is not KeyValueCache other || other.Engine != Engine || other.Heads != Heads || other.Layers != Layers)
        {
            throw new ArgumentException("The rows of a cache of another engine or model cannot be added.", nameof(source));
        }

        ObjectDisposedException.ThrowIf(other._disposed, other);
        int longest = 0;
        foreach (int row in rows)
        {
            other.CheckRow(row, nameof(rows));
            longest = Math.Max(longest, other._lengths[row]);
        }

        if (_rows + rows.Length > _slots || longest > Capacity)
        {
            throw new ArgumentException(
                $"{rows.Length} rows of up to {longest} tokens cannot be added to {_rows}: the cache was made for {_slots} of {Capacity}.",
                nameof(source));
        }

        Array.Clear(_taken);
        foreach (int slot in _slotOfRow.AsSpan(0, _rows))
        {
            _taken[slot] = true;
        }

        int free = 0;
        foreach (int row in rows)
        {
            int length = other._lengths[row];
            free += _taken.AsSpan(free).IndexOf(false);
            _taken[free] = true;
            CopySlot(other, other._slotOfRow[row], free, length);
            (_slotOfRow[_rows], _lengths[_rows]) = (free, length);
            _rows++;
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var block in _keys.Concat(_values))
        {
            Engine.Arena.Return(block);
        }

        Engine.Forget(this);
    }

    private void CheckRow(int row, string name)
    {
        if ((uint)row >= (uint)_rows)
        {
            throw new ArgumentException($"Row {row} is not one of the {_rows} rows that the cache holds.", name);
        }
    }

    /// <summary>The first row that names a slot keeps it; later ones get a free slot with a copy.</summary>
    private void AssignSlots(ReadOnlySpan<int> rows)
    {
        int free = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            int slot = _slotOfRow[rows[i]];
            _keptLengths[i] = _lengths[rows[i]];
            if (!_keptSlots.AsSpan(0, i).Contains(slot))
            {
                _keptSlots[i] = slot;
                continue;
            }

            while (_taken[free])
            {
                free++;
            }

            _taken[free] = true;
            _keptSlots[i] = free;
            CopySlot(this, slot, free, _keptLengths[i]);
        }
    }

    private void CopySlot(KeyValueCache source, int from, int to, int length)
    {
        for (int layer = 0; layer < Layers; layer++)
        {
            CopyHeads(
                source._keys[layer].Data + (from * source.KeyFloats),
                source.KeyTokens,
                _keys[layer].Data + (to * KeyFloats),
                KeyTokens,
                Simd.RoundUp(length));
            CopyHeads(
                source._values[layer].Data + (from * source.ValueFloats),
                source.Capacity,
                _values[layer].Data + (to * ValueFloats),
                Capacity,
                length);
        }
    }

    private void CopyHeads(float* source, int sourceTokens, float* destination, int tokens, int count)
    {
        for (int head = 0; head < Heads.KeyValueHeads; head++)
        {
            new ReadOnlySpan<float>(source + ((long)head * sourceTokens * Heads.Size), count * Heads.Size)
                .CopyTo(new Span<float>(destination + ((long)head * tokens * Heads.Size), count * Heads.Size));
        }
    }
}
