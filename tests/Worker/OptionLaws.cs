using System.Collections;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Reflection;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Commands;

namespace RlCore.Worker.Tests;

/// <summary>What the options of the command line become.</summary>
public class OptionLaws
{
    // Options whose property has another name, which says more inside the program than on the command line.
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.Ordinal)
    {
        ["generate --prompts"] = "PromptFile",
        ["generate --json"] = "AsJson",
        ["inspect --render"] = "Conversation",
        ["inspect --tokenize"] = "Text",
        ["inspect --generation-prompt"] = "AddGenerationPrompt",
        ["explain --write"] = "Folder",
        ["metrics --write"] = "PageFile",
        ["vectors --write"] = "PageFile",
        ["closed-form --write"] = "Folder",
        ["eval --output"] = "OutputFile",
        ["eval --svg"] = "SvgFile",
        ["eval --page"] = "PageFile",
        ["export --gguf"] = "File",
        ["memory --sequence"] = "SequenceLength",
        ["memory --micro-batch"] = "MicroBatchSize",
        ["memory --rollouts"] = "RolloutBatch",
        ["data convert --messages"] = "KeepsTurns",
        ["train --set"] = "Settings",
        [" --set"] = "Settings",
    };

    // Not settings: they print something instead, or are another way to write an option.
    private static readonly string[] Apart = ["--print-recipe", "--help-all", "--skip-bad", "--version", "--help"];

    private readonly RootCommand _root;
    private WorkerCommand? _command;
    private IReadOnlyDictionary<string, string?> _configuration = new Dictionary<string, string?>();

    public OptionLaws() => _root = CommandLine.Build((command, configuration) =>
    {
        (_command, _configuration) = (command, configuration);
        return Task.FromResult(0);
    });

    [Fact]
    public void Every_option_sets_what_it_is_named_after_and_nothing_else()
    {
        (string Path, Command Command)[] leaves = [.. Leaves(_root, "")];
        Assert.Contains(leaves, leaf => leaf.Path == "data check");
        string[] problems = [.. leaves.SelectMany(leaf => Problems(leaf.Path, leaf.Command))];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    private List<string> Problems(string path, Command command)
    {
        var problems = new List<string>();
        foreach (Option option in command.Options.Where(option => !option.Recursive && !Apart.Contains(option.Name)))
        {
            string given = Value(option, isOther: true);
            var changed = Changes(Parse(command, path, null), Parse(command, path, option));
            string wanted = Renamed.GetValueOrDefault($"{path} {option.Name}", option.Name.Replace("-", "", StringComparison.Ordinal));
            if (changed.Count != 1
                || !changed[0].Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)
                || !changed[0].Value.Equals(given, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"{path} {option.Name} {given} sets {string.Join(", ", changed)}");
            }
        }

        return problems;
    }

    [Fact]
    public void Every_option_that_all_commands_have_sets_its_key_of_the_configuration_and_nothing_else()
    {
        Option[] shared = [.. _root.Options.Where(option => option.Recursive && !Apart.Contains(option.Name))];
        Assert.Contains(shared, option => option.Name == "--seed");
        Assert.Equal(
            shared.Select(option => $"{option.Name[2..].Replace("-", "", StringComparison.Ordinal)}={Value(option, isOther: true)}"),
            shared.Select(option =>
            {
                _root.Parse(["metrics", .. Arguments(option, isOther: true)]).Invoke();
                return string.Join(", ", _configuration.Select(pair => $"{pair.Key}={pair.Value}"));
            }),
            StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path)
    {
        IEnumerable<(string, Command)> below = command.Subcommands.SelectMany(
            child => Leaves(child, path.Length == 0 ? child.Name : $"{path} {child.Name}"));
        return command.Action is null ? below : below.Prepend((path, command));
    }

    private Dictionary<string, string> Parse(Command command, string path, Option? changed)
    {
        string[] arguments =
        [
            .. path.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            .. command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(_ => "argument.json"),
            .. command.Options.Where(option => option.Required && option != changed)
                .SelectMany(option => Arguments(option, isOther: false)),
            .. changed is null ? [] : Arguments(changed, isOther: true),
        ];
        ParseResult parsed = _root.Parse(arguments);
        string errors = string.Join(' ', parsed.Errors.Select(error => error.Message));
        Assert.True(errors.Length == 0, $"{string.Join(' ', arguments)}: {errors}");
        parsed.Invoke();
        var found = new Dictionary<string, string>();
        Flatten(_command, "", found);
        return found;
    }

    private static string[] Arguments(Option option, bool isOther) =>
        option.ValueType == typeof(bool) ? [option.Name] : [option.Name, Value(option, isOther)];

    private static string Value(Option option, bool isOther)
    {
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        string[] among = [.. option.GetCompletions(CompletionContext.Empty).Select(completion => completion.Label)];
        return type == typeof(bool) ? "True"
            : among.Length > 0 ? among[isOther ? ^1 : 0]
            : type == typeof(int) || type == typeof(ulong) ? isOther ? "37" : "36"
            : type == typeof(double) ? isOther ? "0.375" : "0.25"
            : isOther ? "other" : "one";
    }

    private static void Flatten(object? value, string name, Dictionary<string, string> found)
    {
        switch (value)
        {
            case null or string or Enum or IFormattable or bool:
                found[name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                break;
            case KeyValuePair<StageFlag, string> flag:
                found[$"{name}/{flag.Key.Name.Replace("-", "", StringComparison.Ordinal)}"] = flag.Value;
                break;
            case IEnumerable<string> texts:
                found[name] = string.Join(' ', texts);
                break;
            case IEnumerable several:
                foreach (object? one in several)
                {
                    Flatten(one, name, found);
                }

                break;
            default:
                Assert.StartsWith("RlCore.", value.GetType().FullName, StringComparison.Ordinal);
                Assert.True(name.Length < 200, $"{name} has no end.");
                foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    Flatten(property.GetValue(value), $"{name}/{property.Name}", found);
                }

                break;
        }
    }

    private static List<(string Name, string Value)> Changes(Dictionary<string, string> before, Dictionary<string, string> after) =>
    [
        .. before.Keys.Union(after.Keys)
            .Where(key => before.GetValueOrDefault(key, "") != after.GetValueOrDefault(key, ""))
            .Select(key => (key[(key.LastIndexOf('/') + 1)..], after.GetValueOrDefault(key, ""))),
    ];
}
