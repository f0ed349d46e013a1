using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Views;

/// <summary>What a person sees of a run while it goes on. One view watches one run.</summary>
internal abstract class RunView : IRunObserver
{
    /// <summary>The view that fits: progress bars at a terminal, lines elsewhere, nothing when quiet.</summary>
    public static RunView Create(Outputs outputs, bool quiet, TimeProvider clock) =>
        quiet ? new QuietView(outputs.Error) : outputs.IsTerminal ? new ProgressView(outputs, clock) : new LineView(outputs, clock);

    /// <summary>Says what begins.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="resume">Whether it goes on.</param>
    public abstract void Begin(Recipe recipe, string folder, bool resume);

    /// <summary>Runs something and shows it.</summary>
    /// <param name="body">Takes this view as its observer.</param>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    public virtual TResult Watch<TResult>(Func<IRunObserver, TResult> body) => body(this);

    /// <inheritdoc/>
    public abstract void DatasetAdvanced(string file, long done, long total);

    /// <inheritdoc/>
    public abstract void PairLabelled(string file, int done, int total);

    /// <inheritdoc/>
    public abstract void StageStarted(StageSettings stage, int index, int firstStep);

    /// <inheritdoc/>
    public abstract void StepFinished(StepMetrics metrics);

    /// <inheritdoc/>
    public abstract void EvaluationAdvanced(string label, int done, int total);

    /// <inheritdoc/>
    public abstract void Evaluated(EvaluationResult result);

    /// <inheritdoc/>
    public abstract void CheckpointWritten(string folder);

    /// <inheritdoc/>
    public abstract void Warned(string message);
}
