namespace RlCore.Trainers.Rewards;

/// <summary>
/// A judge of pairs as a reward: of two adjacent completions of a prompt, the first scores p,
/// how much the judge prefers it, and the second 1 − p; both score 0.5 in a tie.
/// </summary>
/// <param name="settings">What is a tie.</param>
/// <param name="judge">The judge; disposed with this object.</param>
internal sealed class PairPreference(PairJudgeSettings settings, PairJudge judge) : IReward, IDisposable
{
    /// <summary>Its name in metrics.</summary>
    public const string PartName = "judge";

    /// <inheritdoc/>
    public string Name => PartName;

    /// <summary>A reward for the stages of a run.</summary>
    /// <param name="settings">The judge.</param>
    /// <param name="context">Where its replies may be cached.</param>
    public static PairPreference Create(PairJudgeSettings settings, RewardContext context) =>
        new(settings, settings.Create(context.Folder.Length > 0 ? Path.Combine(context.Folder, $"{PartName}-replies") : ""));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch does not consist of pairs with the same prompt.</exception>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        if (batch.Count % 2 != 0 || batch.Chunk(2).Any(two => two[0].Question != two[1].Question))
        {
            throw new ArgumentException("A judge of pairs needs two adjacent completions of each prompt.", nameof(batch));
        }

        CandidatePair[] pairs = [.. batch.Chunk(2).Select(two => new CandidatePair(two[0].Question, two[0].Completion, two[1].Completion))];
        double[] labels = judge.TryLabel(pairs, null, stop, out var failures);
        double[] scores = [.. labels.Select(label => settings.IsTie(label) ? 0.5 : label).SelectMany(label => new[] { label, 1 - label })];
        return failures.Count == 0 ? scores : throw new RewardBatchException(
            scores,
            failures.OrderBy(failure => failure.Key)
                .SelectMany(
                    failure => new[] { 2 * failure.Key, (2 * failure.Key) + 1 },
                    (failure, i) => KeyValuePair.Create(i, (Exception)failure.Value))
                .ToDictionary());
    }

    /// <inheritdoc/>
    public void Dispose() => judge.Dispose();
}
