using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Cuts the sequences of a step into passes.</summary>
internal static class MicroBatches
{
    /// <summary>Passes over so many sequences.</summary>
    /// <param name="sequences">Number of sequences.</param>
    /// <param name="size">Sequences of one pass.</param>
    public static int Count(int sequences, int size) => (sequences + size - 1) / size;

    /// <summary>Calls the body for each part of the sequences, in order.</summary>
    /// <param name="sequences">All sequences.</param>
    /// <param name="size">Sequences of one part.</param>
    /// <param name="body">What is done with a part: (its first sequence, its layout).</param>
    public static void ForEach(IReadOnlyList<TokenSequence> sequences, int size, Action<int, TokenBatch> body)
    {
        for (int first = 0; first < sequences.Count; first += size)
        {
            int count = Math.Min(size, sequences.Count - first);
            body(first, TokenBatch.Create([.. sequences.Skip(first).Take(count)]));
        }
    }
}
