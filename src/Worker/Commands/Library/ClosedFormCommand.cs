using System.CommandLine;
using RlCore.Studies.ClosedForm;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore closed-form</c>: trains on a language whose optimum is known.</summary>
/// <param name="Folder">Folder for the page and its plots; empty for none.</param>
internal sealed record ClosedFormCommand(string Folder) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore closed-form
          rlcore closed-form --engine torch
          rlcore closed-form --write docs

        These are the trainers that train language models; the policy is a table. The exit code is 1 if a trainer that must
        reach the optimum does not.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> write = Grammar.Text("--write", "DIR", "Also write closed-form.md and its plots to a folder");
        var command = new Command("closed-form", "Trains on a language whose optimal policy is known, and compares") { write };
        return grammar.Complete(command, Examples, parsed => new ClosedFormCommand(parsed.GetRequiredValue(write)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        if (Folder.Length > 0)
        {
            OutputFiles.RequireFolder("--write", Folder);
        }

        ClosedFormReport report = context.Engine.Run(new ClosedFormWork(one => context.Output.WriteLine(ClosedFormReport.Line(one)), stop));
        if (Folder.Length > 0)
        {
            OutputFiles.WriteFolder("--write", Folder, report.Write);
        }

        context.Output.WriteLine(report.Summary);
        return report.Succeeded ? ExitCodes.Done : ExitCodes.Failed;
    }
}
