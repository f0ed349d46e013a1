using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using RlCore.Trainers.Hosting;

namespace RlCore.Worker.Hosting;

/// <summary>
/// Remembers which signal asked the host to stop; the host's own lifetime does the stopping. A second Ctrl+C ends the process at
/// once, which costs the work since the last checkpoint.
/// </summary>
internal sealed class StopSignals(Outputs outputs) : IHostedService, IDisposable
{
    // SIGXFSZ of Linux and macOS.
    private const int FileSizeSignal = 25;

    private PosixSignalRegistration[] _registrations = [];
    private int _asked;

    /// <summary>The exit code of the signal that came; that of Ctrl+C without one.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    /// <summary>Begins to listen.</summary>
    /// <param name="cancellationToken">Not needed: it is done at once.</param>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Ask(ExitCodes.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Ask(ExitCodes.Terminated)),

            // A limit on the size of files ends a process unless it asks not to: then the write fails, and is told as a full disk is.
            .. OperatingSystem.IsWindows()
                ? Array.Empty<PosixSignalRegistration>()
                : [PosixSignalRegistration.Create((PosixSignal)FileSizeSignal, context => context.Cancel = true)],
        ];
        return Task.CompletedTask;
    }

    /// <summary>Goes on listening: a second signal may come while the host stops.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Ask(int exitCode)
    {
        if (Interlocked.Increment(ref _asked) > 1)
        {
            Environment.Exit(exitCode);
        }

        ExitCode = exitCode;
        outputs.Error.WriteLine("Stopping after the step in progress, with a checkpoint. Again stops at once.");
    }
}
