using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Watches a run and says nothing.</summary>
internal class SilentObserver : IRunObserver
{
    public virtual void StageStarted(StageSettings stage, int index, int firstStep)
    {
    }

    public virtual void StepFinished(StepMetrics metrics)
    {
    }

    public virtual void EvaluationAdvanced(string label, int done, int total)
    {
    }

    public virtual void Evaluated(EvaluationResult result)
    {
    }

    public virtual void CheckpointWritten(string folder)
    {
    }

    public virtual void Warned(string message)
    {
    }
}

/// <summary>Keeps what a run tells.</summary>
internal sealed class RecordingObserver : SilentObserver
{
    public List<string> Warnings { get; } = [];

    public List<string> Checkpoints { get; } = [];

    public List<StepMetrics> Steps { get; } = [];

    /// <summary>The evaluations that have begun, each once.</summary>
    public List<string> Evaluations { get; } = [];

    public override void Warned(string message) => Warnings.Add(message);

    public override void CheckpointWritten(string folder) => Checkpoints.Add(Path.GetFileName(folder));

    public override void StepFinished(StepMetrics metrics) => Steps.Add(metrics);

    public override void EvaluationAdvanced(string label, int done, int total)
    {
        if (!Evaluations.Contains(label))
        {
            Evaluations.Add(label);
        }
    }
}

/// <summary>Asks a run to stop after so many steps.</summary>
internal sealed class StoppingObserver(CancellationTokenSource stop, int steps) : SilentObserver
{
    private int _done;

    public override void StepFinished(StepMetrics metrics)
    {
        _done += metrics.Step > 0 ? 1 : 0;
        if (_done == steps)
        {
            stop.Cancel();
        }
    }
}
