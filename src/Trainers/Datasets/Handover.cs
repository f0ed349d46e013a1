using System.Collections.Concurrent;

namespace RlCore.Trainers.Datasets;

/// <summary>Has items consumed on another thread, in their order, while the next ones are made on this one.</summary>
/// <typeparam name="T">An item.</typeparam>
internal sealed class Handover<T> : IDisposable
{
    private const int MostWaiting = 4;
    private const int BatchItems = 256;
    private const long BatchSize = 1 << 16;

    private readonly BlockingCollection<List<T>> _batches = new(MostWaiting);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private readonly Func<T, long> _sizeOf;
    private List<T> _batch = [];
    private long _size;

    /// <summary>Starts the other thread.</summary>
    /// <param name="consume">Takes an item.</param>
    /// <param name="sizeOf">The size of an item, in characters; few items of a large size wait at a time.</param>
    public Handover(Action<T> consume, Func<T, long> sizeOf)
    {
        _sizeOf = sizeOf;
        _work = Task.Factory.StartNew(() => Consume(consume), _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Hands an item over; waits while too many are not yet consumed.</summary>
    /// <param name="item">The item.</param>
    public void Add(T item)
    {
        _batch.Add(item);
        _size += _sizeOf(item);
        if (_batch.Count >= BatchItems || _size >= BatchSize)
        {
            Flush();
        }
    }

    /// <summary>Waits until all items are consumed; what failed on the other thread is thrown here.</summary>
    public void Complete()
    {
        Flush();
        _batches.CompleteAdding();
        _work.GetAwaiter().GetResult();
    }

    /// <summary>Ends the other thread, whether or not all items are consumed.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        ((IAsyncResult)_work).AsyncWaitHandle.WaitOne();
        _batches.Dispose();
        _stop.Dispose();
    }

    private void Flush()
    {
        try
        {
            _batches.Add(_batch, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            _work.GetAwaiter().GetResult();
            throw;
        }

        (_batch, _size) = ([], 0);
    }

    private void Consume(Action<T> consume)
    {
        try
        {
            foreach (T item in _batches.GetConsumingEnumerable(_stop.Token).SelectMany(batch => batch))
            {
                consume(item);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The reader gave up.
        }
        catch
        {
            _stop.Cancel();
            throw;
        }
    }
}
