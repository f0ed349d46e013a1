using System.Globalization;

namespace RlCore.Trainers.Inputs;

/// <summary>Delay before a request is repeated: exponential back-off with jitter, unless the server states it.</summary>
internal static class RetryDelay
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>How long to wait before another try; at most two minutes.</summary>
    /// <param name="tries">Tries so far, at least 1.</param>
    /// <param name="firstDelay">The first wait.</param>
    /// <param name="retryAfter">The server's Retry-After header: seconds or a date; empty if absent.</param>
    /// <param name="now">The time.</param>
    /// <param name="draw">A number from 0 to 1.</param>
    public static TimeSpan Of(int tries, TimeSpan firstDelay, string retryAfter, DateTimeOffset now, double draw)
    {
        TimeSpan delay = double.TryParse(retryAfter, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds is >= 0 and < 1e6 ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(retryAfter, CultureInfo.InvariantCulture, out DateTimeOffset date) ? date - now
            : firstDelay * (Math.Pow(2, Math.Min(tries, 30) - 1) * (0.5 + draw));
        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay > Longest ? Longest : delay;
    }
}
