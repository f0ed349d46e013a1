using System.Globalization;
using Microsoft.Extensions.Hosting;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Commands;

namespace RlCore.Worker.Hosting;

/// <summary>Where results and problems are written.</summary>
/// <param name="Output">Results and progress.</param>
/// <param name="Error">Warnings and errors.</param>
internal sealed record Outputs(TextWriter Output, TextWriter Error)
{
    /// <summary>Whether the output is a terminal.</summary>
    public bool IsTerminal =>
        ReferenceEquals(Output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    /// <summary>Columns of text: those of the terminal, or what COLUMNS says, within what reads well; elsewhere the widest.</summary>
    /// <param name="output">Where the text goes.</param>
    public static int WidthOf(TextWriter output)
    {
        const int Least = 40, Most = 110;
        bool isStated = int.TryParse(
            Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int stated);
        int width = isStated ? stated
            : new Outputs(output, output).IsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
            : Most;
        return Math.Clamp(width, Least, Most);
    }
}

/// <summary>Runs a one-shot command, then stops the host.</summary>
internal sealed class CommandService(
    OneShotCommand command,
    CommandContext context,
    HostOutcome outcome,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            outcome.ExitCode = RunGuard.Run(
                () => command.Run(context, stoppingToken),
                failure => ErrorReport.Write(failure, context.Outputs.Error),
                stoppingToken);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
