using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Hosting;

/// <summary>A training with its reporting.</summary>
internal static class ReportedRun
{
    /// <summary>Trains.</summary>
    /// <param name="plan">What to train.</param>
    /// <param name="executor">Trains.</param>
    /// <param name="reporter">Reports on it.</param>
    /// <param name="providers">Ways to run in several processes; the first that a launcher has used is taken.</param>
    /// <param name="stop">Stops after the step in progress, with a checkpoint.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        ITrainingPlan plan,
        IRunExecutor executor,
        ITrainingReporter reporter,
        IEnumerable<IProcessGroupProvider> providers,
        CancellationToken stop)
    {
        int Alone() => Train(plan.Read(stop), executor, reporter, stop);
        return providers.FirstOrDefault(provider => provider.IsLaunched) is { } launched
            ? RunGuard.Run(() => Share(launched, plan, executor, reporter, stop), reporter.Failed, stop)
            : RunGuard.Run(Alone, reporter.Failed, stop);
    }

    // One process reports for all; what fails in another, it is told.
    private static int Share(
        IProcessGroupProvider launched, ITrainingPlan plan, IRunExecutor executor, ITrainingReporter reporter, CancellationToken stop)
    {
        using IProcessGroup group = launched.Join();
        using var agreed = new AgreedStop(group, stop);
        ITrainingReporter told = group.Rank == 0 ? reporter : new NoReporter(reporter);
        return RunGuard.Run(() => Telling(group, () =>
        {
            // What the first has downloaded, the others find.
            RunRequest? first = group.Together(() => group.Rank == 0 ? plan.Read(stop) : null);
            RunRequest request = group.Together(() => first ?? plan.Read(stop));
            return Train(request with { Processes = group, Agreed = agreed }, executor, told, agreed.Token);
        }), told.Failed, agreed.Token);
    }

    // An exception of which the other processes do not know would let them wait.
    private static int Telling(IProcessGroup group, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure)
        {
            bool isKnown = ProcessGroupCalls.IsKnownToAll(failure)
                || failure is OperationCanceledException or TrainingDivergedException or RewardFailedException or RolloutServerException;
            if (!isKnown)
            {
                group.Fail(RunFailure.TryRead(failure, out RunFailure known)
                    ? known.Messages[0]
                    : failure.ToString().ReplaceLineEndings(" "));
            }

            throw;
        }
    }

    private static int Train(RunRequest request, IRunExecutor executor, ITrainingReporter reporter, CancellationToken stop)
    {
        try
        {
            reporter.Begin(request);
            RunSummary summary = reporter.Watch(observer =>
            {
                foreach (string warning in request.Processes.Warnings)
                {
                    observer.Warned(warning);
                }

                return executor.Execute(request, observer, stop);
            });
            reporter.Finished(request, summary);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException stopped) when (stop.IsCancellationRequested)
        {
            reporter.Stopped(request with { OutputFolder = FolderOf(stopped, request), IsNumbered = false });
            throw;
        }
        catch (ProcessFailedException failure) when (failure.Kind.Length == 0)
        {
            throw new ProcessFailedException(failure.Rank, failure.Message + LeftIn(FolderOf(failure, request)))
            {
                IsAgreed = failure.IsAgreed,
                IsToldHere = failure.IsToldHere,
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string folder = FolderOf(failure, request);
            string left = LeftIn(folder);
            bool isKnown = ProcessGroupCalls.IsKnownToAll(failure);
            throw new InputException(new InputProblem(
                folder, 0, "", $"a run that cannot be written ({failure.Message.TrimEnd('.')})", "a writable folder, on a disk "
                    + $"with free space{left}"));
        }
    }

    private static string LeftIn(string folder) => CheckpointStore.TryFindLatest(folder, out string checkpoint)
        ? $"; {checkpoint} is complete, and --resume continues from it"
        : "";

    // A run that was to take a free folder may have taken another than the first.
    private static string FolderOf(Exception failure, RunRequest request) =>
        failure.Data[RunFolder.OfFailure] as string ?? request.OutputFolder;
}
