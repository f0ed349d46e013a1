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
        WriteAligned(context.Output, Conventions.Table(Conventions.All));
        context.Output.WriteLine("""

            To use one, a recipe has "convention": "paper", "trl", "verl" or "openrlhf".
            Settings in the recipe take precedence; the run prints what was set.
            """);
        return ExitCodes.Done;
    }

    // The table without its bars, which are for Markdown.
    private static void WriteAligned(TextWriter output, string table)
    {
        string[][] rows =
        [
            .. table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(row => !row.StartsWith("|---", StringComparison.Ordinal))
                .Select(row => row.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray()),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
