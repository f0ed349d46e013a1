using System.ClientModel.Primitives;

namespace RlCore.Trainers.Rewards;

/// <summary>Sends again after 408, 429, a server's error, a timeout or a lost connection: exponential waits with jitter, unless the endpoint says how long.</summary>
internal sealed class JudgeRetries(int retries, TimeSpan firstDelay) : ClientRetryPolicy(retries)
{
    /// <inheritdoc/>
    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => ChatJudge.DelayOf(
        tryCount,
        firstDelay,
        message.Response is { } response && response.Headers.TryGetValue("Retry-After", out string? after) ? after ?? "" : "",
        DateTimeOffset.UtcNow,
        Random.Shared.NextDouble());

    /// <inheritdoc/>
    protected override async ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception) =>
        IsTimeout(message, exception) || await base.ShouldRetryAsync(message, exception).ConfigureAwait(false);

    private static bool IsTimeout(PipelineMessage message, Exception? exception) =>
        exception is OperationCanceledException or TimeoutException && !message.CancellationToken.IsCancellationRequested;
}
