using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RlCore.Worker.Hosting;

/// <summary>Ctrl+C for a command that takes it, as one that converses does: it then stops an answer and not the program.</summary>
internal sealed class Interrupts
{
    private Action? _taken;

    /// <summary>Whether a command takes it now.</summary>
    public bool IsTaken => _taken is not null;

    /// <summary>Lets a command take it.</summary>
    /// <param name="take">Called at each Ctrl+C, on a thread of the system.</param>
    /// <returns>Ends it when disposed of.</returns>
    public IDisposable TakeBy(Action take)
    {
        _taken = take;
        return new Taking(this);
    }

    /// <summary>Offers a Ctrl+C.</summary>
    /// <returns>Whether a command has taken it.</returns>
    public bool Offer()
    {
        Action? taken = _taken;
        taken?.Invoke();
        return taken is not null;
    }

    /// <summary>Replaces the host's own lifetime, which would stop at any Ctrl+C.</summary>
    /// <param name="services">The host's services.</param>
    public static void Use(IServiceCollection services) => services.AddSingleton<IHostLifetime, InterruptLifetime>();

    private sealed class Taking(Interrupts interrupts) : IDisposable
    {
        public void Dispose() => interrupts._taken = null;
    }

    private sealed class InterruptLifetime(Interrupts interrupts, IHostApplicationLifetime application) : IHostLifetime, IDisposable
    {
        private PosixSignalRegistration[] _registrations = [];

        public Task WaitForStartAsync(CancellationToken cancellationToken)
        {
            _registrations =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, unless: interrupts.IsTaken)),
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, unless: false)),
            ];
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

        private void Stop(PosixSignalContext context, bool unless)
        {
            context.Cancel = true;
            if (!unless)
            {
                application.StopApplication();
            }
        }
    }
}
