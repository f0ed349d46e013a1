using RlCore.Engines.Managed;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests;

/// <summary>Runs a recipe on the embedded engine.</summary>
internal static class OnManagedEngine
{
    public static RunSummary Train(
        RunRequest request, IRunObserver observer, CancellationToken stop, ManagedEngineOptions? options = null)
    {
        using var engine = new ManagedEngine(options);
        return global::RlCore.Trainers.Runs.Train.Run(engine, request, observer, stop);
    }
}
