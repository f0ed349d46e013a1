using System.CommandLine;
using System.Text;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Runs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore report</c>: writes the page of a run as one file, and its curves as SVG files.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Compare">Folders of runs to lay over it.</param>
/// <param name="Output">The file of the page; empty for none.</param>
/// <param name="Svg">The folder of the SVG files; empty for none.</param>
/// <param name="Smoothing">Weight of the exponential mean in the SVG files.</param>
internal sealed record ReportCommand(string Folder, IReadOnlyList<string> Compare, string Output, string Svg, double Smoothing)
    : OneShotCommand
{
    private const int PlotPoints = 1200;
    private const double MostSmoothing = 0.999;

    private const string Examples = """
        Examples:
          rlcore report runs/quickstart --out quickstart.html
          rlcore report runs/quickstart --compare runs/quickstart-2 runs/quickstart-3 --out seeds.html
          rlcore report runs/quickstart --svg plots --smoothing 0.9

        The page is the one of rlcore watch, with the curves, samples of 40 steps, evaluations, warnings and recipes of the runs in one
        file that needs no server and no network. --svg writes a plot of each metric, one file each, for papers.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var run = new Argument<string>("RUN") { Description = "The run's folder" };
        var compare = new Option<string[]>("--compare")
        {
            Description = "More runs, to lay over it and to compare recipes with",
            HelpName = "RUN",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var page = new Option<string>("--output", "--out")
        {
            Description = "The page to write",
            HelpName = "FILE.html",
            DefaultValueFactory = _ => "",
        };
        Option<string> plots = Grammar.Text("--svg", "DIR", "Write a plot of each metric as DIR/NAME.svg");
        var smoothing = new Option<double>("--smoothing")
        {
            Description = "Weight of the exponential mean that plots show over the values, from 0 (none) to 0.999",
            HelpName = "W",
        };
        var command = new Command("report", "Writes runs as one page to send to someone, or as SVG plots for papers")
        {
            run, compare, page, plots, smoothing,
        };
        return grammar.Complete(command, Examples, parsed => new ReportCommand(
            parsed.GetRequiredValue(run), parsed.GetRequiredValue(compare), parsed.GetRequiredValue(page), parsed.GetRequiredValue(plots),
            parsed.GetValue(smoothing)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(
            ("--out", "nothing", Output.Length > 0 || Svg.Length > 0, "a file for the page, or --svg with a folder for plots"),
            ("--smoothing", Smoothing, Smoothing is >= 0 and <= MostSmoothing, $"a number from 0 to {MostSmoothing}"));
        string[] folders = [.. Compare.Prepend(Folder).Select(Open)];
        WatchedRun[] runs =
        [
            .. folders.Zip(FolderNames.Of(folders)).Select((run, index) => new WatchedRun($"run{index}", run.Second, run.First)),
        ];
        if (Output.Length > 0)
        {
            OutputFiles.Write("--out", Output, file => WriteText(file, ReportPage.Write(runs)));
            context.Output.WriteLine($"page of {Views.Wording.Count(runs.Length, "run")} written to {Output}");
        }

        if (Svg.Length > 0)
        {
            int count = 0;
            OutputFiles.WriteFolder("--svg", Svg, folder => count = WritePlots(runs, folder, stop));
            context.Output.WriteLine($"{Views.Wording.Count(count, "plot")} written to {Svg}");
        }

        return ExitCodes.Done;
    }

    private int WritePlots(WatchedRun[] runs, string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        string[] metrics = [.. runs.SelectMany(run => run.Read(reading => reading.Metrics.Filled.ToArray())).Distinct()];
        foreach (string metric in metrics)
        {
            stop.ThrowIfCancellationRequested();
            PlotCurve[] curves = [.. runs.Select(run => new PlotCurve(run.Name, run.Read(reading => PointsOf(reading, metric))))
                .Where(curve => curve.Points.X.Count > 0)];
            MetricEntry? entry = MetricPages.All.FirstOrDefault(known => known.Name == metric);
            string file = string.Concat(metric.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' ? letter : '-'));
            var plot = new SvgPlot(metric, PlotAxis.Steps, new PlotAxis(entry?.Unit ?? ""), curves, Smoothing);
            WriteText(Path.Combine(folder, $"{file}.svg"), plot.Write());
        }

        return metrics.Length;
    }

    private static SeriesPoints PointsOf(RunReading reading, string metric)
    {
        MetricColumns table = reading.Metrics;
        return table.TryGet(metric, out ReadOnlySpan<double> values)
            ? SeriesPoints.Choose(table.Steps, values, table.Stages, Range.All, PlotPoints)
            : new SeriesPoints(0);
    }

    private static void WriteText(string file, string text) =>
        DurableFiles.WriteFile(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Open(string folder)
    {
        string full = Path.GetFullPath(folder);
        return RunReading.IsRun(full)
            ? full
            : throw new InputException(new InputProblem(
                folder,
                0,
                "",
                Directory.Exists(full) ? "a folder without run.json or metrics.csv" : "no such folder",
                "the folder of a run"));
    }
}
