namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>
/// Merges the symbols of one word: always the pair with the lowest rank, of equals the leftmost. Holds the buffers of one thread.
/// </summary>
/// <param name="merges">The merges.</param>
internal sealed class BytePairMerger(MergeTable merges)
{
    // Up to this length a scan for the lowest rank is quicker than a heap.
    private const int LongestScan = 40;

    private int[] _ids = new int[256];
    private int[] _lengths = new int[256];
    private int[] _ranks = new int[256];
    private int[] _products = new int[256];
    private int[] _next = [];
    private int[] _previous = [];
    private ulong[] _heap = [];
    private int _heapCount;

    /// <summary>Number of symbols.</summary>
    public int Count { get; private set; }

    /// <summary>Ids of the symbols.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>How many bytes of text each symbol stands for.</summary>
    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <summary>Forgets all symbols.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a symbol at the end.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="length">Bytes of text that it stands for.</param>
    public void Add(int id, int length)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            Array.Resize(ref _lengths, Count * 2);
            Array.Resize(ref _ranks, Count * 2);
            Array.Resize(ref _products, Count * 2);
        }

        _ids[Count] = id;
        _lengths[Count++] = length;
    }

    /// <summary>Lengthens the last symbol.</summary>
    /// <param name="length">Bytes of text.</param>
    public void Extend(int length) => _lengths[Count - 1] += length;

    /// <summary>Merges until no pair can be merged.</summary>
    public void Merge()
    {
        if (Count > LongestScan)
        {
            MergeByHeap();
        }
        else if (Count > 1)
        {
            MergeByScan();
        }
    }

    private void MergeByScan()
    {
        int count = Count;
        Span<int> ids = _ids.AsSpan(0, count);
        Span<int> lengths = _lengths.AsSpan(0, count);
        Span<int> ranks = _ranks.AsSpan(0, count);
        Span<int> products = _products.AsSpan(0, count);
        for (int i = 0; i + 1 < count; i++)
        {
            ranks[i] = merges.Find(ids[i], ids[i + 1], out products[i]);
        }

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                best = ranks[i] < ranks[best] ? i : best;
            }

            if (ranks[best] == MergeTable.NoMerge)
            {
                break;
            }

            ids[best] = products[best];
            lengths[best] += lengths[best + 1];
            Remove(best + 1, count--);
            if (best + 1 < count)
            {
                ranks[best] = merges.Find(ids[best], ids[best + 1], out products[best]);
            }

            if (best > 0)
            {
                ranks[best - 1] = merges.Find(ids[best - 1], ids[best], out products[best - 1]);
            }
        }

        Count = count;
    }

    private void Remove(int at, int count)
    {
        for (int i = at; i < count - 1; i++)
        {
            (_ids[i], _lengths[i], _ranks[i], _products[i]) = (_ids[i + 1], _lengths[i + 1], _ranks[i + 1], _products[i + 1]);
        }
    }

    private void MergeByHeap()
    {
        Link();
        while (_heapCount > 0)
        {
            ulong top = Pop();
            int at = (int)(uint)top;
            int next = _next[at];
            if (_ids[at] < 0 || next < 0 || merges.Find(_ids[at], _ids[next], out int product) != (int)(top >> 32))
            {
                continue;
            }

            _ids[at] = product;
            _lengths[at] += _lengths[next];
            _ids[next] = -1;
            _next[at] = _next[next];
            if (_next[at] >= 0)
            {
                _previous[_next[at]] = at;
                Push(at);
            }

            if (_previous[at] >= 0)
            {
                Push(_previous[at]);
            }
        }

        int count = 0;
        for (int at = 0; at >= 0; at = _next[at])
        {
            (_ids[count], _lengths[count]) = (_ids[at], _lengths[at]);
            count++;
        }

        Count = count;
    }

    private void Link()
    {
        if (_next.Length < Count)
        {
            _next = new int[_ids.Length];
            _previous = new int[_ids.Length];
        }

        for (int i = 0; i < Count; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1 < Count ? i + 1 : -1);
        }

        _heapCount = 0;
        for (int i = 0; i + 1 < Count; i++)
        {
            Push(i);
        }
    }

    private void Push(int at)
    {
        int rank = merges.Find(_ids[at], _ids[_next[at]], out _);
        if (rank == MergeTable.NoMerge)
        {
            return;
        }

        if (_heapCount == _heap.Length)
        {
            Array.Resize(ref _heap, Math.Max(256, _heap.Length * 2));
        }

        ulong key = ((ulong)(uint)rank << 32) | (uint)at;
        int hole = _heapCount++;
        while (hole > 0 && _heap[(hole - 1) / 2] > key)
        {
            _heap[hole] = _heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }

        _heap[hole] = key;
    }

    private ulong Pop()
    {
        ulong top = _heap[0];
        ulong last = _heap[--_heapCount];
        int hole = 0;
        for (int child = 1; child < _heapCount; child = (2 * hole) + 1)
        {
            child += child + 1 < _heapCount && _heap[child + 1] < _heap[child] ? 1 : 0;
            if (_heap[child] >= last)
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = last;
        return top;
    }
}
