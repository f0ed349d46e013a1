using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;
using RlCore.Worker.Commands;

namespace RlCore.Worker.Hosting;

/// <summary>Where results and problems are written.</summary>
/// <param name="Output">Results and progress.</param>
/// <param name="Error">What is wrong.</param>
internal sealed record Outputs(TextWriter Output, TextWriter Error)
{
    /// <summary>Whether a person watches the output at a terminal.</summary>
    public bool IsTerminal => ReferenceEquals(Output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";
}

/// <summary>How the command ended.</summary>
internal sealed class CommandOutcome
{
    /// <summary>The exit code.</summary>
    public int ExitCode { get; set; } = ExitCodes.Failed;
}

/// <summary>Runs the one command of the process, then stops the host.</summary>
internal sealed class CommandService(
    CommandRunner runner,
    CommandOutcome outcome,
    StopSignals signals,
    Outputs outputs,
    IHostApplicationLifetime lifetime,
    ILogger<CommandService> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            outcome.ExitCode = Run(stoppingToken);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private int Run(CancellationToken stop)
    {
        try
        {
            logger.LogInformation("The command begins: {Command}", runner.Command);
            return runner.Run(stop);
        }
        catch (InputException problem)
        {
            return ErrorReport.Write(problem, outputs.Error);
        }
        catch (RewardFailedException failure)
        {
            outputs.Error.WriteLine($"error: {failure.Message}");
            return ExitCodes.BadInput;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
        catch (TrainingDivergedException failure)
        {
            outputs.Error.WriteLine($"error: {failure.Message}");
            return ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            outputs.Error.WriteLine($"error: {failure.Message}");
            return ExitCodes.BadInput;
        }
#pragma warning disable CA1031 // The last stop before the process ends: whatever it is becomes a message and an exit code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            outputs.Error.WriteLine($"error: rlcore failed, and that is its own mistake, not yours. Please report this:\n{failure}");
            return ExitCodes.Failed;
        }
    }
}
