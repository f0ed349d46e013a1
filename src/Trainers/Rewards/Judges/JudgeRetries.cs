using System.ClientModel.Primitives;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Retries after status 408 or 429, a server error, a timeout or a lost connection: exponential back-off with jitter, unless
/// the endpoint states the delay.
/// </summary>
internal sealed class JudgeRetries(int retries, TimeSpan firstDelay) : ClientRetryPolicy(retries)
{
    private readonly int _retries = retries;

    /// <inheritdoc/>
    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => RetryDelay.Of(
        tryCount,
        firstDelay,
        message.Response is { } response && response.Headers.TryGetValue("Retry-After", out string? after) ? after ?? "" : "",
        DateTimeOffset.UtcNow,
        Random.Shared.NextDouble());

    /// <inheritdoc/>
    protected override async ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception)
    {
        // The base class retries only the failures it knows; a timeout is not one of them.
        bool isTimeout = IsTimeout(message, exception);
        int timeouts = (message.TryGetProperty(typeof(JudgeRetries), out object? counted) && counted is int before
            ? before
            : 0) + (isTimeout ? 1 : 0);
        message.SetProperty(typeof(JudgeRetries), timeouts);
        return isTimeout ? timeouts <= _retries : await base.ShouldRetryAsync(message, exception).ConfigureAwait(false);
    }

    private static bool IsTimeout(PipelineMessage message, Exception? exception) =>
        exception is OperationCanceledException or TimeoutException && !message.CancellationToken.IsCancellationRequested;
}
