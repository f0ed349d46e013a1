using System.Globalization;
using Microsoft.Extensions.Hosting;
using RlCore.Processes.Mpi;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Commands;
using Spectre.Console;

namespace RlCore.Worker.Hosting;

/// <summary>Where results and problems are written.</summary>
/// <param name="Output">Results and progress.</param>
/// <param name="Error">Warnings and errors.</param>
internal sealed record Outputs(TextWriter Output, TextWriter Error)
{
    private Action<string>? _notice;

    /// <summary>
    /// Where a training that has failed says why: in a process that another one spoke for, which is gone, not with the rest.
    /// </summary>
    /// <value>Where errors are written.</value>
    public TextWriter LastWords { get; init; } = Error;

    /// <summary>Writes a line about the program itself, at any time.</summary>
    /// <param name="line">The line.</param>
    public void Notice(string line) => (_notice ?? Error.WriteLine)(line);

    /// <summary>Lets a view that redraws its lines write notices among them.</summary>
    /// <param name="write">Writes a line.</param>
    /// <returns>Ends it when disposed of.</returns>
    public IDisposable NoticeBy(Action<string> write)
    {
        _notice = write;
        return new Notices(this);
    }

    /// <summary>Whether the output is a terminal.</summary>
    public bool IsTerminal =>
        ReferenceEquals(Output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb"
            && !new MpiProvider().IsLaunched; // mpirun gives every process a terminal, and passes on what it writes there.

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

    /// <summary>The terminal that the output is, for lines that are drawn again.</summary>
    public IAnsiConsole NewConsole() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Output) });

    /// <summary>Writes a page: as it is to a file or a pipe, where tools read its lines; elsewhere in lines that fit.</summary>
    /// <param name="page">The page.</param>
    public void WritePage(string page) => WritePage(Output, page);

    /// <summary>The same for an output.</summary>
    /// <param name="output">Where the text goes.</param>
    /// <param name="page">The page.</param>
    public static void WritePage(TextWriter output, string page)
    {
        bool fits = new Outputs(output, output).IsTerminal || Environment.GetEnvironmentVariable("COLUMNS") is not null;
        output.Write(fits ? HelpText.WrapPage(page, WidthOf(output)) : page);
    }

    private sealed class Notices(Outputs outputs) : IDisposable
    {
        public void Dispose() => outputs._notice = null;
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
