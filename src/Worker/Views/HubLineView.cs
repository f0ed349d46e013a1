using System.Globalization;

namespace RlCore.Worker.Views;

/// <summary>Lines about a download for logs and pipes: one for each finished file, and one about every five seconds.</summary>
/// <param name="error">Where they are written: the output may be a command's result.</param>
/// <param name="quiet">Whether only warnings are written.</param>
/// <param name="clock">The time.</param>
internal sealed class HubLineView(TextWriter error, bool quiet, TimeProvider clock) : HubView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private long _written = clock.GetTimestamp();

    /// <inheritdoc/>
    public override void FileAdvanced(string file, long done, long total)
    {
        if (quiet || (done < total && clock.GetElapsedTime(_written) < Pause))
        {
            return;
        }

        _written = clock.GetTimestamp();
        error.WriteLine(done < total
            ? $"downloading {file}: {Wording.Percent((double)done / total)} of {Megabytes(total)}"
            : $"downloaded {file}, {Megabytes(total)}");
    }

    /// <inheritdoc/>
    public override void Noted(string message) => error.WriteLine($"warning: {message}");

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:#,0.0} MB");
}
