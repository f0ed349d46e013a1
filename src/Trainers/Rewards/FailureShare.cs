using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Stops a run of which too many completions cannot be scored: the share of failures among the most recent completions, in whole batches
/// that are at least <see cref="Window"/> together. Thread-safe.
/// </summary>
/// <param name="most">The largest share that is allowed.</param>
internal sealed class FailureShare(double most)
{
    /// <summary>Completions that are looked back on, at least; before there are as many, nothing is stopped.</summary>
    public const int Window = 64;

    private readonly Lock _lock = new();
    private readonly Queue<(int Failed, int Total)> _batches = [];
    private int _failed;
    private int _total;

    /// <summary>Counts a batch.</summary>
    /// <param name="total">Its completions.</param>
    /// <param name="failures">Those that a reward could not score, by index.</param>
    /// <exception cref="RewardFailedException">More of the recent completions failed than are allowed.</exception>
    public void Add(int total, IReadOnlyDictionary<int, RewardFailedException> failures)
    {
        lock (_lock)
        {
            _batches.Enqueue((failures.Count, total));
            (_failed, _total) = (_failed + failures.Count, _total + total);
            while (_total - _batches.Peek().Total >= Window)
            {
                var (failed, past) = _batches.Dequeue();
                (_failed, _total) = (_failed - failed, _total - past);
            }

            if (failures.Count > 0 && _total >= Window && _failed > most * _total)
            {
                throw new RewardFailedException(failures.MinBy(failure => failure.Key).Value, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_failed} of the last {_total} completions could not be scored, more than the share {most} that "
                        + $"\"maxRewardErrorShare\" allows; among them: "));
            }
        }
    }
}
