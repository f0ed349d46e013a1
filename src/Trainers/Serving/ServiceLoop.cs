namespace RlCore.Trainers.Serving;

/// <summary>Work that a loop does a little of at a time.</summary>
internal interface ILoopWork
{
    /// <summary>Does some of what there is.</summary>
    /// <returns>Whether there was anything.</returns>
    bool Advance();

    /// <summary>Ends what is left, and takes no more.</summary>
    void End();
}

/// <summary>
/// The one thread that uses an engine: services of its models are added to it, and take turns. What callers submit wakes it.
/// </summary>
public sealed class ServiceLoop : IDisposable
{
    private readonly AutoResetEvent _woken = new(false);
    private readonly List<ILoopWork> _works = [];

    /// <summary>Serves until it is stopped; what was begun or waits then ends with <see cref="OperationCanceledException"/>.</summary>
    /// <param name="stop">Stops it before the next token.</param>
    public void Run(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (!Advance())
                {
                    WaitHandle.WaitAny([_woken, stop.WaitHandle]);
                }
            }
        }
        finally
        {
            _works.ForEach(work => work.End());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _woken.Dispose();

    /// <summary>Serves until a task is done, after which the loop may run.</summary>
    /// <param name="task">The task, on another thread, which asks the services.</param>
    internal void RunUntil(Task task)
    {
        Task woken = task.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        while (!task.IsCompleted)
        {
            if (!Advance())
            {
                _woken.WaitOne();
            }
        }

        woken.GetAwaiter().GetResult();
        task.GetAwaiter().GetResult();
    }

    /// <summary>Adds work, before the loop runs.</summary>
    /// <param name="work">The work.</param>
    internal void Add(ILoopWork work) => _works.Add(work);

    /// <summary>Tells the loop that there is something to do.</summary>
    internal void Wake() => _woken.Set();

    private bool Advance()
    {
        bool worked = false;
        _works.ForEach(work => worked |= work.Advance());
        return worked;
    }
}
