namespace RlCore.Trainers.Rewards;

/// <summary>Limits the rate of requests, evenly spaced.</summary>
/// <param name="perMinute">Requests per minute; 0 for no limit.</param>
/// <param name="clock">The time.</param>
internal sealed class RequestPace(int perMinute, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>When a request that arrives now may be sent.</summary>
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

    /// <summary>Waits until the request may be sent.</summary>
    public Task WaitAsync(CancellationToken stop) => Task.Delay(Reserve(), clock, stop);
}
