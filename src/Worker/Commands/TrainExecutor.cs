using RlCore.Trainers.Runs;

namespace RlCore.Worker.Commands;

/// <summary>Executes recipes on the embedded engine.</summary>
internal sealed class TrainExecutor : IRunExecutor
{
    /// <inheritdoc/>
    public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop) => Train.Run(request, observer, stop);
}
