namespace RlCore.Trainers.Tests.Tokenizers;

/// <summary>Noon of 28 November 2026.</summary>
internal sealed class ClockOf2026 : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
}
