namespace RlCore.Fuzz;

/// <summary>Ends the process if an input takes so long that it may never end; the input stays in its file.</summary>
internal sealed class Watch : IDisposable
{
    private readonly string _file;
    private readonly TimeSpan _lost;
    private readonly Timer _timer;

    /// <summary>A watch of one parser.</summary>
    /// <param name="file">The file of the input.</param>
    /// <param name="lost">How long it may take.</param>
    public Watch(string file, TimeSpan lost)
    {
        (_file, _lost) = (file, lost);
        _timer = new Timer(_ => End(this), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>An input begins.</summary>
    public void Begin() => _timer.Change(_lost, Timeout.InfiniteTimeSpan);

    /// <summary>It has ended.</summary>
    public void End() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static void End(Watch watch)
    {
        Console.Error.WriteLine($"error: the input in {watch._file} has not ended after {watch._lost}.");
        Environment.Exit(1);
    }
}
