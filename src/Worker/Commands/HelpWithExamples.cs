using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

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
        Hide(replaced, true);
        int exitCode = help.Invoke(parseResult);
        Hide(replaced, false);
        if (examples.TryGetValue(command, out string? text))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(text);
        }

        return exitCode;
    }

    private static void Hide(Argument[] arguments, bool hidden)
    {
        foreach (Argument argument in arguments)
        {
            argument.Hidden = hidden;
        }
    }
}
