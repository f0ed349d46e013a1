namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The merges of byte-pair encoding: which two tokens become which one, and which merge comes first.</summary>
/// <param name="count">How many merges to expect.</param>
internal sealed class MergeTable(int count)
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int NoMerge = int.MaxValue;

    // Merges by rank, each with its three ids side by side, and in each slot a rank + 1: most pairs that are looked for do not merge, and
    // an empty slot says so at once.
    private ulong[] _merges = new ulong[count];
    private int[] _slots = new int[TokenTable.SlotsFor(count)];
    private int _count;

    /// <summary>Adds the merge of the next rank; a later merge of the same pair replaces an earlier one.</summary>
    /// <param name="left">Id of the left token.</param>
    /// <param name="right">Id of the right token.</param>
    /// <param name="product">Id of the merged token.</param>
    public void Add(int left, int right, int product)
    {
        if (_count == _merges.Length)
        {
            Array.Resize(ref _merges, Math.Max(16, _count * 2));
        }

        if ((_count + 1) * 4L > _slots.Length * 3L)
        {
            _slots = new int[_slots.Length * 2];
            for (int rank = 0; rank < _count; rank++)
            {
                _slots[Slot(_merges[rank] >> TokenTable.IdBits)] = rank + 1;
            }
        }

        ulong pair = Pair(left, right);
        _merges[_count++] = (pair << TokenTable.IdBits) | (uint)product;
        _slots[Slot(pair)] = _count;
    }

    /// <summary>The rank of the merge of two tokens; <see cref="NoMerge"/> where there is none.</summary>
    /// <param name="left">Id of the left token.</param>
    /// <param name="right">Id of the right token.</param>
    /// <param name="product">Id of the merged token.</param>
    public int Find(int left, int right, out int product)
    {
        int rank = _slots[Slot(Pair(left, right))] - 1;
        product = rank >= 0 ? (int)(_merges[rank] & TokenTable.HighestId) : -1;
        return rank >= 0 ? rank : NoMerge;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << TokenTable.IdBits) | (uint)right;

    private int Slot(ulong pair)
    {
        int mask = _slots.Length - 1;
        int slot = (int)((pair * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (_slots[slot] != 0 && _merges[_slots[slot] - 1] >> TokenTable.IdBits != pair)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
