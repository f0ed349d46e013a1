using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>A run that the page shows.</summary>
/// <param name="id">Its name in requests, which no path can be made of.</param>
/// <param name="name">Its name for people.</param>
/// <param name="folder">Its folder.</param>
internal sealed class WatchedRun(string id, string name, string folder)
{
    private readonly Lock _gate = new();
    private readonly RunReading _reading = new(folder);

    /// <summary>Its name in requests.</summary>
    public string Id => id;

    /// <summary>Its name for people.</summary>
    public string Name => name;

    /// <summary>Whether the user named it, rather than a folder that it is in.</summary>
    public bool IsNamed { get; init; }

    /// <summary>When it began.</summary>
    public DateTime Began => _reading.Began;

    /// <summary>When a step was last written.</summary>
    public DateTime LastChange => _reading.LastChange;

    /// <summary>"running", "finished", or "stopped".</summary>
    public string State => _reading.IsHeld ? "running" : _reading.IsFinished ? "finished" : "stopped";

    /// <summary>How often something new was found.</summary>
    public int Version { get; private set; }

    /// <summary>Looks for what is new, and reads.</summary>
    /// <param name="read">Reads, alone.</param>
    public void Read(Action<RunReading> read) => Read(reading =>
    {
        read(reading);
        return true;
    });

    /// <summary>The same for a result.</summary>
    /// <param name="read">Reads, alone.</param>
    /// <typeparam name="TResult">What is read.</typeparam>
    public TResult Read<TResult>(Func<RunReading, TResult> read)
    {
        lock (_gate)
        {
            if (_reading.Refresh())
            {
                Version++;
            }

            return read(_reading);
        }
    }
}
