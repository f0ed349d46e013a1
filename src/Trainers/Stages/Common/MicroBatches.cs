using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>How an optimizer step is cut into passes: it never changes the gradient, only the memory.</summary>
internal static class MicroBatches
{
    /// <summary>Cuts sequences into micro-batches, in their order.</summary>
    /// <param name="sequences">All of them.</param>
    /// <param name="size">Sequences of one pass.</param>
    /// <param name="body">Takes the index of the first sequence and the layout.</param>
    public static void ForEach(IReadOnlyList<TokenSequence> sequences, int size, Action<int, TokenBatch> body)
    {
        for (int first = 0; first < sequences.Count; first += size)
        {
            int count = Math.Min(size, sequences.Count - first);
            body(first, TokenBatch.Create([.. sequences.Skip(first).Take(count)]));
        }
    }

    /// <summary>One forward and backward pass.</summary>
    /// <param name="engine">Where it runs.</param>
    /// <param name="loss">Makes this pass's part of the loss, [1, 1].</param>
    /// <returns>Its value.</returns>
    public static double Accumulate<T>(this IEngine<T> engine, Func<T> loss)
        where T : struct, ITensor<T>
    {
        using var scope = engine.Scope();
        var part = loss();
        Span<float> value = stackalloc float[1];
        engine.Read(part, value);
        engine.Backward(part);
        return value[0];
    }
}
