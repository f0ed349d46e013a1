using Spectre.Console;
using Spectre.Console.Rendering;

namespace RlCore.Worker.Views;

/// <summary>The columns of progress bars: each task has one line, at any width of the terminal.</summary>
/// <param name="width">Columns of the terminal.</param>
internal sealed class BarColumns(int width)
{
    // "59 min 59 s left".
    private const int TimeWidth = 16;
    private const int PercentageWidth = 4;

    // Between columns, and for the ^C that a terminal writes after the last line.
    private const int Gaps = 7;

    // Without room for a bar, the percentage says the same.
    private int BarWidth => width >= 100 ? 20 : width >= 80 ? 10 : 0;

    /// <summary>What is left for the description of a task.</summary>
    public int Room => Math.Max(1, width - BarWidth - PercentageWidth - TimeWidth - Gaps);

    /// <summary>The columns.</summary>
    /// <param name="more">A column before the time that is left; it takes its room from the description.</param>
    public ProgressColumn[] All(params ProgressColumn[] more) =>
    [
        new TaskDescriptionColumn { Alignment = Justify.Left },
        .. BarWidth > 0 ? [new ProgressBarColumn { Width = BarWidth }] : Array.Empty<ProgressColumn>(),
        new PercentageColumn(),
        .. more,
        new TimeLeftColumn(),
    ];

    /// <summary>The time that is left, in the words of the lines for logs.</summary>
    private sealed class TimeLeftColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(
            task.IsFinished || task.RemainingTime is not { } left ? "" : $"{Wording.Time(left)} left", new Style(Color.Blue));

        public override int? GetColumnWidth(RenderOptions options) => TimeWidth;
    }
}
