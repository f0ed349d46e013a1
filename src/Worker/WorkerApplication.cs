using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Worker.Commands;
using RlCore.Worker.Hosting;

namespace RlCore.Worker;

/// <summary>The program, with its outputs as arguments.</summary>
public static class WorkerApplication
{
    private const string EnvironmentPrefix = "RLCORE_";

    /// <summary>Reads the command line, runs the command in a host, and returns the exit code.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">What is wrong.</param>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => RunAsync(args, output, error, null);

    /// <summary>The same with another executor of recipes.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="executor">Executes recipes; null for the trainers.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, IRunExecutor? executor)
    {
        RootCommand root = new CommandLine().Build((command, configuration) => RunHostAsync(command, configuration, output, error, executor));
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

    private static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] known = [.. command.Subcommands.Select(child => child.Name), .. command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name)];

        // A misspelt command within this one was taken for its argument.
        IEnumerable<string> typed = command.Subcommands.Count > 0 ? parsed.CommandResult.Tokens.Select(token => token.Value).Where(token => !Path.HasExtension(token)) : [];
        IEnumerable<string> hints = parsed.UnmatchedTokens.Concat(typed)
            .SelectMany(token => Names.TryNearest(token, known, out string nearest) ? [$"\"{token}\" may be meant as \"{nearest}\"."] : Array.Empty<string>());
        IEnumerable<string> lines = parsed.Errors.Select(problem => $"error: {problem.Message}").Concat(hints).Append($"See {CommandName.Current} --help.");
        return string.Concat(lines.Select(line => line + Environment.NewLine));
    }

    private static async Task<int> RunHostAsync(
        WorkerCommand command,
        IReadOnlyDictionary<string, string?> configuration,
        TextWriter output,
        TextWriter error,
        IRunExecutor? executor)
    {
        try
        {
            IHost host = BuildHost(command, configuration, output, error, executor);
            CommandOutcome outcome = host.Services.GetRequiredService<CommandOutcome>();
            await host.RunAsync().ConfigureAwait(false);
            return outcome.ExitCode;
        }
        catch (InputException problem)
        {
            return ErrorReport.Write(problem, error);
        }
    }

    private static IHost BuildHost(
        WorkerCommand command,
        IReadOnlyDictionary<string, string?> configuration,
        TextWriter output,
        TextWriter error,
        IRunExecutor? executor)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables(EnvironmentPrefix)
            .AddInMemoryCollection(configuration);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);

        // A stop waits for the step in progress and its checkpoint.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        WorkerOptions options = OptionsReader.Read(builder.Configuration, EnvironmentPrefix);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(command);
        builder.Services.AddSingleton(executor ?? new TrainExecutor(options));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new Outputs(output, error));
        builder.Services.AddSingleton<CommandOutcome>();
        builder.Services.AddSingleton<StopSignals>();
        builder.Services.AddSingleton<CommandRunner>();
        builder.Services.AddHostedService<CommandService>();
        return builder.Build();
    }
}
