using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;

namespace RlCore.Trainers.Rewards;

/// <summary>A reward with its weight in a sum.</summary>
/// <param name="Reward">The reward.</param>
/// <param name="Weight">The factor of its score.</param>
public sealed record WeightedReward(IReward Reward, double Weight);

/// <summary>Several rewards as one: total = Σ weight · score. It keeps the scores of each part, and owns the parts.</summary>
public sealed class RewardSum : IReward, IAnswerReader, IDisposable
{
    // Weights such as 0.7 + 0.2 + 0.1 do not add up to 1 exactly.
    private const double Rounding = 1e-9;

    private readonly WeightedReward[] _parts;
    private readonly double[] _weights;
    private readonly RewardErrors _errors;
    private readonly FailureShare _share;

    /// <summary>A sum of rewards.</summary>
    /// <param name="parts">The parts; at least one. Disposable parts are disposed with the sum.</param>
    /// <param name="errors">What happens when a reward cannot score a sample.</param>
    /// <exception cref="ArgumentException">There are no parts, or two have the same name.</exception>
    public RewardSum(IReadOnlyList<WeightedReward> parts, RewardErrors errors)
    {
        _parts = [.. parts];
        _weights = [.. parts.Select(part => part.Weight)];
        _errors = errors;
        _share = new FailureShare(errors.MaxShare);
        if (_parts.Length == 0 || _parts.DistinctBy(part => part.Reward.Name).Count() < _parts.Length)
        {
            throw new ArgumentException(
                "A sum needs at least one reward, each with a different name; these are "
                    + $"{string.Join(", ", _parts.Select(part => part.Reward.Name))}.",
                nameof(parts));
        }

        if (errors.Action == RewardErrorAction.Score && Array.Find(_parts, part => Overflows(errors.Score, part.Weight)) is { } over)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The score {errors.Score} of a failure overflows with the weight {over.Weight} of \"{over.Reward.Name}\"."),
                nameof(errors));
        }
    }

    /// <inheritdoc/>
    public string Name => string.Join("+", _parts.Select(part => part.Reward.Name));

    /// <summary>The processes that share what the rewards compute.</summary>
    /// <value>One.</value>
    internal DataParallel Parallel { get; init; } = DataParallel.Alone;

    /// <summary>The sum for a recipe's settings.</summary>
    /// <param name="rewards">Its settings.</param>
    /// <param name="errors">What happens when a reward cannot score a sample.</param>
    /// <param name="context">The context of the run.</param>
    public static RewardSum Create(IReadOnlyList<RewardSettings> rewards, RewardErrors errors, RewardContext context) =>
        new([.. rewards.Select(settings => new WeightedReward(settings.Create(context), settings.Weight))], errors)
        {
            Parallel = context.Parallel,
        };

    /// <summary>A reward as a sum of one part with weight 1; a sum stays as it is.</summary>
    /// <param name="reward">The reward.</param>
    public static RewardSum Of(IReward reward) => reward as RewardSum ?? new RewardSum([new WeightedReward(reward, 1)], RewardErrors.Stop);

    /// <summary>Scores a batch, with the scores of each part.</summary>
    /// <param name="batch">Completions with their questions.</param>
    /// <param name="stop">Stops between samples.</param>
    /// <exception cref="RewardFailedException">A part could not score a sample, and the recipe says to stop; or more of the recent
    /// samples could not be scored than it allows.</exception>
    public RewardScores ScoreParts(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        var failed = new Dictionary<int, RewardFailedException>();
        PartScores[] parts = [.. _parts.Select(part => ScorePart(part, batch, failed, stop))];
        _share.Add(batch.Count, failed);
        double[] table = [.. Enumerable.Range(0, batch.Count).SelectMany(row => parts.Select(part => part.Scores[row]))];
        return new RewardScores(RewardMixing.WeightedSum(table, _weights), parts);
    }

    /// <summary>
    /// The rewards of the steps of a batch, times the weight of the part that scores steps. What this part adds to the total of a
    /// completion is taken off its last step, so that steps and total together count nothing twice.
    /// </summary>
    /// <param name="batch">Completions with their questions.</param>
    /// <param name="stop">Stops before the batch.</param>
    /// <exception cref="InvalidOperationException">There is not one part that scores steps.</exception>
    internal IReadOnlyList<RewardedSteps> ScoreSteps(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        WeightedReward part = _parts.Single(part => part.Reward is IStepReward);
        double[] whole = part.Reward.Score(batch, stop);
        return
        [
            .. ((IStepReward)part.Reward).ScoreSteps(batch, stop).Select((steps, i) =>
            {
                double[] rewards = [.. steps.Rewards.Select(reward => part.Weight * reward)];
                rewards[^1] -= part.Weight * whole[i];
                return steps with { Rewards = rewards };
            }),
        ];
    }

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop) => ScoreParts(batch, stop).Totals;

    /// <summary>Whether the total of each completion reaches a mark, within a rounding error of 1e-9.</summary>
    /// <param name="batch">Completions with their questions.</param>
    /// <param name="mark">The mark.</param>
    /// <param name="stop">Stops between samples.</param>
    internal bool[] Pass(IReadOnlyList<RewardSample> batch, double mark, CancellationToken stop) =>
        [.. Score(batch, stop).Select(total => Reaches(total, mark))];

    /// <summary>Whether a total reaches a mark, within a rounding error of 1e-9.</summary>
    /// <param name="total">The total.</param>
    /// <param name="mark">The mark.</param>
    internal static bool Reaches(double total, double mark) => total >= mark - Rounding;

    /// <summary>Reads the answer with the first part that reads answers; if none does, the answer is the whole text.</summary>
    /// <param name="completion">The completion's text.</param>
    /// <param name="answer">Its answer; empty if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryReadAnswer(string completion, out string answer)
    {
        if (_parts.Select(part => part.Reward).OfType<IAnswerReader>().FirstOrDefault() is { } reader)
        {
            return reader.TryReadAnswer(completion, out answer);
        }

        answer = completion.Trim();
        return answer.Length > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _parts.Select(part => part.Reward).OfType<IDisposable>())
        {
            part.Dispose();
        }
    }

    private PartScores ScorePart(
        WeightedReward part,
        IReadOnlyList<RewardSample> batch,
        Dictionary<int, RewardFailedException> allFailed,
        CancellationToken stop)
    {
        var (scores, failures, undecided) = part.Reward is ISharedReward
            ? Attempt(part.Reward, batch, stop)
            : RewardAttempt.Share(Parallel, () => Attempt(part.Reward, batch, stop));
        int failed = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            Exception? failure = failures.GetValueOrDefault(i);
            if (failure is null && !Overflows(scores[i], part.Weight))
            {
                continue;
            }

            var told = new RewardFailedException(part.Reward.Name, batch[i], Reason(failure, scores[i], part.Weight), failure);
            if (_errors.Action == RewardErrorAction.Stop)
            {
                throw told;
            }

            allFailed.TryAdd(i, told);
            scores[i] = _errors.Score;
            failed++;
        }

        return new PartScores(part.Reward.Name, scores, failed)
        {
            Undecided = undecided,
            IsBounded = part.Reward is IBoundedReward { HasLimit: true },
        };
    }

    // No part may take more of the range than its share, so that the total is finite too.
    private bool Overflows(double score, double weight) => !(Math.Abs(score * weight) <= double.MaxValue / _parts.Length);

    private static string Reason(Exception? failure, double score, double weight) => failure is not null
        ? $"{RewardAttempt.KindOf(failure)}: {failure.Message}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"its score is {score}{(double.IsFinite(score) ? $", which overflows with its weight {weight}" : "")}");

    private static RewardAttempt Attempt(
        IReward reward,
        IReadOnlyList<RewardSample> batch,
        CancellationToken stop)
    {
        double[] scores;
#pragma warning disable CA1031 // Any exception of a reward becomes a report that shows the sample.
        try
        {
            scores = [.. reward.Score(batch, stop)];
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (RewardBatchException some)
        {
            return With([.. some.Scores], some.Failures);
        }
        catch (Exception all)
        {
            return With(new double[batch.Count], Enumerable.Range(0, batch.Count).ToDictionary(i => i, _ => all));
        }
#pragma warning restore CA1031

        return scores.Length == batch.Count
            ? With(scores, new Dictionary<int, Exception>())
            : throw new InvalidOperationException($"The reward \"{reward.Name}\" gave {scores.Length} scores to {batch.Count} samples.");

        RewardAttempt With(double[] given, IReadOnlyDictionary<int, Exception> failed) =>
            new(given, failed, (reward as IBoundedReward)?.TakeUndecided() ?? 0);
    }
}
