using System.Numerics;
using RlCore.Engines;

namespace RlCore.Trainers.Sequences;

/// <summary>
/// The passes over the items of a step: the items are cut into shards, and each shard into micro-batches. The plan depends on the items
/// and on the number of shards, not on the number of processes.
/// </summary>
internal sealed class PassPlan
{
    // Below it a shard's passes would be too thin to be fast; the cut of a step is then coarser.
    private const int LeastItems = 2;

    private readonly MicroBatch[][] _slots;

    private PassPlan(DataParallel parallel, MicroBatch[][] slots)
    {
        Parallel = parallel;
        _slots = slots;
        Count = slots.Sum(slot => slot.Length);
    }

    /// <summary>How the passes are shared out.</summary>
    public DataParallel Parallel { get; }

    /// <summary>Number of passes, of all processes.</summary>
    public int Count { get; }

    /// <summary>The passes of this process, in order.</summary>
    public IEnumerable<MicroBatch> Mine => _slots[Parallel.Mine].SelectMany(slot => slot);

    /// <summary>All passes, in order.</summary>
    public IEnumerable<MicroBatch> All => _slots.SelectMany(slot => slot);

    /// <summary>The passes of a shard.</summary>
    /// <param name="shard">The shard, from 0; some of a small step are empty.</param>
    public IReadOnlyList<MicroBatch> Of(int shard) => _slots[shard];

    /// <summary>The plan over items that are kept whole.</summary>
    /// <param name="parallel">How many shards there are, and which of them are this process's.</param>
    /// <param name="items">Items of one or more sequences.</param>
    /// <param name="limits">What a pass may take.</param>
    /// <param name="sequences">The sequences of an item.</param>
    /// <typeparam name="TItem">A sequence, a pair, a ranking.</typeparam>
    public static PassPlan Of<TItem>(
        DataParallel parallel,
        IReadOnlyList<TItem> items,
        PassLimits limits,
        Func<TItem, IReadOnlyList<TokenSequence>> sequences)
    {
        // The shards of a small step lie apart, so that every process still has its part of the tree.
        long most = Math.Min(parallel.Shards, items.Count / LeastItems);
        if (most > 1 && limits.ShardTokens > 0)
        {
            most = Math.Min(most, items.Sum(item => sequences(item).Sum(sequence => (long)sequence.Tokens.Length)) / limits.ShardTokens);
        }

        int used = 1 << BitOperations.Log2((uint)Math.Max(1, most));
        var slots = new MicroBatch[parallel.Shards][];
        Array.Fill(slots, []);
        int passes = 0;
        for (int shard = 0; shard < used; shard++)
        {
            int first = (int)((long)items.Count * shard / used);
            int end = (int)((long)items.Count * (shard + 1) / used);
            MicroBatch[] parts =
            [
                .. MicroBatches.Split(used == 1 ? items : [.. items.Skip(first).Take(end - first)], limits, sequences)
                    .Select(part => new MicroBatch(first + part.First, part.Count) { Pass = passes++ }),
            ];
            slots[shard * (parallel.Shards / used)] = parts;
        }

        return new PassPlan(parallel, slots);
    }

    /// <summary>The plan over sequences.</summary>
    /// <param name="parallel">How many shards there are, and which of them are this process's.</param>
    /// <param name="sequences">All sequences.</param>
    /// <param name="limits">What a pass may take.</param>
    public static PassPlan Of(DataParallel parallel, IReadOnlyList<TokenSequence> sequences, PassLimits limits) =>
        Of(parallel, sequences, limits, sequence => [sequence]);
}
