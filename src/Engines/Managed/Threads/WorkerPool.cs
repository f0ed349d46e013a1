using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace RlCore.Engines.Managed;

/// <summary>
/// Fork and join over persistent threads. A range is cut into parts that depend on sizes alone; threads claim parts, and the
/// caller claims them too, so a thread that the system does not schedule delays nobody. Each part writes its own outputs, so
/// results do not depend on who ran it. A dispatch allocates nothing.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int PartsPerThread = 4;
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly Worker[] _workers;
    private delegate*<void*, int, int, void> _body;
    private void* _arguments;
    private int _items;
    private int _remaining;
    private ExceptionDispatchInfo? _failure;

    // [epoch : 32 | parts : 16 | next part : 16]. A claim is a compare-and-swap on the whole word, so it can only succeed
    // while the job that it read is still open.
    private long _state;
    private volatile bool _stopping;

    public WorkerPool(int threads)
    {
        _workers = new Worker[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this, i);
        }
    }

    public int Threads => _workers.Length + 1;

    /// <summary>Runs <c>body(arguments, from, to)</c> over [0, items), in parts of at least <paramref name="grain"/> items.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="grain">Fewest items that are worth a part.</param>
    /// <param name="body">Called for disjoint ranges that cover the items.</param>
    /// <param name="arguments">Passed on; stays valid until the call returns.</param>
    public void For(int items, int grain, delegate*<void*, int, int, void> body, void* arguments)
    {
        int parts = Math.Min(items / Math.Max(grain, 1), Threads * PartsPerThread);
        if (parts <= 1 || _workers.Length == 0)
        {
            if (items > 0)
            {
                body(arguments, 0, items);
            }

            return;
        }

        Open(items, parts, body, arguments);
        Work();
        Join();
    }

    public void Dispose()
    {
        _stopping = true;
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
    }

    private void Open(int items, int parts, delegate*<void*, int, int, void> body, void* arguments)
    {
        _body = body;
        _arguments = arguments;
        _items = items;
        Volatile.Write(ref _remaining, parts);
        long epoch = (_state >> 32) + 1;
        Interlocked.Exchange(ref _state, (epoch << 32) | ((long)parts << 16));
        for (int i = 0; i < Math.Min(parts - 1, _workers.Length); i++)
        {
            _workers[i].Wake();
        }
    }

    private void Work()
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            int parts = (int)((state >> 16) & 0xFFFF);
            int part = (int)(state & 0xFFFF);
            if (part >= parts)
            {
                return;
            }

            var (body, arguments, items) = ((nint)_body, (nint)_arguments, _items);
            if (Interlocked.CompareExchange(ref _state, state + 1, state) != state)
            {
                continue;
            }

            RunPart(
                (delegate*<void*, int, int, void>)body,
                (void*)arguments,
                (int)((long)items * part / parts),
                (int)((long)items * (part + 1) / parts));
        }
    }

    private void RunPart(delegate*<void*, int, int, void> body, void* arguments, int from, int to)
    {
        try
        {
            body(arguments, from, to);
        }
#pragma warning disable CA1031 // A part may run on a worker thread: whatever it throws is thrown again on the caller's.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        Interlocked.Decrement(ref _remaining);
    }

    private void Join()
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _remaining) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(4);
            }
            else
            {
                Thread.Yield();
            }
        }

        if (_failure is { } failure)
        {
            _failure = null;
            failure.Throw();
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly WorkerPool _pool;
        private readonly SemaphoreSlim _signal = new(0);
        private readonly Thread _thread;
        private int _sleeping;

        public Worker(WorkerPool pool, int index)
        {
            _pool = pool;
            _thread = new Thread(Run) { IsBackground = true, Name = $"RlCore.Engines.Managed {index + 1}" };
            _thread.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _sleeping) == 1 && Interlocked.Exchange(ref _sleeping, 0) == 1)
            {
                _signal.Release();
            }
        }

        public void Dispose()
        {
            Wake();
            _thread.Join();
            _signal.Dispose();
        }

        private void Run()
        {
            long seen = 0;
            while (Await(seen))
            {
                seen = Volatile.Read(ref _pool._state) >> 32;
                _pool.Work();
            }
        }

        /// <summary>Waits for a job newer than the one seen: spins briefly, then sleeps. False when the pool stops.</summary>
        private bool Await(long seen)
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref _pool._state) >> 32 == seen)
            {
                if (_pool._stopping)
                {
                    return false;
                }

                if (Stopwatch.GetTimestamp() - start < SpinTicks)
                {
                    Thread.SpinWait(4);
                    continue;
                }

                Interlocked.Exchange(ref _sleeping, 1);
                bool idle = Volatile.Read(ref _pool._state) >> 32 == seen && !_pool._stopping;
                if (idle || Interlocked.Exchange(ref _sleeping, 0) == 0)
                {
                    // Either nothing has come yet, or a waker has already released the semaphore on our behalf.
                    _signal.Wait();
                }

                start = Stopwatch.GetTimestamp();
            }

            return !_pool._stopping;
        }
    }
}
