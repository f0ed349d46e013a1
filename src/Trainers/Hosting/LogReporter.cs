using System.Globalization;
using Microsoft.Extensions.Logging;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Hosting;

/// <summary>Reports on a training in the host's log, and forwards events to the program's own observers.</summary>
/// <param name="logger">The log.</param>
/// <param name="observers">The program's own observers.</param>
internal sealed class LogReporter(ILogger<LogReporter> logger, IEnumerable<IRunObserver> observers) : ITrainingReporter, IRunObserver
{
    private readonly IRunObserver[] _observers = [.. observers];

    /// <inheritdoc/>
    public void Begin(RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        logger.LogInformation("{Recipe}, seed {Seed}", request.Recipe.Name, request.Recipe.Seed);
        foreach (string note in request.Recipe.Notes)
        {
            logger.LogWarning("{Note}", note);
        }

        foreach (string line in ConventionDefaults.Describe(request.Recipe))
        {
            logger.LogInformation("{Convention}", line);
        }
    }

    /// <inheritdoc/>
    public RunSummary Watch(Func<IRunObserver, RunSummary> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return body(this);
    }

    /// <inheritdoc/>
    public void Finished(RunRequest request, RunSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        logger.LogInformation("Done in {Seconds:0.0} seconds: {Checkpoint}", summary.Seconds, summary.Checkpoint);
    }

    /// <inheritdoc/>
    public void Stopped(RunRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        logger.LogWarning("Stopped after a checkpoint. Set Resume to continue in {Folder}", request.OutputFolder);
    }

    /// <inheritdoc/>
    public void Failed(Exception failure)
    {
        if (!RunFailure.TryRead(failure, out RunFailure known))
        {
            logger.LogCritical(failure, "The training failed");
        }

        foreach (string message in known.Messages)
        {
            logger.LogError("{Problem}", message);
        }
    }

    /// <inheritdoc/>
    public void RunOpened(string folder, bool resumed)
    {
        logger.LogInformation("In {Folder}", folder);
        Tell(observer => observer.RunOpened(folder, resumed));
    }

    /// <inheritdoc/>
    public void ReferenceScored(string stage, int done, int total) => Tell(observer => observer.ReferenceScored(stage, done, total));

    /// <inheritdoc/>
    public void DatasetAdvanced(string file, long done, long total) => Tell(observer => observer.DatasetAdvanced(file, done, total));

    /// <inheritdoc/>
    public void DatasetNoted(string file, string note)
    {
        logger.LogInformation("{File}: {Note}", file, note);
        Tell(observer => observer.DatasetNoted(file, note));
    }

    /// <inheritdoc/>
    public void ChatTemplateUsed(string template)
    {
        logger.LogInformation("Prompts and completions are wrapped in the chat template of {Template}", template);
        Tell(observer => observer.ChatTemplateUsed(template));
    }

    /// <inheritdoc/>
    public void PairLabelled(string file, int done, int total) => Tell(observer => observer.PairLabelled(file, done, total));

    /// <inheritdoc/>
    public void PromptLabelled(string file, int done, int total) => Tell(observer => observer.PromptLabelled(file, done, total));

    /// <inheritdoc/>
    public void TokenLearned(int done, int total) => Tell(observer => observer.TokenLearned(done, total));

    /// <inheritdoc/>
    public void StageStarted(StageSettings stage, int index, int firstStep)
    {
        ArgumentNullException.ThrowIfNull(stage);
        logger.LogInformation("Stage {Number}: {Stage}, {Steps} steps, {Done} of them done", index + 1, stage.Name, stage.Steps, firstStep);
        Tell(observer => observer.StageStarted(stage, index, firstStep));
    }

    /// <inheritdoc/>
    public void StepFinished(StepMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        string values = string.Join(", ", metrics.Values
            .Where(metric => metric.Key is MetricNames.Loss or MetricNames.Reward)
            .Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:0.000}")));
        bool isTenth = metrics.Step == metrics.TotalSteps || metrics.Step % Math.Max(1, metrics.TotalSteps / 10) == 0;
        LogLevel level = isTenth ? LogLevel.Information : LogLevel.Debug;
        logger.Log(level, "{Stage} {Step}/{Steps}: {Values}", metrics.Stage, metrics.Step, metrics.TotalSteps, values);
        Tell(observer => observer.StepFinished(metrics));
    }

    /// <inheritdoc/>
    public void EvaluationAdvanced(string label, int done, int total) => Tell(observer => observer.EvaluationAdvanced(label, done, total));

    /// <inheritdoc/>
    public void Evaluated(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        logger.LogInformation("Accuracy {Label}: greedy {Greedy:0.0 %} of {Prompts} prompts", result.Label, result.Greedy, result.Prompts);
        Tell(observer => observer.Evaluated(result));
    }

    /// <inheritdoc/>
    public void CheckpointWritten(string folder)
    {
        logger.LogInformation("Checkpoint {Folder}", folder);
        Tell(observer => observer.CheckpointWritten(folder));
    }

    /// <inheritdoc/>
    public void ModelExported(string file, long done, long total) => Tell(observer => observer.ModelExported(file, done, total));

    /// <inheritdoc/>
    public void Warned(string message)
    {
        logger.LogWarning("{Warning}", message);
        Tell(observer => observer.Warned(message));
    }

    private void Tell(Action<IRunObserver> what) => Array.ForEach(_observers, what);
}
