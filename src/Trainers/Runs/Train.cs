using RlCore.Engines;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>Trains language models.</summary>
public static class Train
{
    /// <summary>Runs a recipe on an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="request">The run and its folder.</param>
    /// <param name="observer">The observer.</param>
    /// <param name="stop">Stops after the step in progress, with a checkpoint.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>The result.</returns>
    /// <exception cref="InputException">With every problem of the recipe's files, or of the run's folder.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the checkpoint contains everything done so far.</exception>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite.</exception>
    public static RunSummary Run<T>(IEngine<T> engine, RunRequest request, IRunObserver observer, CancellationToken stop)
        where T : struct, ITensor<T>
    {
        RunRequest found = request.FindModel(ModelHub.OfSystem, null, stop);
        RunInputs inputs = RunInputs.Read(found.Recipe, observer, tokenizers: found.Tokenizers, found: found.ModelFolder);
        RunRequest sized = found.Size(new RunMemory(found.Recipe, inputs, engine.Memory)) with
        {
            FrozenWeights = engine.Memory.FrozenWeights,
        };
        using RunFolder folder = RunFolder.Open(sized, engine.Description, inputs.Shared);
        observer.RunOpened(folder.Path, sized.Resume);
        try
        {
            using var pipeline = new Pipeline<T>(engine, sized.SizedRecipe, inputs, folder, observer);
            return pipeline.Run(stop);
        }
        catch (Exception failure)
        {
            failure.Data[RunFolder.OfFailure] = folder.Path;
            throw;
        }
    }
}

/// <summary>A run of a recipe, independent of the engine.</summary>
/// <param name="Request">The run and its folder.</param>
/// <param name="Observer">The observer.</param>
/// <param name="Stop">Stops after the step in progress, with a checkpoint.</param>
public sealed record TrainingWork(RunRequest Request, IRunObserver Observer, CancellationToken Stop) : IEngineWork<RunSummary>
{
    /// <inheritdoc/>
    public RunSummary Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T> => Train.Run(engine, Request, Observer, Stop);
}
