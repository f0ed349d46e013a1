using System.CommandLine;
using RlCore.Studies.Conformance;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore vectors</c>: compares the library with recorded results.</summary>
/// <param name="Folder">Folder of the files.</param>
/// <param name="PageFile">File for the page of differences; empty for none.</param>
internal sealed record VectorsCommand(string Folder, string PageFile) : OneShotCommand
{
    private const string Examples = """
        Example:
          rlcore vectors tests/Properties/vectors

        Each line has the number of matching fields out of all fields, documented departures, and the worst relative error; then the loosest
        tolerance, if it is more than a relative 1e-9 or an absolute 1e-12. A departure is a field that has the other code base's number by
        its own documented formula. The last line is "N passed, N failed", and the exit code is 1 if a file failed.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Folder of .json files with inputs and the results of another code base",
        };
        Option<string> write = Grammar.Text("--write", "FILE", "Also write the page of documented departures");
        var command = new Command("vectors", "Compares the library with recorded results, one line per file") { folder, write };
        return grammar.Complete(
            command,
            Examples,
            parsed => new VectorsCommand(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(write)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        if (!Directory.Exists(Folder) || !Directory.EnumerateFiles(Folder, "*.json").Any())
        {
            throw new InputException([new InputProblem("DIR", 0, "", Folder, "a folder with .json files of vectors")]);
        }

        if (PageFile.Length > 0)
        {
            OutputFiles.Write("--write", PageFile, file => File.WriteAllText(file, ConformancePage.Text));
        }

        ConformanceReport report = ConformanceRunner.Run(Folder);

        context.Output.WriteLine(report);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }
}
