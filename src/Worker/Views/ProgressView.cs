using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Worker.Commands;
using RlCore.Worker.Hosting;
using Spectre.Console;

namespace RlCore.Worker.Views;

/// <summary>Progress bars for a terminal: one per stage and one per evaluation.</summary>
/// <param name="outputs">Where results and problems are written.</param>
/// <param name="clock">The time.</param>
/// <param name="console">The terminal.</param>
internal sealed class ProgressView(Outputs outputs, TimeProvider clock, IAnsiConsole console) : RunView
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
    private ProgressContext? _context;
    private long _shown;

    /// <inheritdoc/>
    public override void Begin(Recipe recipe)
    {
        console.MarkupLineInterpolated($"[bold]{Wording.Describe(recipe)}[/]");
        foreach (string line in ConventionDefaults.Describe(recipe))
        {
            console.MarkupLineInterpolated($"[grey]{line}[/]");
        }
    }

    /// <inheritdoc/>
    public override void RunOpened(string folder, bool resumed) => Say(Color.Grey, Wording.RunFolder(folder, resumed));

    /// <inheritdoc/>
    public override TResult Watch<TResult>(Func<IRunObserver, TResult> body)
    {
        using IDisposable notices = outputs.NoticeBy(line => Say(Color.Yellow, line));
        return console.Progress().Columns(Columns.All()).Start(context =>
        {
            _context = context;
            return body(this);
        });
    }

    /// <inheritdoc/>
    public override void DatasetAdvanced(string file, long done, long total) =>
        Task(file, $"checking {Path.GetFileName(file)}", total)?.Value(done);

    /// <inheritdoc/>
    public override void DatasetNoted(string file, string note) => Say(Color.Grey, Wording.DatasetNote(file, note));

    /// <inheritdoc/>
    public override void ChatTemplateUsed(string template) => Say(Color.Grey, Wording.ChatTemplate(template));

    /// <inheritdoc/>
    public override void PairLabelled(string file, int done, int total) =>
        Task($"pairs {file}", $"labelling {Path.GetFileName(file)}: {done}/{total} pairs", total)?.Value(done);

    /// <inheritdoc/>
    public override void PromptLabelled(string file, int done, int total) =>
        Task($"prompts {file}", $"{Path.GetFileName(file)}: {done}/{total} prompts", total)?.Value(done);

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
    public override void Warned(string message) => Say(Color.Yellow, $"warning: {message}");

    private BarColumns Columns => new(console.Profile.Width);

    // The console moves the bars below the line, but writes over them without erasing them: spaces do.
    private void Say(Color color, string line)
    {
        int width = console.Profile.Width - 1;
        string text = string.Concat(StageHelp.Wrap(line, width).Select(part => part.PadRight(width) + Environment.NewLine));
        console.Write(new Text(text, new Style(color)));
    }

    private ProgressTask? Task(string name, string description, double total)
    {
        if (!_tasks.TryGetValue(name, out ProgressTask? task) && _context is { } context)
        {
            _tasks[name] = task = context.AddTask(Markup.Escape(description), maxValue: total);
        }

        if (task is not null)
        {
            task.Description = Markup.Escape(Wording.Fit(description, Columns.Room));
        }

        return task;
    }
}
