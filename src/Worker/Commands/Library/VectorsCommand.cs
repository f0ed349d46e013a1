using System.CommandLine;
using RlCore.Studies.Conformance;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore vectors</c>: compares the library with recorded numbers.</summary>
/// <param name="Folder">Folder of the files.</param>
/// <param name="PageFile">A file into which the page of departures is written; empty for none.</param>
internal sealed record VectorsCommand(string Folder, string PageFile) : OneShotCommand
{
    private const string Examples = """
        Example:
          rlcore vectors tests/Properties/vectors

        A line says: fields that agree of all fields, documented departures, worst relative error. The last line is
        "N passed, N failed", and the exit code is 1 if a file failed.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "Folder of .json files: inputs, and the numbers that another code base gave for them",
        };
        var write = new Option<string>("--write")
        {
            Description = "Also writes the page of documented departures",
            HelpName = "FILE",
            DefaultValueFactory = _ => "",
        };
        var command = new Command("vectors", "Compares the library with recorded numbers, a line a file") { folder, write };
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

        ConformanceReport report = ConformanceRunner.Run(Folder);
        if (PageFile.Length > 0)
        {
            File.WriteAllText(PageFile, ConformancePage.Text);
        }

        context.Output.WriteLine(report);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }
}
