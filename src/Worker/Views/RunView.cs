using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Views;

/// <summary>Shows the progress of a run. One view is for one run.</summary>
internal abstract class RunView : IRunObserver
{
    /// <summary>The suitable view: progress bars at a terminal, lines elsewhere, only warnings when quiet.</summary>
    public static RunView Create(Outputs outputs, bool quiet, TimeProvider clock) =>
        quiet ? new QuietView(outputs.Error)
        : outputs.IsTerminal ? new ProgressView(outputs, clock, outputs.NewConsole())
        : new LineView(outputs, clock);

    /// <summary>Announces the run.</summary>
    /// <param name="recipe">The recipe.</param>
    public abstract void Begin(Recipe recipe);

    /// <inheritdoc/>
    public abstract void RunOpened(string folder, bool resumed);

    /// <summary>Runs a function and shows its progress.</summary>
    /// <param name="body">Called with this view as its observer.</param>
    /// <typeparam name="TResult">The result.</typeparam>
    public virtual TResult Watch<TResult>(Func<IRunObserver, TResult> body) => body(this);

    /// <inheritdoc/>
    public abstract void DatasetAdvanced(string file, long done, long total);

    /// <inheritdoc/>
    public abstract void DatasetNoted(string file, string note);

    /// <inheritdoc/>
    public abstract void ChatTemplateUsed(string template);

    /// <inheritdoc/>
    public abstract void PairLabelled(string file, int done, int total);

    /// <inheritdoc/>
    public abstract void PromptLabelled(string file, int done, int total);

    /// <inheritdoc/>
    public abstract void TokenLearned(int done, int total);

    /// <inheritdoc/>
    public abstract void ReferenceScored(string stage, int done, int total);

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
    public abstract void ModelExported(string file, long done, long total);

    /// <inheritdoc/>
    public abstract void Warned(string message);
}
