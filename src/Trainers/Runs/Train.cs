using RlCore.Engines;
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
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(request);
        int shards = RunProcesses.ShardsOf(request, engine.IsReproducible);
        using AgreedStop? own = request.Agreed is null ? new AgreedStop(request.Processes, stop) : null;
        AgreedStop agreed = request.Agreed ?? own!;
        var processes = new RunProcesses(new DataParallel(request.Processes, shards, agreed));
        IRunObserver told = processes.Parallel.IsRoot ? observer : new NoObserver();
        RunRequest found = processes.FindModel(request, stop);
        RunInputs inputs = processes.Parallel.Group.Together(
            () => RunInputs.Read(found.Recipe, told, tokenizers: found.Tokenizers, found: found.ModelFolder));
        var memory = new RunMemory(found.Recipe, inputs, processes.PartOf(engine.Memory), processes.GradientCopies);
        RunRequest sized = processes.Size(found, memory) with
        {
            FrozenWeights = engine.Memory.FrozenWeights,
            TokensPerShard = inputs.TokensPerShard(found.Recipe.ShardWork),
        };
        using RunFolder folder = processes.Open(sized, engine.Description, inputs.Shared);
        told.RunOpened(folder.Path, sized.Resume);
        try
        {
            var shared = new ParallelEngine<T>(engine, processes.Parallel, request.ShardsOptimizer);
            using var pipeline = new Pipeline<T>(shared, sized.SizedRecipe, inputs, folder, told);
            return pipeline.Run(agreed.Token);
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
