using RlCore.Engines.Managed;
using RlCore.Trainers.Runs;

namespace RlCore;

/// <summary>Trains language models by recipes.</summary>
public static class Train
{
    /// <summary>Runs a recipe: reads and checks every input, then evaluates, trains stage by stage, and evaluates again.</summary>
    /// <param name="request">The recipe, the run folder, whether to resume, threads.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="stop">Asks to stop: a checkpoint is written first.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="Trainers.Inputs.InputException">A dataset, the recipe or a checkpoint cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped; the checkpoint is on disk.</exception>
    /// <exception cref="Trainers.Objectives.TrainingDivergedException">The loss or a gradient was not finite.</exception>
    public static RunSummary Run(RunRequest request, IRunObserver observer, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        var inputs = RunInputs.Read(request.Recipe);
        using var engine = Engine.CreateManaged(request.Threads);
        using var folder = RunFolder.Open(request, engine.Description);
        using var pipeline = new Pipeline<ManagedTensor>(engine, request.Recipe, inputs, folder, observer);
        return pipeline.Run(stop);
    }
}
