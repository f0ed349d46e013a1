using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>
/// Observes a run: a console, a log or a test. Called on the training thread. An observer implements only the events it needs.
/// </summary>
public interface IRunObserver : IReadingObserver, IEvaluationObserver
{
    /// <summary>A judge has compared another pair of a dataset.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Pairs so far.</param>
    /// <param name="total">Pairs in all.</param>
    void PairLabelled(string file, int done, int total)
    {
    }

    /// <summary>Another prompt of a file is done: the steps of its completions are labelled, or its tree is searched.</summary>
    /// <param name="file">The file of prompts.</param>
    /// <param name="done">Prompts so far.</param>
    /// <param name="total">Prompts in all.</param>
    void PromptLabelled(string file, int done, int total)
    {
    }

    /// <summary>A tokenizer that is being trained has learned another token.</summary>
    /// <param name="done">Tokens so far.</param>
    /// <param name="total">Tokens wanted.</param>
    void TokenLearned(int done, int total)
    {
    }

    /// <summary>The data has been checked, and the run's folder is open.</summary>
    /// <param name="folder">Its full path.</param>
    /// <param name="resumed">Whether the run goes on from a checkpoint.</param>
    void RunOpened(string folder, bool resumed)
    {
    }

    /// <summary>The reference of a stage has scored more of its data, before the first step.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="done">Sequences so far.</param>
    /// <param name="total">Sequences in all.</param>
    void ReferenceScored(string stage, int done, int total)
    {
    }

    /// <summary>A stage begins (or continues at <paramref name="firstStep"/> after a resume).</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="index">Its index, from 0.</param>
    /// <param name="firstStep">Steps already done.</param>
    void StageStarted(StageSettings stage, int index, int firstStep)
    {
    }

    /// <summary>A step is done.</summary>
    /// <param name="metrics">Its metrics.</param>
    void StepFinished(StepMetrics metrics)
    {
    }

    /// <summary>A checkpoint has been written.</summary>
    /// <param name="folder">Its folder.</param>
    void CheckpointWritten(string folder)
    {
    }

    /// <summary>More of a model has been written in another program's format.</summary>
    /// <param name="file">The file.</param>
    /// <param name="done">Bytes so far.</param>
    /// <param name="total">Bytes in all.</param>
    void ModelExported(string file, long done, long total)
    {
    }

    /// <summary>A warning.</summary>
    /// <param name="message">One sentence that says what to do.</param>
    void Warned(string message)
    {
    }

    /// <summary>A warning about a step; each kind is reported when it has lasted, and then at most every 100 steps.</summary>
    /// <param name="step">The step.</param>
    /// <param name="warning">What was observed and what to try.</param>
    void Warned(StepMetrics step, RunWarning warning) => Warned($"{step.Stage} {step.Step}/{step.TotalSteps}: {warning.Message}");
}
