using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Hosting;

/// <summary>A training with its reporting.</summary>
internal static class ReportedRun
{
    /// <summary>Trains.</summary>
    /// <param name="plan">What to train.</param>
    /// <param name="executor">Trains.</param>
    /// <param name="reporter">Reports on it.</param>
    /// <param name="stop">Stops after the step in progress, with a checkpoint.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ITrainingPlan plan, IRunExecutor executor, ITrainingReporter reporter, CancellationToken stop) =>
        RunGuard.Run(() => Train(plan.Read(stop), executor, reporter, stop), reporter.Failed, stop);

    private static int Train(RunRequest request, IRunExecutor executor, ITrainingReporter reporter, CancellationToken stop)
    {
        try
        {
            reporter.Begin(request);
            RunSummary summary = reporter.Watch(observer => executor.Execute(request, observer, stop));
            reporter.Finished(request, summary);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException stopped) when (stop.IsCancellationRequested)
        {
            reporter.Stopped(request with { OutputFolder = FolderOf(stopped, request), IsNumbered = false });
            throw;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string folder = FolderOf(failure, request);
            string left = CheckpointStore.TryFindLatest(folder, out string checkpoint)
                ? $"; {checkpoint} is complete, and --resume continues from it"
                : "";
            throw new InputException(new InputProblem(
                folder, 0, "", $"a run that cannot be written ({failure.Message.TrimEnd('.')})", "a writable folder, on a disk "
                    + $"with free space{left}"));
        }
    }

    // A run that was to take a free folder may have taken another than the first.
    private static string FolderOf(Exception failure, RunRequest request) =>
        failure.Data[RunFolder.OfFailure] as string ?? request.OutputFolder;
}
