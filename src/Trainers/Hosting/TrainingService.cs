using Microsoft.Extensions.Hosting;
using RlCore.Engines;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>The outcome of the program.</summary>
public sealed class HostOutcome
{
    /// <summary>The exit code.</summary>
    public int ExitCode { get; set; } = ExitCodes.Failed;
}

/// <summary>
/// Trains in the background of a host, then stops the host. If the host is stopped first, the step in progress is finished and
/// a checkpoint is written.
/// </summary>
/// <param name="plan">What to train.</param>
/// <param name="executor">Trains.</param>
/// <param name="reporter">Reports on it.</param>
/// <param name="outcome">Receives the exit code.</param>
/// <param name="lifetime">The host's lifetime.</param>
/// <param name="processes">Ways to run in several processes.</param>
internal sealed class TrainingService(
    ITrainingPlan plan,
    IRunExecutor executor,
    ITrainingReporter reporter,
    HostOutcome outcome,
    IHostApplicationLifetime lifetime,
    IEnumerable<IProcessGroupProvider> processes) : BackgroundService
{
    /// <summary>Waits for the step in progress and its checkpoint, however long they take.</summary>
    /// <param name="cancellationToken">The host's shutdown timeout, which is ignored.</param>
    public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            outcome.ExitCode = ReportedRun.Run(plan, executor, reporter, processes, stoppingToken);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }
}
