using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// Servers that draw completions together: each takes the next prompt when it has room for one, so that they share them by load. A prompt
/// whose server fails goes back to the others, and a server that fails is left alone for longer each time.
/// </summary>
internal sealed class RolloutServers : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly RolloutServerSettings _settings;
    private readonly RolloutServer[] _servers;
    private readonly int _vocabulary;
    private readonly IReadOnlyList<int> _ends;
    private ServedWeights? _weights;

    /// <summary>Servers.</summary>
    /// <param name="settings">Where they are, and how they are asked.</param>
    /// <param name="vocabulary">Number of tokens of the policy.</param>
    /// <param name="ends">Tokens that end a completion.</param>
    /// <exception cref="RolloutServerException">The variable with the key is not set.</exception>
    public RolloutServers(RolloutServerSettings settings, int vocabulary, IReadOnlyList<int> ends)
    {
        _settings = settings;
        _servers = [.. settings.Endpoints.Select(endpoint => new RolloutServer(endpoint, settings))];
        (_vocabulary, _ends) = (vocabulary, ends);
    }

    /// <summary>Draws completions, in the order prompt 0 sample 0, prompt 0 sample 1, ….</summary>
    /// <param name="prompts">Prompts as tokens.</param>
    /// <param name="samples">Completions of each.</param>
    /// <param name="maxTokens">Maximum tokens per completion.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="address">Gives each request its seed.</param>
    /// <param name="stop">Cancels all requests.</param>
    /// <exception cref="RolloutServerException">No server is left, or one refused a request.</exception>
    public async Task<IReadOnlyList<SampledCompletion>> DrawAsync(
        IReadOnlyList<int[]> prompts,
        int samples,
        int maxTokens,
        SamplingOptions options,
        SamplingAddress address,
        CancellationToken stop)
    {
        RolloutPrompt[] jobs =
        [
            .. prompts.Select((prompt, i) => new RolloutPrompt(
                prompt, samples, maxTokens, SeedOf(address with { FirstRow = address.FirstRow + (uint)(i * samples) }))),
        ];
        var board = new PromptBoard(jobs.Length, Patience, TimeProvider.System);
        ServedWeights? weights = _weights;
        async Task<bool> DrawOneAsync(RolloutServer server, CancellationToken token)
        {
            if (weights is not null)
            {
                await server.HaveAsync(weights, token).ConfigureAwait(false);
            }

            if (await board.TakeAsync(server, token).ConfigureAwait(false) is not { } job)
            {
                return false;
            }

            try
            {
                board.Put(job, await server.DrawAsync(jobs[job], options, _vocabulary, _ends, token).ConfigureAwait(false));
                return true;
            }
            catch (ServerFailure)
            {
                board.Return(job, server);
                throw;
            }
        }

        await OnAllAsync(DrawOneAsync, () => board.IsDone, stop).ConfigureAwait(false);
        return board.Drawn;
    }

    /// <summary>
    /// Gives the servers the policy's weights. Nothing waits for them: each reads them before it draws again, so that one which cannot is
    /// asked for no completion with old weights.
    /// </summary>
    /// <param name="weights">The weights.</param>
    public void Give(ServedWeights weights) => _weights = weights;

    /// <summary>The requests that failed since the last call.</summary>
    public long TakeFailed() => _servers.Sum(server => server.TakeFailed());

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_servers, server => server.Dispose());

    private static long SeedOf(SamplingAddress address) =>
        (long)(Philox.Uniform(address.Seed, address.Purpose, address.Step, address.FirstRow, 0) * (1L << 53));

    // Lets servers work until all is done; one that fails too often in a row gives up, and one that refuses ends it for all.
    private async Task OnAllAsync(Func<RolloutServer, CancellationToken, Task<bool>> work, Func<bool> isDone, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var told = new List<string>();
        bool refused = false;

        async Task WorkAsync(RolloutServer server)
        {
            for (int failures = 0; ; )
            {
                try
                {
                    if (!await work(server, ended.Token).ConfigureAwait(false))
                    {
                        return;
                    }

                    failures = 0;
                }
                catch (OperationCanceledException) when (ended.IsCancellationRequested)
                {
                    return;
                }
                catch (ServerFailure failure)
                {
                    failures++;
                    if (failure.IsFinal || failures > _settings.Retries)
                    {
                        lock (told)
                        {
                            told.Add($"{server.Endpoint}: {failure.Message}");
                            refused |= failure.IsFinal;
                        }

                        if (failure.IsFinal)
                        {
                            await ended.CancelAsync().ConfigureAwait(false);
                        }

                        return;
                    }

                    TimeSpan delay = RetryDelay.Of(
                        failures, FirstDelay, failure.RetryAfter, DateTimeOffset.UtcNow, Random.Shared.NextDouble());
                    await Task.Delay(delay, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        // Nobody waits for a server that fails once there is nothing left to do.
        async Task EndAsync(Task working)
        {
            await working.ConfigureAwait(false);
            if (isDone())
            {
                await ended.CancelAsync().ConfigureAwait(false);
            }
        }

        await Task.WhenAll(_servers.SelectMany(
            server => Enumerable.Range(0, _settings.Concurrency).Select(_ => EndAsync(WorkAsync(server))))).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (refused || !isDone())
        {
            string help = refused ? "Mend what it says, and resume." : "Start a server again, and resume: nothing is lost.";
            throw new RolloutServerException(
                $"The servers of rollouts cannot go on. {string.Join("; ", told.Distinct().Take(3))}. {help}");
        }
    }
}
