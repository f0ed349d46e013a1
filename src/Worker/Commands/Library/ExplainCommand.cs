using System.CommandLine;
using RlCore.Studies.Formulas;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore explain</c>: prints a loss.</summary>
/// <param name="Name">Its name; empty for the list of names.</param>
/// <param name="Folder">Folder for all pages; empty for none.</param>
internal sealed record ExplainCommand(string Name, string Folder) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore explain
          rlcore explain ppo-clip
          rlcore explain --write docs/formulas

        Formula and gradient come from the training code itself, run on symbols.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var name = new Argument<string>("LOSS")
        {
            Description = "Name of a loss or an estimator; without it, all are listed",
            DefaultValueFactory = _ => "",
        };
        Option<string> write = Grammar.Text("--write", "DIR", "Write every page and an index to a folder");
        var command = new Command(
            "explain",
            "Prints a loss: formula, gradient, source, and conventions of other libraries") { name, write };
        return grammar.Complete(
            command,
            Examples,
            parsed => new ExplainCommand(parsed.GetRequiredValue(name), parsed.GetRequiredValue(write)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        if (Folder.Length > 0)
        {
            int pages = 0;
            OutputFiles.WriteFolder("--write", Folder, full => pages = FormulaPages.Write(full));
            context.Output.WriteLine($"{pages} pages written to {Folder}");
        }

        if (Name.Length > 0)
        {
            context.Outputs.WritePage(FormulaPages.Console(FormulaCatalogue.Find(Name)));
        }
        else if (Folder.Length == 0)
        {
            context.Outputs.WritePage(FormulaPages.List());
        }

        return ExitCodes.Done;
    }
}
