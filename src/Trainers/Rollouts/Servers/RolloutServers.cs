using System.Collections.Concurrent;
using System.Threading.Channels;
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

    private readonly RolloutServerSettings _settings;
    private readonly RolloutServer[] _servers;
    private readonly int _vocabulary;
    private readonly IReadOnlyList<int> _ends;
    private RolloutServer[] _behind = [];
    private long _failed;

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
        var drawn = new IReadOnlyList<SampledCompletion>[jobs.Length];
        var work = Channel.CreateUnbounded<int>();
        for (int i = 0; i < jobs.Length; i++)
        {
            work.Writer.TryWrite(i);
        }

        int left = jobs.Length;
        async Task DrawSomeAsync(RolloutServer server, CancellationToken token)
        {
            await foreach (int job in work.Reader.ReadAllAsync(token).ConfigureAwait(false))
            {
                try
                {
                    drawn[job] = await server.DrawAsync(jobs[job], options, _vocabulary, _ends, token).ConfigureAwait(false);
                }
                catch (ServerFailure)
                {
                    Interlocked.Increment(ref _failed);
                    work.Writer.TryWrite(job);
                    throw;
                }

                if (Interlocked.Decrement(ref left) == 0)
                {
                    work.Writer.TryComplete();
                }
            }
        }

        await OnAllAsync(
            [.. _servers.Except(_behind)], _settings.Concurrency, DrawSomeAsync, () => Volatile.Read(ref left) == 0, stop)
            .ConfigureAwait(false);
        return [.. drawn.SelectMany(some => some)];
    }

    /// <summary>Lets all servers read the policy's weights.</summary>
    /// <param name="folder">A model's folder, or one of LoRA adapters, which the servers can read.</param>
    /// <param name="adapter">The name of the adapters; empty for a whole model.</param>
    /// <param name="stop">Cancels it.</param>
    /// <exception cref="RolloutServerException">No server could, or one refused to. One that could not is asked for no completion with old
    /// weights: it is left out until the next time.</exception>
    public async Task UpdateAsync(string folder, string adapter, CancellationToken stop)
    {
        var updated = new ConcurrentBag<RolloutServer>();
        await OnAllAsync(
            _servers,
            1,
            async (server, token) =>
            {
                try
                {
                    await server.UpdateAsync(folder, adapter, token).ConfigureAwait(false);
                    updated.Add(server);
                }
                catch (ServerFailure)
                {
                    Interlocked.Increment(ref _failed);
                    throw;
                }
            },
            () => updated.Count == _servers.Length,
            stop,
            least: () => !updated.IsEmpty).ConfigureAwait(false);
        _behind = [.. _servers.Except(updated)];
    }

    /// <summary>The requests that failed since the last call.</summary>
    public long TakeFailed() => Interlocked.Exchange(ref _failed, 0);

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_servers, server => server.Dispose());

    private static long SeedOf(SamplingAddress address) =>
        (long)(Philox.Uniform(address.Seed, address.Purpose, address.Step, address.FirstRow, 0) * (1L << 53));

    // Lets servers work until all is done; those that fail too often give up, and one that refuses ends it for all.
    private async Task OnAllAsync(
        RolloutServer[] servers,
        int workers,
        Func<RolloutServer, CancellationToken, Task> work,
        Func<bool> isDone,
        CancellationToken stop,
        Func<bool>? least = null)
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
                    await work(server, ended.Token).ConfigureAwait(false);
                    return;
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

        await Task.WhenAll(servers.SelectMany(
            server => Enumerable.Range(0, workers).Select(_ => EndAsync(WorkAsync(server))))).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (refused || !(least ?? isDone)())
        {
            string help = refused ? "Mend what it says, and resume." : "Start a server again, and resume: nothing is lost.";
            throw new RolloutServerException(
                $"The servers of rollouts cannot go on. {string.Join("; ", told.Distinct().Take(3))}. {help}");
        }
    }
}
