using RlCore.Algebra;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The pairs of a step, as used by the loss. AOT sorts the whole step before comparing, so its pairs are matched here and then
/// differentiated like those of DPO, in micro-batches of any size.
/// </summary>
/// <param name="Pairs">Completions.</param>
/// <param name="Reference">The reference log-probs of each.</param>
/// <param name="Chosen">The row of the step from which each pair's chosen completion comes.</param>
/// <param name="Rejected">The same for the rejected completion.</param>
internal sealed record PairMatching(SequencePair[] Pairs, PairLogProbs[] Reference, int[] Chosen, int[] Rejected)
{
    /// <summary>The pairs unchanged.</summary>
    /// <param name="pairs">Pairs of the step.</param>
    /// <param name="reference">Their log-probs under the reference.</param>
    public static PairMatching None(SequencePair[] pairs, PairLogProbs[] reference)
    {
        int[] rows = [.. Enumerable.Range(0, pairs.Length)];
        return new PairMatching(pairs, reference, rows, rows);
    }

    /// <summary>AOT on pairs: each margin of the policy is compared with the reference's margin of the same rank.</summary>
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

    /// <summary>AOT without pairs: each chosen completion is compared with the rejected completion of the same rank.</summary>
    /// <param name="chosen">Good completions of the step.</param>
    /// <param name="rejected">The same number of bad ones.</param>
    /// <param name="reference">Log-probs under the reference, by row.</param>
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
