namespace RlCore.Algebra;

/// <summary>
/// Complete thoughts that are drawn independently; one is chosen. With <see cref="AnswerRule.Majority"/> this is self-consistency
/// (Wang et al. 2022), with <see cref="AnswerRule.WeightedMajority"/> the vote of Li et al. 2022 (verifier-weighted).
/// </summary>
/// <param name="Samples">n, at least 1.</param>
public sealed record BestOfN(int Samples) : SearchStrategy
{
    internal override IEnumerable<SearchCall<TThought>> Steps<TThought>(SearchLedger<TThought> ledger)
    {
        if (ledger.Expand([(ledger.Root, Samples)], SearchReach.End) is { } draws)
        {
            yield return draws;
        }
    }

    private protected override void Check<TThought>(ISearchProblem<TThought> problem) =>
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Samples);
}
