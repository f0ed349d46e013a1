using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>How long a hub is given, and how often it is asked.</summary>
internal sealed record HubLimits
{
    /// <summary>Tries in a row that may fail before a request or a download is given up.</summary>
    /// <value>6.</value>
    public int Tries { get; init; } = 6;

    /// <summary>Delay before the first repetition; see <see cref="RetryDelay.Of"/>.</summary>
    /// <value>1 s.</value>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the hub may send nothing before the connection counts as cut.</summary>
    /// <value>30 s.</value>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a listing may take altogether, so that one that drips ends too.</summary>
    /// <value>2 min.</value>
    public TimeSpan Listing { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>Counts the failures in a row of one request or download, and waits between its tries.</summary>
/// <param name="limits">The limits.</param>
/// <param name="clock">The time.</param>
internal sealed class HubTries(HubLimits limits, TimeProvider clock)
{
    // A user without a network is told at once; a lost network during a download may come back.
    private const int TriesToReach = 2;

    private bool _wasReached;
    private int _failures;

    /// <summary>Forgets earlier failures, because something was received since.</summary>
    public void Advance()
    {
        _failures = 0;
        _wasReached = true;
    }

    /// <summary>Waits before the next try.</summary>
    /// <param name="failure">Why the last one failed.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="HubFailure">The failure itself, if there is no further try.</exception>
    public Task WaitAsync(HubFailure failure, CancellationToken stop)
    {
        int most = failure.Kind switch
        {
            HubFailureKind.Final => 1,
            HubFailureKind.Unreachable when !_wasReached => Math.Min(TriesToReach, limits.Tries),
            _ => limits.Tries,
        };
        if (++_failures >= most)
        {
            throw failure;
        }

        TimeSpan delay = RetryDelay.Of(
            _failures, limits.FirstDelay, failure.RetryAfter, clock.GetUtcNow(), Random.Shared.NextDouble());
        return Task.Delay(delay, clock, stop);
    }
}
