using System.CommandLine;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore train STAGE</c>: runs one stage, whose settings are options.</summary>
/// <param name="Stage">Its type.</param>
/// <param name="Given">The options with their values.</param>
/// <param name="Output">The run's folder; empty for one under the configured folder.</param>
/// <param name="Resume">Whether to resume the latest run.</param>
internal sealed record TrainStageCommand(string Stage, IReadOnlyList<KeyValuePair<StageFlag, string>> Given, string Output, bool Resume)
    : TrainingCommand(Output, Resume)
{
    private const string BadRows = "--on-bad-row";

    /// <summary>The grammar of each stage's command.</summary>
    /// <param name="grammar">Shared parts of the grammar.</param>
    /// <param name="output">The option of the run's folder.</param>
    /// <param name="resume">The option to resume.</param>
    /// <param name="skipDamaged">The option to set damaged checkpoints aside.</param>
    /// <param name="shard">The option to share the optimizer's state.</param>
    /// <param name="watch">The option to show the run in a browser.</param>
    public static IEnumerable<Command> BuildAll(
        Grammar grammar, Option<string> output, Option<bool> resume, Option<bool> skipDamaged, Option<bool> shard, Option<bool> watch)
    {
        var print = new Option<bool>("--print-recipe")
        {
            Description = "Print the recipe for these options instead of training",
        };
        var skip = new Option<bool>("--skip-bad")
        {
            Description = $"Leave out rows that cannot be used, counted and reported, as {BadRows} skip does",
        };
        Option[] own = [output, resume, skipDamaged, shard, watch, print, skip];
        string[] taken =
        [
            .. grammar.Common.Concat(grammar.Engine.All).Concat(own).SelectMany(option => option.Aliases.Append(option.Name)),
            "--help",
            StageHelp.All,
            "--version",
        ];
        foreach (var (name, description) in StageRecipe.Stages)
        {
            (StageFlag Flag, Option<string> Option)[] options = [.. StageRecipe.Flags(name, taken)
                .Select(flag => (flag, FlagOptions.Of(flag)))];
            var command = new Command(name, description);
            foreach (Option option in options.Select(pair => (Option)pair.Option).Concat(own).Append(StageHelp.Option(options)))
            {
                command.Options.Add(option);
            }

            var (badRows, badRowsOption) = options.First(pair => pair.Flag.Name == BadRows);
            command.Validators.Add(result =>
            {
                if (result.GetValue(skip) && result.GetResult(badRowsOption) is { Implicit: false })
                {
                    result.AddError($"--skip-bad means {BadRows} skip: give one of them.");
                }
            });
            yield return grammar.Complete(command, Examples(name, options.Select(pair => pair.Flag.Name)), parsed =>
            {
                IReadOnlyList<KeyValuePair<StageFlag, string>> given =
                [
                    .. FlagOptions.Given(options, parsed),
                    .. parsed.GetValue(skip) ? [KeyValuePair.Create(badRows, "skip")] : Array.Empty<KeyValuePair<StageFlag, string>>(),
                ];
                return parsed.GetValue(print)
                    ? new PrintRecipeCommand(name, given)
                    : new TrainStageCommand(name, given, parsed.GetRequiredValue(output), parsed.GetValue(resume))
                    {
                        SkipDamaged = parsed.GetValue(skipDamaged),
                        ShardOptimizer = parsed.GetValue(shard),
                        Watch = parsed.GetValue(watch),
                    };
            });
        }
    }

    /// <inheritdoc/>
    public override Recipe Read(TrainingOptions options) => StageRecipe.Build(Stage, Given, [.. TrainCommand.Seed(options)]);

    /// <inheritdoc/>
    public override string Typed(TrainingOptions options) => string.Concat(
    [
        Stage,
        .. Given.Select(option => $" {option.Key.Name} {ShellText.Quote(option.Value)}"),
        .. options.Seed is { } seed ? [$" --seed {seed}"] : Array.Empty<string>(),
    ]);

    private static string Examples(string stage, IEnumerable<string> flags)
    {
        string length = flags.Contains("--max-completion-tokens") ? " --max-completion-tokens 4" : "";
        string start = $"--data {ExampleData(stage)} --model runs/quickstart";
        const string Evaluation = "--eval-data data/arithmetic/eval.csv --eval-max-completion-tokens 4";
        return $"""
            Example:
              rlcore train {stage} {start} \
                --steps 50 --learning-rate 3e-4{length} \
                {Evaluation}

            Add --print-recipe to print these options as a JSON recipe, which
            rlcore train RECIPE.json runs in the same way.
            rlcore train {stage} --help-all lists all options.
            """;
    }

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

/// <summary><c>rlcore train STAGE --print-recipe</c>: prints the recipe for the options.</summary>
/// <param name="Stage">The stage's type.</param>
/// <param name="Given">The options with their values.</param>
internal sealed record PrintRecipeCommand(string Stage, IReadOnlyList<KeyValuePair<StageFlag, string>> Given) : OneShotCommand
{
    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        context.Output.Write(RecipeWriter.Print(StageRecipe.Build(Stage, Given, [.. TrainCommand.Seed(context.Options.Training)])));
        return ExitCodes.Done;
    }
}
