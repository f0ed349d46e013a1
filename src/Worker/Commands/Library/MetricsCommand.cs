using System.CommandLine;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Metrics;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore metrics</c>: prints the columns of metrics.csv.</summary>
/// <param name="PageFile">File for the page of all columns; empty for none.</param>
internal sealed record MetricsCommand(string PageFile) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore metrics
          rlcore metrics --write docs/metrics.md
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> write = Grammar.Text("--write", "FILE.md", "Write a Markdown page instead");
        var command = new Command("metrics", "Describes the columns of a run's metrics.csv, one per line") { write };
        return grammar.Complete(command, Examples, parsed => new MetricsCommand(parsed.GetRequiredValue(write)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        if (PageFile.Length > 0)
        {
            OutputFiles.Write("--write", PageFile, file => File.WriteAllText(file, MetricPages.Markdown()));
            context.Output.WriteLine($"{MetricPages.All.Count} metrics written to {PageFile}");
        }
        else
        {
            context.Outputs.WritePage(MetricPages.List());
        }

        return ExitCodes.Done;
    }
}
