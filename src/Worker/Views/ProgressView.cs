using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Worker.Hosting;
using Spectre.Console;

namespace RlCore.Worker.Views;

/// <summary>Progress bars for a terminal: one per stage and one per evaluation.</summary>
internal sealed class ProgressView(Outputs outputs, TimeProvider clock) : RunView
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(outputs.Output) });
    private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
    private ProgressContext? _context;
    private long _shown;

    /// <inheritdoc/>
    public override void Begin(Recipe recipe)
    {
        _console.MarkupLineInterpolated($"[bold]{Wording.Describe(recipe)}[/]");
        foreach (string line in ConventionDefaults.Describe(recipe))
        {
            _console.MarkupLineInterpolated($"[grey]{line}[/]");
        }
    }

    /// <inheritdoc/>
    public override void RunOpened(string folder, bool resumed) =>
        _console.MarkupLineInterpolated($"[grey]{Wording.RunFolder(folder, resumed)}[/]");

    /// <inheritdoc/>
    public override TResult Watch<TResult>(Func<IRunObserver, TResult> body) => _console.Progress()
        .Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn { Width = 20 },
            new PercentageColumn(),
            new RemainingTimeColumn())
        .Start(context =>
        {
            _context = context;
            return body(this);
        });

    /// <inheritdoc/>
    public override void DatasetAdvanced(string file, long done, long total) =>
        Task(file, $"checking {Path.GetFileName(file)}", total)?.Value(done);

    /// <inheritdoc/>
    public override void DatasetNoted(string file, string note) =>
        _console.MarkupLineInterpolated($"[grey]{Wording.DatasetNote(file, note)}[/]");

    /// <inheritdoc/>
    public override void ChatTemplateUsed(string template) => _console.MarkupLineInterpolated($"[grey]{Wording.ChatTemplate(template)}[/]");

    /// <inheritdoc/>
    public override void PairLabelled(string file, int done, int total) =>
        Task($"pairs {file}", $"labelling {Path.GetFileName(file)}: {done}/{total} pairs", total)?.Value(done);

    /// <inheritdoc/>
    public override void TokenLearned(int done, int total)
    {
        if (done == total || clock.GetElapsedTime(_shown) >= Pause)
        {
            _shown = clock.GetTimestamp();
            Task("tokens", $"learning tokens: {done}/{total}", total)?.Value(done);
        }
    }

    /// <inheritdoc/>
    public override void ReferenceScored(string stage, int done, int total) =>
        Task($"reference {stage}", $"{stage}: reference of {done}/{total} sequences", total)?.Value(done);

    /// <inheritdoc/>
    public override void StageStarted(StageSettings stage, int index, int firstStep) =>
        Task(stage.Name, stage.Name, stage.Steps)?.Value(firstStep);

    /// <inheritdoc/>
    public override void StepFinished(StepMetrics metrics)
    {
        bool last = metrics.Step == metrics.TotalSteps;
        if (last || clock.GetElapsedTime(_shown) >= Pause)
        {
            _shown = clock.GetTimestamp();
            Task(
                metrics.Stage,
                $"{metrics.Stage} {metrics.Step}/{metrics.TotalSteps}  {Wording.Describe(metrics)}",
                metrics.TotalSteps)?.Value(metrics.Step);
        }
    }

    /// <inheritdoc/>
    public override void EvaluationAdvanced(string label, int done, int total) =>
        Task($"accuracy {label}", $"accuracy {label}", total)?.Value(done);

    /// <inheritdoc/>
    public override void Evaluated(EvaluationResult result)
    {
        if (Task($"accuracy {result.Label}", Wording.Describe(result), 1) is { } task)
        {
            task.Value = task.MaxValue;
        }
    }

    /// <inheritdoc/>
    public override void CheckpointWritten(string folder)
    {
    }

    /// <inheritdoc/>
    public override void ModelExported(string file, long done, long total) =>
        Task(file, $"writing {Path.GetFileName(file)}", total)?.Value(done);

    /// <inheritdoc/>
    public override void Warned(string message) => _console.MarkupLineInterpolated($"[yellow]warning: {message}[/]");

    private ProgressTask? Task(string name, string description, double total)
    {
        if (!_tasks.TryGetValue(name, out ProgressTask? task) && _context is { } context)
        {
            _tasks[name] = task = context.AddTask(name, maxValue: total);
        }

        if (task is not null)
        {
            task.Description = Markup.Escape(description);
        }

        return task;
    }
}
