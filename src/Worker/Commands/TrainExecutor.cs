using RlCore.Trainers.Runs;
using RlCore.Worker.Engines;

namespace RlCore.Worker.Commands;

/// <summary>Executes recipes on the engine that the options name.</summary>
internal sealed class TrainExecutor(WorkerOptions options) : IRunExecutor
{
    /// <inheritdoc/>
    public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop) =>
        EngineHost.Run(options.Engine, new TrainingWork(request, observer, stop));
}
