using System.CommandLine;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore tokenizer</c>: commands for tokenizers.</summary>
internal static class TokenizerCommands
{
    private const string Examples = """
        Example:
          rlcore tokenizer train --data train.csv --size 4096 --output tokenizers/own
        """;

    /// <summary>The command with its subcommands.</summary>
    public static Command Build(Grammar grammar)
    {
        var command = new Command("tokenizer", "Makes tokenizers") { TrainTokenizerCommand.Build(grammar) };
        return grammar.Complete(command, Examples);
    }
}
