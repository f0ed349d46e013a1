using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RlCore.Worker.Commands;

/// <summary>The help of a command, and examples after it.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out string? text))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(text);
        }

        return exitCode;
    }
}
