using RlCore.Algebra;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The pairs of a step as its loss sees them. AOT sorts the whole step before it compares, so its pairs are matched here, and then
/// differentiated like those of DPO, in micro-batches of any size.
/// </summary>
/// <param name="Pairs">Completions.</param>
/// <param name="Reference">What the log-probs of each are compared with.</param>
/// <param name="Chosen">Of each pair's chosen completion, the row of the step that it comes from.</param>
/// <param name="Rejected">The same of its rejected completion.</param>
internal sealed record PairMatching(SequencePair[] Pairs, PairLogProbs[] Reference, int[] Chosen, int[] Rejected)
{
    /// <summary>Pairs as they are.</summary>
    /// <param name="pairs">Pairs of the step.</param>
    /// <param name="reference">Their log-probs under the reference.</param>
    public static PairMatching None(SequencePair[] pairs, PairLogProbs[] reference)
    {
        int[] rows = [.. Enumerable.Range(0, pairs.Length)];
        return new PairMatching(pairs, reference, rows, rows);
    }

    /// <summary>AOT on pairs: the policy's margin of some rank is compared with the reference's margin of that rank.</summary>
    /// <param name="pairs">Pairs of the step.</param>
    /// <param name="reference">Their log-probs under the reference.</param>
    /// <param name="policy">Their log-probs under the policy.</param>
    public static PairMatching OfMargins(SequencePair[] pairs, PairLogProbs[] reference, PairLogProbs[] policy)
    {
        int[] upper = AlignmentByTransport.Order([.. policy.Select(pair => (double)pair.Chosen - pair.Rejected)]);
        int[] lower = AlignmentByTransport.Order([.. reference.Select(pair => (double)pair.Chosen - pair.Rejected)]);
        var matched = new PairLogProbs[pairs.Length];
        for (int rank = 0; rank < matched.Length; rank++)
        {
            matched[upper[rank]] = reference[lower[rank]];
        }

        return None(pairs, matched);
    }

    /// <summary>AOT without pairs: the chosen completion of some rank is compared with the rejected completion of that rank.</summary>
    /// <param name="chosen">Good completions of the step.</param>
    /// <param name="rejected">Bad ones, as many.</param>
    /// <param name="reference">Log-probs under the reference, those of row i together.</param>
    /// <param name="policy">Log-probs under the policy.</param>
    public static PairMatching OfScores(TokenSequence[] chosen, TokenSequence[] rejected, PairLogProbs[] reference, PairLogProbs[] policy)
    {
        int[] upper = AlignmentByTransport.Order([.. policy.Zip(reference, (pair, ground) => (double)pair.Chosen - ground.Chosen)]);
        int[] lower = AlignmentByTransport.Order([.. policy.Zip(reference, (pair, ground) => (double)pair.Rejected - ground.Rejected)]);
        return new PairMatching(
            [.. upper.Zip(lower, (good, bad) => new SequencePair(chosen[good], rejected[bad]))],
            [.. upper.Zip(lower, (good, bad) => new PairLogProbs(reference[good].Chosen, reference[bad].Rejected))],
            upper,
            lower);
    }
}
