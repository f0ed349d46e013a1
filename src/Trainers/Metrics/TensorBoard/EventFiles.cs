using System.Globalization;
using RlCore.Trainers.Files;

namespace RlCore.Trainers.Metrics;

/// <summary>
/// The event files of a run, which TensorBoard reads while they are written. Each process that works on the run writes a file of its own,
/// since a TensorBoard that is open goes on where a file ended and would not see that an earlier part of it has changed. It begins with the
/// first step of the process, whereupon TensorBoard forgets later ones; and these are cut off the earlier files, for readers that know no
/// such rule.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="clock">The time of the events.</param>
internal sealed class EventFiles(string folder, TimeProvider clock) : IDisposable
{
    private const string Prefix = "events.out.tfevents.";

    private string _file = "";
    private FileStream? _stream;

    /// <summary>Begins a file, after what earlier ones have of later steps has been cut off.</summary>
    /// <param name="step">Steps done over the whole run; 0 for none.</param>
    /// <returns>Whether there are earlier files.</returns>
    public bool KeepSteps(int step)
    {
        _stream?.Dispose();
        string[] earlier = [.. Directory.EnumerateFiles(folder, Prefix + "*").Order(StringComparer.Ordinal)];
        foreach (string file in earlier)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            stream.SetLength(EventRecords.LengthUpTo(content, step));
        }

        _file = Path.Combine(folder, NameAfter(earlier));
        _stream = new FileStream(_file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Append(EventMessages.Version(Now));
        Append(EventMessages.Start(Now, earlier.Length > 0 ? step + 1 : 0));
        return earlier.Length > 0;
    }

    /// <summary>Appends the settings of the run.</summary>
    /// <param name="settings">By name: a text, a bool, or a number.</param>
    public void AppendSettings(IEnumerable<KeyValuePair<string, object>> settings) => Append(EventMessages.Settings(Now, settings));

    /// <summary>Appends numbers of a step.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="values">By name.</param>
    public void AppendScalars(int step, IEnumerable<KeyValuePair<string, double>> values) =>
        Append(EventMessages.Scalars(Now, step, values));

    /// <summary>Appends a table of texts of a step, in Markdown.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="rows">The rows, all of one length; the first has the names of the columns.</param>
    public void AppendTable(int step, string tag, IReadOnlyList<IReadOnlyList<string>> rows) =>
        Append(EventMessages.Table(Now, step, tag, rows));

    /// <summary>Appends that the run is done.</summary>
    /// <param name="step">Steps done over the whole run.</param>
    public void AppendDone(int step) => Append(EventMessages.Done(Now, step));

    /// <summary>Flushes all events to disk.</summary>
    public void Flush() => _stream?.Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    private double Now => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    // As TensorBoard's own writer names its files: by time, which is their order, by machine and by process.
    private string NameAfter(string[] earlier)
    {
        long time = clock.GetUtcNow().ToUnixTimeSeconds();
        string NameAt(long seconds) => string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{seconds:0000000000}.{Environment.MachineName}.{Environment.ProcessId}.0");
        string last = earlier.Length > 0 ? Path.GetFileName(earlier[^1]) : "";
        while (string.CompareOrdinal(NameAt(time), last) <= 0)
        {
            time++;
        }

        return NameAt(time);
    }

    private void Append(WireMessage message)
    {
        byte[] record = EventRecords.Frame(message.Bytes);
        DurableFiles.AsDisk(_file, () => (_stream ?? throw new InvalidOperationException("No event file has begun.")).Write(record));
    }
}
