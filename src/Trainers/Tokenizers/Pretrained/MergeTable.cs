namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The merges of byte-pair encoding: which two tokens become which one, and which merge comes first.</summary>
/// <param name="count">How many merges to expect.</param>
internal sealed class MergeTable(int count)
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int NoMerge = int.MaxValue;

    private Entry[] _entries = new Entry[TokenTable.SlotsFor(count)];
    private int _count;

    /// <summary>Adds a merge; a later merge of the same pair replaces an earlier one.</summary>
    /// <param name="left">Id of the left token.</param>
    /// <param name="right">Id of the right token.</param>
    /// <param name="rank">Its place in the order of merges.</param>
    /// <param name="product">Id of the merged token.</param>
    public void Add(int left, int right, int rank, int product)
    {
        if ((_count + 1) * 4L > _entries.Length * 3L)
        {
            Entry[] old = _entries;
            _entries = new Entry[old.Length * 2];
            foreach (Entry entry in old)
            {
                if (entry.Key != 0)
                {
                    _entries[Slot(entry.Key)] = entry;
                }
            }
        }

        ulong key = Key(left, right);
        int slot = Slot(key);
        _count += _entries[slot].Key == 0 ? 1 : 0;
        _entries[slot] = new Entry(key, rank, product);
    }

    /// <summary>The rank of the merge of two tokens; <see cref="NoMerge"/> where there is none.</summary>
    /// <param name="left">Id of the left token.</param>
    /// <param name="right">Id of the right token.</param>
    /// <param name="product">Id of the merged token.</param>
    public int Find(int left, int right, out int product)
    {
        ulong key = Key(left, right);
        ref Entry entry = ref _entries[Slot(key)];
        product = entry.Product;
        return entry.Key == key ? entry.Rank : NoMerge;
    }

    private int Slot(ulong key)
    {
        int mask = _entries.Length - 1;
        int slot = (int)((key * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (_entries[slot].Key != 0 && _entries[slot].Key != key)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    // Ids are counted from 1, so that no key is 0.
    private static ulong Key(int left, int right) => ((ulong)(uint)(left + 1) << 32) | (uint)right;

    private readonly record struct Entry(ulong Key, int Rank, int Product);
}
