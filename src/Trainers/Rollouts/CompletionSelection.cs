using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>Rejection sampling as a pure function: selects the completions of a prompt to keep.</summary>
internal static class CompletionSelection
{
    /// <summary>
    /// The indices of the kept completions of one prompt, ascending. Of completions with equal rewards the earlier one ranks higher, so
    /// that ties are always decided in the same way; a completion whose reward is NaN (it could not be scored) is never kept by rank.
    /// </summary>
    /// <param name="settings">Which completions are kept.</param>
    /// <param name="rewards">One reward per completion; ignored if all are kept.</param>
    public static int[] OfPrompt(SelectionSettings settings, ReadOnlySpan<double> rewards)
    {
        double[] values = rewards.ToArray();
        int[] scored = [.. Enumerable.Range(0, values.Length).Where(i => !double.IsNaN(values[i]))];
        return settings.Keep switch
        {
            KeepKind.Best => Highest(1),
            KeepKind.TopFraction => Highest((int)Math.Ceiling(settings.Fraction * values.Length)),
            KeepKind.Passing => [.. scored.Where(i => values[i] >= settings.Threshold)],
            KeepKind.All => [.. Enumerable.Range(0, values.Length)],
            _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Keep, "Unknown selection of completions."),
        };

        // The sort is stable, so that ties keep their order.
        int[] Highest(int count) => [.. scored.OrderByDescending(i => values[i]).Take(count).Order()];
    }

    /// <summary>
    /// The indices of the kept sequences of several prompts, ascending: <see cref="OfPrompt"/> for the completions of each prompt,
    /// with equal sequences kept once if the settings say so.
    /// </summary>
    /// <param name="settings">Which completions are kept.</param>
    /// <param name="sequences">Prompts with their completions; those of one prompt need not be adjacent.</param>
    /// <param name="rewards">One reward per sequence.</param>
    /// <param name="prompts">The prompt of each sequence: equal numbers mean the same prompt.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static int[] Of(
        SelectionSettings settings,
        IReadOnlyList<TokenSequence> sequences,
        IReadOnlyList<double> rewards,
        IReadOnlyList<int> prompts)
    {
        if (sequences.Count != rewards.Count || sequences.Count != prompts.Count)
        {
            throw new ArgumentException(
                $"{sequences.Count} sequences need as many rewards and prompts, but there are {rewards.Count} and {prompts.Count}.",
                nameof(rewards));
        }

        int[] kept =
        [
            .. Enumerable.Range(0, sequences.Count).GroupBy(i => prompts[i]).SelectMany(group =>
            {
                int[] members = [.. group];
                return OfPrompt(settings, [.. members.Select(i => rewards[i])]).Select(i => members[i]);
            }).Order(),
        ];
        return settings.Deduplicate ? [.. kept.DistinctBy(i => sequences[i])] : kept;
    }
}
