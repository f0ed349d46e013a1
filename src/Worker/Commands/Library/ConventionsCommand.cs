using System.CommandLine;
using RlCore.Algebra;
using RlCore.Trainers.Hosting;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore conventions</c>: prints where the papers and the implementations differ.</summary>
internal sealed record ConventionsCommand : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore conventions
          rlcore train recipe.json --set convention=verl
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var command = new Command("conventions", "Shows the constants in which papers, TRL, verl and OpenRLHF differ");
        return grammar.Complete(command, Examples, _ => new ConventionsCommand());
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        context.Output.Write(Conventions.Table(Conventions.All));
        context.Output.WriteLine(
            "\nA recipe follows one with \"convention\": \"paper\", \"trl\", \"verl\" or \"openrlhf\"; its own settings go before.");
        return ExitCodes.Done;
    }
}
