using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using RlCore.Engines;
using RlCore.Processes.Mpi;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Worker.Commands;
using RlCore.Worker.Hosting;

namespace RlCore.Worker;

/// <summary>The program, with its outputs as arguments.</summary>
public static class WorkerApplication
{
    /// <summary>Reads the command line, runs the command in a host, and returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">Warnings and errors.</param>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => RunAsync(args, output, error, null);

    /// <summary>The same with another executor of recipes.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">Warnings and errors.</param>
    /// <param name="executor">Executes recipes; null for the trainers.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, IRunExecutor? executor)
    {
        var outputs = new Outputs(output, error);
        if (IsSilent)
        {
            outputs = new Outputs(TextWriter.Null, TextWriter.Null) { LastWords = error };
            (output, error) = (TextWriter.Null, TextWriter.Null);
        }

        RootCommand root = CommandLine.Build((command, configuration) => RunHostAsync(command, configuration, outputs, executor));
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            await error.WriteAsync(Describe(parsed)).ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        }).ConfigureAwait(false);
    }

    // Of the processes that mpirun has started, the first speaks for all.
    private static bool IsSilent
    {
        get
        {
            var mpi = new MpiProvider();
            return mpi.IsLaunched && mpi.LaunchedRank > 0;
        }
    }

    private static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] known =
        [
            .. command.Subcommands.Select(child => child.Name),
            .. command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name),
        ];

        // A misspelt command within this one was taken for its argument.
        IEnumerable<string> typed = command.Subcommands.Count > 0
            ? parsed.CommandResult.Tokens.Select(token => token.Value).Where(token => !Path.HasExtension(token))
            : [];
        IEnumerable<string> hints = parsed.UnmatchedTokens.Concat(typed).SelectMany(token =>
            Names.TryNearest(token, known, out string nearest)
                ? [$"Did you mean \"{nearest}\" instead of \"{token}\"?"]
                : Array.Empty<string>());
        IEnumerable<string> lines = parsed.Errors.Select(problem => $"error: {problem.Message}").Concat(hints)
            .Append($"See {CommandName.Current} {PathOf(command)}--help.");
        return string.Concat(lines.Select(line => line + Environment.NewLine));
    }

    private static string PathOf(Command command) =>
        command is RootCommand ? "" : $"{PathOf(command.Parents.OfType<Command>().First())}{command.Name} ";

    private static async Task<int> RunHostAsync(
        WorkerCommand command,
        IReadOnlyDictionary<string, string?> configuration,
        Outputs outputs,
        IRunExecutor? executor)
    {
        try
        {
            IHost host = BuildHost(command, configuration, outputs, executor);
            HostOutcome outcome = host.Services.GetRequiredService<HostOutcome>();
            StopSignals signals = host.Services.GetRequiredService<StopSignals>();
            host.Services.GetRequiredService<ILogger<WorkerCommand>>().LogInformation("The command begins: {Command}", command);
            await host.RunAsync().ConfigureAwait(false);
            return outcome.ExitCode == ExitCodes.Interrupted ? signals.ExitCode : outcome.ExitCode;
        }
        catch (InputException problem)
        {
            ErrorReport.Write(problem, outputs.Error);
            return ExitCodes.BadInput;
        }
    }

    private static IHost BuildHost(
        WorkerCommand command,
        IReadOnlyDictionary<string, string?> configuration,
        Outputs outputs,
        IRunExecutor? executor)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            DisableDefaults = true,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables(WorkerOptions.EnvironmentPrefix)
            .AddInMemoryCollection(configuration);
        AddConsole(builder);
        if (!IsSilent)
        {
            TelemetryExport.AddTo(builder);
        }

        // A stop waits for the step in progress and its checkpoint.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(outputs);
        builder.Services.AddSingleton(new EngineNotice(message => outputs.Notice($"warning: {message}")));
        builder.Services.AddSingleton<CommandContext>();
        var interrupts = new Interrupts();
        builder.Services.AddSingleton(interrupts);
        builder.Services.AddSingleton(provider => new StopSignals(
            outputs, command.StopNotice, interrupts, provider.GetRequiredService<IHostApplicationLifetime>()));
        builder.Services.AddHostedService(provider => provider.GetRequiredService<StopSignals>());
        if (executor is not null)
        {
            builder.Services.AddSingleton(executor);
        }

        builder.Services.AddSingleton(provider => Options.Create(
            WorkerOptions.Read(builder.Configuration, provider.GetRequiredService<EngineSet>().Names)));
        TrainingBuilder training = command.AddTo(
            builder.Services,
            provider => provider.GetRequiredService<IOptions<WorkerOptions>>().Value.Training);
        WorkerEngines.Register(training.AddMpi());
        return builder.Build();
    }

    private static void AddConsole(HostApplicationBuilder builder)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);

        // Options that cannot be used end the start of the host; they are told once, by the report.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    }
}
