using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>The help of a command, followed by examples.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;

        // A subcommand replaces the arguments of its parent, which help would otherwise list as well.
        Argument[] replaced = [.. command.Parents.OfType<Command>()
            .SelectMany(parent => parent.Arguments)
            .Where(argument => !argument.Hidden)];
        Symbol[] rare = command.Options.Any(option => option.Name == StageHelp.All)
            ? [.. command.Options.Where(option => !option.Hidden && !StageHelp.IsCommon(option))]
            : [];
        Symbol[] hidden = [.. replaced, .. rare, .. rare.Length > 0 ? RareOf(command) : []];
        Hide(hidden, true);
        help.MaxWidth = Outputs.WidthOf(parseResult.InvocationConfiguration.Output);
        int exitCode = help.Invoke(parseResult);
        Hide(hidden, false);
        if (examples.TryGetValue(command, out string? text))
        {
            foreach (string line in HelpText.Wrap(text, help.MaxWidth))
            {
                parseResult.InvocationConfiguration.Output.WriteLine(line);
            }
        }

        return exitCode;
    }

    // Options of the program that every command has.
    private static IEnumerable<Symbol> RareOf(Command command) => command.Parents.OfType<Command>()
        .SelectMany(parent => parent.Parents.OfType<Command>().Prepend(parent))
        .SelectMany(parent => parent.Options)
        .Where(option => option.Recursive && !option.Hidden && !StageHelp.IsCommon(option));

    private static void Hide(Symbol[] symbols, bool hidden)
    {
        foreach (Symbol symbol in symbols)
        {
            symbol.Hidden = hidden;
        }
    }
}
