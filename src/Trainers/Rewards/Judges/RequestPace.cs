namespace RlCore.Trainers.Rewards;

/// <summary>Lets requests through evenly, so many a minute at most.</summary>
/// <param name="perMinute">Requests a minute; 0 for any number.</param>
/// <param name="clock">The time.</param>
internal sealed class RequestPace(int perMinute, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>When a request that comes now may go.</summary>
    public TimeSpan Reserve()
    {
        if (perMinute == 0)
        {
            return TimeSpan.Zero;
        }

        lock (_lock)
        {
            DateTimeOffset now = clock.GetUtcNow();
            DateTimeOffset slot = _next > now ? _next : now;
            _next = slot + (TimeSpan.FromMinutes(1) / perMinute);
            return slot - now;
        }
    }

    /// <summary>Waits for its turn.</summary>
    public Task WaitAsync(CancellationToken stop) => Task.Delay(Reserve(), clock, stop);
}
