using RlCore.Trainers.Hub;
using Spectre.Console;

namespace RlCore.Worker.Views;

/// <summary>Progress bars for a terminal, one per file. They appear with the first byte: a model in the cache shows none.</summary>
/// <param name="console">The terminal.</param>
internal sealed class HubBarView(IAnsiConsole console) : HubView
{
    private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _bars;
    private ProgressContext? _context;

    /// <inheritdoc/>
    public override TResult Watch<TResult>(Func<IHubObserver, TResult> body)
    {
        try
        {
            return body(this);
        }
        finally
        {
            _finished.TrySetResult();
            _bars?.GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public override void FileAdvanced(string file, long done, long total)
    {
        _context ??= Begin();
        if (!_tasks.TryGetValue(file, out ProgressTask? task))
        {
            _tasks[file] = task = _context.AddTask(Markup.Escape(file), maxValue: Math.Max(1, total));
        }

        task.Value = total > 0 ? done : task.MaxValue;
    }

    /// <inheritdoc/>
    public override void Noted(string message) => console.MarkupLineInterpolated($"[yellow]warning: {message}[/]");

    private ProgressContext Begin()
    {
        var begun = new TaskCompletionSource<ProgressContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        _bars = console.Progress()
            .Columns(new BarColumns(console.Profile.Width).All(new DownloadedColumn()))
            .StartAsync(context =>
            {
                begun.SetResult(context);
                return _finished.Task;
            });
        return begun.Task.GetAwaiter().GetResult();
    }
}
