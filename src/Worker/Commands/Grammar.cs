using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Commands;

/// <summary>Shared parts of the commands' grammars: common options, examples for help, and running a command.</summary>
/// <param name="run">Runs a command under the given configuration, and returns the exit code.</param>
internal sealed class Grammar(Func<WorkerCommand, IReadOnlyDictionary<string, string?>, Task<int>> run)
{
    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Random seed; overrides the recipe's",
        HelpName = "N",
        Recursive = true,
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print only the result, without progress", Recursive = true };
    private readonly Dictionary<Command, string> _examples = [];

    /// <summary>The options that choose the engine.</summary>
    public EngineFlags Engine { get; } = new();

    /// <summary>Options that every command has, listed before those of the engine.</summary>
    public IReadOnlyList<Option> Common => [_seed, _quiet];

    /// <summary>The text below the options in the help of each command.</summary>
    public IReadOnlyDictionary<Command, string> Examples => _examples;

    /// <summary>Folder of a model.</summary>
    public static Option<string> Model() =>
        new("--model")
        {
            Description = "A run (its latest checkpoint), a checkpoint, a folder in Hugging Face's layout, or a name on a hub",
            HelpName = "DIR|org/name",
            Required = true,
        };

    /// <summary>An option that is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">What the text is, in help.</param>
    /// <param name="description">Its description.</param>
    /// <param name="absent">The text where it is not given.</param>
    public static Option<string> Text(string name, string helpName, string description, string absent = "") =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => absent };

    /// <summary>The port of a server.</summary>
    /// <param name="usual">The port where none is given.</param>
    public static Option<int?> Port(int usual) => new("--port")
    {
        Description = $"Port to listen on; 0 for any free one [default: {usual}, or any if it is taken]",
        HelpName = "N",
    };

    /// <summary>Maximum tokens per completion.</summary>
    public static Option<int> MaxTokens() =>
        new("--max-tokens") { Description = "Maximum tokens per completion; 0 for as many as the model's context allows", HelpName = "N" };

    /// <summary>Whether prompts are wrapped in the model's chat template.</summary>
    public static Option<ChatUse> Chat() => new("--chat")
    {
        Description = "Whether prompts are wrapped in the model's chat template; auto does where it has one",
        HelpName = "auto|on|off",
    };

    /// <summary>Completes a command.</summary>
    /// <param name="command">The command with its options.</param>
    /// <param name="examples">The text below the options in its help.</param>
    /// <param name="read">Reads the parsed options; null for a command with subcommands.</param>
    public Command Complete(Command command, string examples, Func<ParseResult, WorkerCommand>? read = null)
    {
        _examples[command] = examples;
        if (read is not null)
        {
            command.SetAction(parsed => run(read(parsed), Configuration(parsed)));
        }

        return command;
    }

    // Options that were not given are not set, so that the environment and appsettings.json apply.
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
