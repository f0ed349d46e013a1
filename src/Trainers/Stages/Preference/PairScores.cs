using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Log-probs of both completions of a pair under one model, each summed over its tokens, in nats.</summary>
/// <param name="Chosen">Log-prob of the better one.</param>
/// <param name="Rejected">Log-prob of the worse one.</param>
internal readonly record struct PairLogProbs(float Chosen, float Rejected)
{
    /// <summary>The sequences of pairs in the order of their log-probs: a pair's chosen completion, then its rejected one.</summary>
    public static IEnumerable<TokenSequence> Sequences(IEnumerable<SequencePair> pairs)
    {
        foreach (SequencePair pair in pairs)
        {
            yield return pair.Chosen;
            yield return pair.Rejected;
        }
    }

    /// <summary>Log-probs of sequences in that order, by pair.</summary>
    public static PairLogProbs[] Of(float[] sums) => [.. sums.Chunk(2).Select(pair => new PairLogProbs(pair[0], pair[1]))];
}

/// <summary>Scores of a micro-batch of pairs.</summary>
internal static class PairScores
{
    /// <summary>
    /// The scores of both sides, [count, 1] each: log-ratios to the reference, divided by length if the loss requires it.
    /// </summary>
    /// <param name="sums">Log-probs, [2·count, 1]: all chosen, then all rejected.</param>
    /// <param name="batch">Their layout.</param>
    /// <param name="reference">Log-probs under the reference.</param>
    /// <param name="normalized">Whether scores are divided by length.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static (T Chosen, T Rejected) Of<T>(T sums, TokenBatch batch, ReadOnlySpan<PairLogProbs> reference, bool normalized)
        where T : struct, ITensor<T>
    {
        int count = reference.Length;
        var references = new double[2 * count];
        var scales = new double[2 * count];
        for (int i = 0; i < count; i++)
        {
            references[i] = reference[i].Chosen;
            references[count + i] = reference[i].Rejected;
        }

        for (int row = 0; row < scales.Length; row++)
        {
            scales[row] = normalized ? 1.0 / batch.Mask.CountInRow(row) : 1;
        }

        var scores = (sums - T.FromValues(sums, 2 * count, 1, references)) * T.FromValues(sums, 2 * count, 1, scales);
        return (Half(scores, 0), Half(scores, 1));
    }

    /// <summary>The first or the second half of a column.</summary>
    /// <param name="column">[2·count, 1].</param>
    /// <param name="half">0 or 1.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static T Half<T>(T column, int half)
        where T : struct, ITensor<T>
    {
        int count = column.Rows / 2;
        return T.GatherRows(column, [.. Enumerable.Range(half * count, count)]);
    }
}
