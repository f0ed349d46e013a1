using System.CommandLine;
using System.Globalization;

namespace RlCore.Worker.Commands;

/// <summary>What the commands' grammars share: options that all have, examples for help, and the way to run what was read.</summary>
/// <param name="run">Runs a command under the given configuration, and returns the exit code.</param>
internal sealed class Grammar(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
{
    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Seed of everything random, in place of the recipe's",
        HelpName = "N",
        Recursive = true,
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Leave out progress; print the result only", Recursive = true };
    private readonly Dictionary<Command, string> _examples = [];

    /// <summary>The options that choose the engine.</summary>
    public EngineFlags Engine { get; } = new();

    /// <summary>Options that every command has, before those of the engine.</summary>
    public IReadOnlyList<Option> Common => [_seed, _quiet];

    /// <summary>What help shows below the options of each command.</summary>
    public IReadOnlyDictionary<Command, string> Examples => _examples;

    /// <summary>Folder of a model.</summary>
    public static Option<string> Model() =>
        new("--model") { Description = "Folder of a run (its latest checkpoint) or of a checkpoint", HelpName = "DIR", Required = true };

    /// <summary>Most tokens of a completion.</summary>
    public static Option<int> MaxTokens() =>
        new("--max-tokens") { Description = "Most tokens of a completion; 0 for as many as the model's context leaves", HelpName = "N" };

    /// <summary>Completes a command.</summary>
    /// <param name="command">The command with its options.</param>
    /// <param name="examples">What help shows below its options.</param>
    /// <param name="read">Reads what was typed; null for a command of commands.</param>
    public Command Complete(Command command, string examples, Func<ParseResult, WorkerCommand>? read = null)
    {
        _examples[command] = examples;
        if (read is not null)
        {
            command.SetAction(parsed => run(read(parsed), Configuration(parsed)));
        }

        return command;
    }

    // Options that were not given say nothing, so that the environment and appsettings.json are heard.
    private Dictionary<string, string?> Configuration(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>();
        if (parsed.GetValue(_seed) is { } seed)
        {
            values[nameof(Trainers.Hosting.TrainingOptions.Seed)] = seed.ToString(CultureInfo.InvariantCulture);
        }

        Engine.Read(parsed, values);
        if (parsed.GetValue(_quiet))
        {
            values[nameof(WorkerOptions.Quiet)] = "true";
        }

        return values;
    }
}
