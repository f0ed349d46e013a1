using System.CommandLine;
using RlCore.Trainers.Recipes;

namespace RlCore.Worker.Commands;

/// <summary>The train command: a recipe's file, or a stage with its settings as options.</summary>
internal sealed class TrainCommandLine(Dictionary<Command, string> examples, Func<WorkerCommand, ParseResult, Task<int>> run)
{
    private const int WidestValues = 24;

    private readonly Option<string> _output = new("--output", "--out") { Description = "Folder of the run; runs/NAME, or NAME-2 and so on, unless given", HelpName = "DIR", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the run's latest checkpoint" };
    private readonly Option<bool> _print = new("--print-recipe") { Description = "Print the recipe that these options make, for a file of your own, and train nothing" };

    /// <summary>The command.</summary>
    /// <param name="common">Options that every command has, whose names mean nothing else.</param>
    public Command Build(IEnumerable<Option> common)
    {
        var recipe = new Argument<string>("RECIPE.json") { Description = "The recipe: model, stages in order, evaluation" };
        var set = new Option<string[]>("--set") { Description = "A setting in place of the recipe's; may be repeated", HelpName = "key=value", DefaultValueFactory = _ => [] };
        var command = new Command("train", "Runs a recipe, or one stage with its settings as options") { recipe, set, _output, _resume };
        examples[command] = """
            Examples:
              rlcore train my.json --set stages.grpo.optimizer.learningRate=3e-4
              rlcore train my.json --set stages.grpo.algorithm.groupSize=16 --output runs/wide
              rlcore train recipes/quickstart.json --set stages.grpo.shuffleRewards=true
                (a control: rewards that say nothing; what still improves is not reinforcement learning)
              rlcore train grpo --data data/arithmetic/prompts.csv --start-from runs/quickstart --steps 50 --max-completion-tokens 4
              rlcore train grpo --help
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.Train(parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(set), parsed.GetRequiredValue(_output), parsed.GetValue(_resume)),
            parsed));
        string[] taken = [.. common.Concat([_output, _resume, _print]).SelectMany(option => option.Aliases.Append(option.Name)), "--help", "--version"];
        foreach (var (name, description) in StageRecipe.Stages)
        {
            command.Subcommands.Add(Stage(name, description, StageRecipe.Flags(name, taken)));
        }

        return command;
    }

    private Command Stage(string name, string description, IReadOnlyList<StageFlag> flags)
    {
        var command = new Command(name, description);
        (StageFlag Flag, Option<string> Option)[] options = [.. flags.Select(flag => (flag, ToOption(flag)))];
        foreach (Option option in options.Select(pair => (Option)pair.Option).Concat([_output, _resume, _print]))
        {
            command.Options.Add(option);
        }

        string length = flags.Any(flag => flag.Name == "--max-completion-tokens") ? " --max-completion-tokens 4" : "";
        examples[command] = $"""
            Example:
              rlcore train {name} --data {ExampleData(name)} --start-from runs/quickstart --steps 50 --learning-rate 3e-4{length} --eval-data data/arithmetic/eval.csv --eval-max-completion-tokens 4

            Add --print-recipe for the JSON recipe of these options, which rlcore train RECIPE.json runs alike.
            """;
        command.SetAction(parsed => run(
            new WorkerCommand.TrainStage(
                name,
                Given(options, parsed),
                parsed.GetRequiredValue(_output),
                parsed.GetValue(_resume),
                parsed.GetValue(_print)),
            parsed));
        return command;
    }

    /// <summary>The option of a setting.</summary>
    internal static Option<string> ToOption(StageFlag flag) => new(flag.Name)
    {
        Description = Describe(flag),
        HelpName = IsLong(flag) ? "NAME" : flag.Values,
        Required = flag.IsRequired,
        Arity = flag.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    // A list of many values goes into the description, so that the column of options stays narrow.
    private static bool IsLong(StageFlag flag) => flag.Values.Length > WidestValues;

    private static string Describe(StageFlag flag) =>
        $"{flag.Description}{(IsLong(flag) ? $" One of {flag.Values.Replace("|", ", ", StringComparison.Ordinal)}." : "")}{(flag.Default.Length > 0 ? $" [default: {flag.Default}]" : "")}";

    /// <summary>What was given for which option.</summary>
    internal static IReadOnlyList<KeyValuePair<StageFlag, string>> Given((StageFlag Flag, Option<string> Option)[] options, ParseResult parsed) =>
        [.. options.Where(pair => parsed.GetResult(pair.Option) is { Implicit: false }).Select(pair => KeyValuePair.Create(pair.Flag, parsed.GetValue(pair.Option) ?? "true"))];

    private static string ExampleData(string stage) => stage switch
    {
        "sft" => "data/arithmetic/sft.csv",
        "dpo" or "reward" => "data/arithmetic/preferences.csv",
        "kto" => "data/manners/unpaired.csv",
        "rejectoffline" => "data/manners/scored.csv",
        "distill" or "gkd" => "data/arithmetic/prompts.csv --teacher runs/quickstart",
        _ => "data/arithmetic/prompts.csv",
    };
}
