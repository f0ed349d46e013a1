using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>Who watches a run: the console, a log, a test. Called on the training thread. An observer implements what it watches.</summary>
public interface IRunObserver : IReadingObserver, IEvaluationObserver
{
    /// <summary>A judge has compared another pair of a dataset.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Pairs so far.</param>
    /// <param name="total">Pairs in all.</param>
    void PairLabelled(string file, int done, int total)
    {
    }

    /// <summary>A stage begins (or goes on after a resume at <paramref name="firstStep"/>).</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="index">Its index, from 0.</param>
    /// <param name="firstStep">Steps already done.</param>
    void StageStarted(StageSettings stage, int index, int firstStep)
    {
    }

    /// <summary>A step is done.</summary>
    /// <param name="metrics">What it measured.</param>
    void StepFinished(StepMetrics metrics)
    {
    }

    /// <summary>A checkpoint lies on disk.</summary>
    /// <param name="folder">Its folder.</param>
    void CheckpointWritten(string folder)
    {
    }

    /// <summary>Something that a person should know.</summary>
    /// <param name="message">One sentence that says what to do.</param>
    void Warned(string message)
    {
    }

    /// <summary>Something about a step that a person should know; each kind is told when it has lasted, and then at most every 100 steps.</summary>
    /// <param name="step">The step.</param>
    /// <param name="warning">What was seen and what to try.</param>
    void Warned(StepMetrics step, RunWarning warning) => Warned($"{step.Stage} {step.Step}/{step.TotalSteps}: {warning.Message}");
}
