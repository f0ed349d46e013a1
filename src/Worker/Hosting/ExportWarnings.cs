using System.Diagnostics.Tracing;
using Microsoft.Extensions.Hosting;

namespace RlCore.Worker.Hosting;

/// <summary>
/// Tells once that a collector cannot be reached: the exporter itself is silent, and a run goes on without it. Made before the exporters
/// are, it outlives them and hears of their last attempt too.
/// </summary>
/// <param name="outputs">Where it is told.</param>
internal sealed class ExportWarnings(Outputs outputs) : EventListener, IHostedService
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private int _told;

    /// <summary>Listens already.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Goes on listening.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // What tells of an attempt to send has the address first and the exception last.
        string[] what = [.. (eventData.Payload ?? []).OfType<string>()];
        if (what.Length > 1 && what[0].StartsWith(Uri.UriSchemeHttp, StringComparison.Ordinal) && Interlocked.Exchange(ref _told, 1) == 0)
        {
            string reason = what[^1].Split('\n')[0].Split(": ", 2)[^1].Trim().TrimEnd('.');
            outputs.Notice($"warning: telemetry cannot be sent to {what[0]}: {reason}. The run goes on without it.");
        }
    }
}
