using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using RlCore.Processes.Mpi;
using RlCore.Trainers.Hosting;

namespace RlCore.Worker.Hosting;

/// <summary>
/// Remembers which signal requested the stop; the host's lifetime performs it. A second Ctrl+C ends the process
/// immediately, which loses the work since the last checkpoint.
/// </summary>
/// <param name="outputs">Where the notice goes.</param>
/// <param name="notice">What the user is told; empty for nothing.</param>
/// <param name="interrupts">Offered each Ctrl+C first.</param>
/// <param name="lifetime">Stops the program at a signal that its lifetime does not know.</param>
internal sealed class StopSignals(Outputs outputs, string notice, Interrupts interrupts, IHostApplicationLifetime lifetime)
    : IHostedService, IDisposable
{
    // SIGXFSZ of Linux and macOS.
    private const int FileSizeSignal = 25;

    // SIGUSR1, which mpirun passes on to all processes without killing them a second later.
    private static readonly int UserSignal = OperatingSystem.IsMacOS() ? 30 : 10;

    private PosixSignalRegistration[] _registrations = [];
    private int _asked;

    /// <summary>The exit code for the received signal; that of Ctrl+C if there was none.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    /// <summary>Starts listening.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Interrupt(context)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Ask(ExitCodes.Terminated)),

            // By default this signal, for exceeding the file size limit, ends the process. Ignored, the write fails like on a full disk.
            .. OperatingSystem.IsWindows()
                ? Array.Empty<PosixSignalRegistration>()
                : [PosixSignalRegistration.Create((PosixSignal)FileSizeSignal, context => context.Cancel = true)],
            .. new MpiProvider().IsLaunched ? [PosixSignalRegistration.Create((PosixSignal)UserSignal, AskAsMpirunDoes)] : Unheard,
        ];
        return Task.CompletedTask;
    }

    /// <summary>Keeps listening, as a second signal may arrive while the host stops.</summary>
    /// <param name="cancellationToken">Not used.</param>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Interrupt(PosixSignalContext context)
    {
        // Others that hear the signal may have kept the process alive already.
        if (interrupts.Offer())
        {
            context.Cancel = true;
        }
        else
        {
            Ask(ExitCodes.Interrupted);
        }
    }

    private static PosixSignalRegistration[] Unheard => [];

    private void AskAsMpirunDoes(PosixSignalContext context)
    {
        context.Cancel = true;
        Ask(ExitCodes.Terminated);
        lifetime.StopApplication();
    }

    private void Ask(int exitCode)
    {
        if (Interlocked.Increment(ref _asked) > 1)
        {
            Environment.Exit(exitCode);
        }

        ExitCode = exitCode;
        // A conversation ends at once, and has no step to finish.
        if (notice.Length > 0 && !interrupts.IsTaken)
        {
            outputs.Notice(notice);
        }
    }
}
