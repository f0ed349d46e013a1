using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace RlCore.Engines;

/// <summary>
/// A group whose processes are threads of this one, each with an engine of its own: what runs in several processes can be tried in one.
/// </summary>
public sealed class ThreadGroup : IProcessGroup
{
    private readonly Letters _letters;

    private ThreadGroup(int rank, Letters letters)
    {
        Rank = rank;
        _letters = letters;
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => _letters.Size;

    /// <summary>Runs a body in a number of threads, and waits for all of them.</summary>
    /// <param name="size">Number of threads.</param>
    /// <param name="body">What each does with its group.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <returns>The result of each, by rank.</returns>
    /// <exception cref="Exception">What the first thread to fail has thrown.</exception>
    public static IReadOnlyList<TResult> Run<TResult>(int size, Func<IProcessGroup, TResult> body)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentNullException.ThrowIfNull(body);
        using var letters = new Letters(size);
        var results = new TResult[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() => letters.Watch(rank, () =>
        {
            using var group = new ThreadGroup(rank, letters);
            results[rank] = body(group);
        })))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        letters.Failure?.Throw();
        return results;
    }

    /// <inheritdoc/>
    public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        if (partner == Rank || partner < 0 || partner >= Size)
        {
            throw new ArgumentOutOfRangeException(nameof(partner), partner, $"Process {Rank} of {Size} has no such partner.");
        }

        if (sent.Length > 0)
        {
            _letters.Post(Rank, partner, sent.ToArray());
        }

        if (received.Length > 0)
        {
            byte[] letter = _letters.Take(partner, Rank);
            if (letter.Length != received.Length)
            {
                throw new InvalidOperationException(
                    $"Process {Rank} waits for {received.Length} bytes of process {partner}, which has sent {letter.Length}.");
            }

            letter.CopyTo(received);
        }
    }

    /// <inheritdoc/>
    public void Fail(string message) => _letters.Fail(new ProcessFailedException(Rank, message));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Letters(int size) : IDisposable
    {
        private readonly BlockingCollection<byte[]>[] _boxes =
            [.. Enumerable.Range(0, size * size).Select(_ => new BlockingCollection<byte[]>())];
        private readonly CancellationTokenSource _failed = new();
        private readonly Lock _lock = new();
        private ProcessFailedException? _told;

        public int Size => size;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Post(int from, int to, byte[] letter) => _boxes[(from * size) + to].Add(letter);

        public byte[] Take(int from, int to)
        {
            try
            {
                return _boxes[(from * size) + to].Take(_failed.Token);
            }
            catch (OperationCanceledException) when (_failed.IsCancellationRequested)
            {
                throw new ProcessFailedException(_told?.Rank ?? -1, _told?.Message ?? "", _told?.Kind ?? "");
            }
        }

        public void Fail(ProcessFailedException failure)
        {
            lock (_lock)
            {
                _told ??= failure;
            }

            _failed.Cancel();
        }

        public void Watch(int rank, Action body)
        {
#pragma warning disable CA1031 // Whatever a thread throws ends the others, and is thrown where they were started.
            try
            {
                body();
            }
            catch (Exception failure)
            {
                lock (_lock)
                {
                    Failure ??= ExceptionDispatchInfo.Capture(failure);
                }

                Fail(new ProcessFailedException(rank, $"process {rank} of {size} has failed: {failure.Message}", failure.GetType().Name));
            }
#pragma warning restore CA1031
        }

        public void Dispose()
        {
            Array.ForEach(_boxes, box => box.Dispose());
            _failed.Dispose();
        }
    }
}
