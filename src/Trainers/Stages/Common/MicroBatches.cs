using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Splits the sequences of a step into passes.</summary>
internal static class MicroBatches
{
    /// <summary>The number of passes for a number of sequences.</summary>
    /// <param name="sequences">Number of sequences.</param>
    /// <param name="size">Sequences per pass.</param>
    public static int Count(int sequences, int size) => (sequences + size - 1) / size;

    /// <summary>Calls the body for each part of the sequences, in order.</summary>
    /// <param name="sequences">All sequences.</param>
    /// <param name="size">Sequences per part.</param>
    /// <param name="body">Called with each part: (its first sequence, its layout).</param>
    public static void ForEach(IReadOnlyList<TokenSequence> sequences, int size, Action<int, TokenBatch> body)
    {
        for (int first = 0; first < sequences.Count; first += size)
        {
            int count = Math.Min(size, sequences.Count - first);
            body(first, TokenBatch.Create([.. sequences.Skip(first).Take(count)]));
        }
    }
}
