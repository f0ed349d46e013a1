using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Views;

/// <summary>Lines for logs and pipes: one about every two seconds, and the last step of each stage.</summary>
internal sealed class LineView(Outputs outputs, TimeProvider clock) : RunView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private long _stageStarted;
    private long _written;
    private int _firstStep;

    /// <inheritdoc/>
    public override void Begin(Recipe recipe)
    {
        outputs.Output.WriteLine(Wording.Describe(recipe));
        foreach (string line in ConventionDefaults.Describe(recipe))
        {
            outputs.Output.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public override void RunOpened(string folder, bool resumed) => outputs.Output.WriteLine(Wording.RunFolder(folder, resumed));

    /// <inheritdoc/>
    public override void DatasetAdvanced(string file, long done, long total) =>
        WriteNowAndThen($"checking {Path.GetFileName(file)}: {Wording.Percent((double)done / total)}");

    /// <inheritdoc/>
    public override void DatasetNoted(string file, string note) => outputs.Output.WriteLine(Wording.DatasetNote(file, note));

    /// <inheritdoc/>
    public override void ChatTemplateUsed(string template) => outputs.Output.WriteLine(Wording.ChatTemplate(template));

    /// <inheritdoc/>
    public override void PairLabelled(string file, int done, int total) =>
        WriteNowAndThen($"labelling {Path.GetFileName(file)}: {done}/{total} pairs");

    /// <inheritdoc/>
    public override void PromptLabelled(string file, int done, int total) =>
        WriteNowAndThen($"{Path.GetFileName(file)}: {done}/{total} prompts");

    /// <inheritdoc/>
    public override void TokenLearned(int done, int total) => WriteNowAndThen($"learning tokens: {done}/{total}");

    /// <inheritdoc/>
    public override void ReferenceScored(string stage, int done, int total) =>
        WriteNowAndThen($"{stage}: the reference has scored {done}/{total} sequences");

    /// <inheritdoc/>
    public override void StageStarted(StageSettings stage, int index, int firstStep)
    {
        _stageStarted = _written = clock.GetTimestamp();
        _firstStep = firstStep;
        string from = firstStep > 0 ? $", from step {firstStep + 1}" : "";
        outputs.Output.WriteLine($"stage {index + 1}: {stage.Name}, {Wording.Count(stage.Steps, "step")}{from}");
    }

    /// <inheritdoc/>
    public override void StepFinished(StepMetrics metrics)
    {
        bool measured = metrics.Values.Any(metric => metric.Key == MetricNames.HeldOutAccuracy);
        if (!measured && metrics.Step < metrics.TotalSteps && clock.GetElapsedTime(_written) < Pause)
        {
            return;
        }

        _written = clock.GetTimestamp();
        double stepsLeft = metrics.TotalSteps - metrics.Step;
        TimeSpan left = clock.GetElapsedTime(_stageStarted) * (stepsLeft / Math.Max(1, metrics.Step - _firstStep));
        string ahead = metrics.Step > _firstStep && metrics.Step < metrics.TotalSteps ? $"  {Wording.Time(left)} left" : "";
        outputs.Output.WriteLine($"{metrics.Stage} {metrics.Step}/{metrics.TotalSteps}  {Wording.Describe(metrics)}{ahead}");
    }

    /// <inheritdoc/>
    public override void EvaluationAdvanced(string label, int done, int total)
    {
    }

    /// <inheritdoc/>
    public override void Evaluated(EvaluationResult result) => outputs.Output.WriteLine(Wording.Describe(result));

    /// <inheritdoc/>
    public override void CheckpointWritten(string folder)
    {
    }

    /// <inheritdoc/>
    public override void ModelExported(string file, long done, long total) =>
        WriteNowAndThen($"writing {Path.GetFileName(file)}: {Wording.Percent((double)done / total)}");

    /// <inheritdoc/>
    public override void Warned(string message) => outputs.Error.WriteLine($"warning: {message}");

    private void WriteNowAndThen(string line)
    {
        if (_written == 0 || clock.GetElapsedTime(_written) >= Pause)
        {
            _written = clock.GetTimestamp();
            outputs.Output.WriteLine(line);
        }
    }
}
