namespace RlCore.Trainers.Sequences;

/// <summary>Splits the sequences of a step into passes.</summary>
internal static class MicroBatches
{
    /// <summary>The passes over items that are kept whole, in order: as many items as fit, and at least one.</summary>
    /// <param name="items">Items of one or more sequences.</param>
    /// <param name="limits">What a pass may take.</param>
    /// <param name="sequences">The sequences of an item.</param>
    /// <typeparam name="TItem">A sequence, a pair, a ranking.</typeparam>
    public static IReadOnlyList<MicroBatch> Split<TItem>(
        IReadOnlyList<TItem> items,
        PassLimits limits,
        Func<TItem, IReadOnlyList<TokenSequence>> sequences)
    {
        var parts = new List<MicroBatch>();
        (int first, int taken, int longest) = (0, 0, 0);
        for (int i = 0; i < items.Count; i++)
        {
            IReadOnlyList<TokenSequence> next = sequences(items[i]);
            int width = next.Max(sequence => sequence.Tokens.Length);
            if (i > first && !limits.Hold(taken + next.Count, Math.Max(longest, width)))
            {
                parts.Add(new MicroBatch(first, i - first));
                (first, taken, longest) = (i, 0, 0);
            }

            (taken, longest) = (taken + next.Count, Math.Max(longest, width));
        }

        if (first < items.Count)
        {
            parts.Add(new MicroBatch(first, items.Count - first));
        }

        return parts;
    }

    /// <summary>The passes over sequences, in order.</summary>
    /// <param name="sequences">All sequences.</param>
    /// <param name="limits">What a pass may take.</param>
    public static IReadOnlyList<MicroBatch> Split(IReadOnlyList<TokenSequence> sequences, PassLimits limits) =>
        Split(sequences, limits, sequence => [sequence]);
}

/// <summary>The items of one pass.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="Count">Their number, at least 1.</param>
internal readonly record struct MicroBatch(int First, int Count)
{
    /// <summary>Number of the pass within the step, from 0.</summary>
    /// <value>0.</value>
    public int Pass { get; init; }

    /// <summary>The items.</summary>
    /// <param name="items">All items of the step.</param>
    /// <typeparam name="TItem">A sequence, a pair, a ranking.</typeparam>
    public TItem[] Of<TItem>(IReadOnlyList<TItem> items) => [.. items.Skip(First).Take(Count)];
}
