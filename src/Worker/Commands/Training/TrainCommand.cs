using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore train RECIPE.json</c>: runs a recipe.</summary>
/// <param name="File">The recipe's file; empty for the configured one.</param>
/// <param name="Settings">Settings as <c>key=value</c>.</param>
/// <param name="Output">The run's folder; empty for one under the configured folder.</param>
/// <param name="Resume">Whether to resume the latest run.</param>
internal sealed record TrainCommand(
    string File,
    IReadOnlyList<string> Settings,
    string Output,
    bool Resume) : TrainingCommand(Output, Resume)
{
    private const string EventsOption = "--tensorboard";
    private const string TokensOption = "--keep-tokens";

    private const string Examples = """
        Examples:
          rlcore train my.json --set stages.grpo.optimizer.learningRate=3e-4
          rlcore train my.json --set stages.grpo.algorithm.groupSize=16 --output runs/wide
          rlcore train recipes/quickstart.json --set stages.grpo.shuffleRewards=true
            (a control with random rewards: any improvement is not due to reinforcement learning)
          rlcore train grpo --data data/arithmetic/prompts.csv --model runs/quickstart --steps 50 --max-completion-tokens 4
          rlcore train grpo --help
        """;

    /// <summary>The model to start from, in place of the recipe's; empty for the recipe's.</summary>
    public string Model { get; init; } = "";

    /// <summary>Whether the run writes event files for TensorBoard whatever the recipe says.</summary>
    public bool Tensorboard { get; init; }

    /// <summary>Whether the run keeps the tokens of its samples whatever the recipe says.</summary>
    public bool KeepTokens { get; init; }

    /// <summary>The recipe named in the configuration.</summary>
    public static TrainCommand Configured { get; } = new("", [], "", Resume: false);

    /// <summary>The command's grammar, with a subcommand for each stage.</summary>
    public static Command Build(Grammar grammar)
    {
        var recipe = new Argument<string>("RECIPE.json") { Description = "The recipe: model, stages in order, evaluation" };
        Option<string[]> set = Set();
        Option<string> model = Grammar.Text(
            "--model", "DIR|org/name", "The model to start from, in place of the recipe's: a folder, or a name on a hub");
        Option<string> output = Folder();
        Option<bool> resume = Resumes();
        Option<bool> skipDamaged = SkipsDamaged();
        Option<bool> shard = ShardsOptimizer();
        Option<bool> tensorboard = WritesEvents();
        Option<bool> tokens = KeepsTokens();
        Option<bool> watch = Watches();
        var command = new Command(
            "train",
            "Runs a recipe, or one stage with its settings as options") 
        {
            recipe, model, set, tensorboard, tokens, output, resume, skipDamaged, shard, watch,
        };
        foreach (Command stage in TrainStageCommand.BuildAll(grammar, output, resume, skipDamaged, shard, watch))
        {
            command.Subcommands.Add(stage);
        }

        return grammar.Complete(command, Examples, parsed => new TrainCommand(
            parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(set), parsed.GetRequiredValue(output), parsed.GetValue(resume))
        {
            Model = parsed.GetRequiredValue(model),
            Tensorboard = parsed.GetValue(tensorboard),
            KeepTokens = parsed.GetValue(tokens),
            SkipDamaged = parsed.GetValue(skipDamaged),
            ShardOptimizer = parsed.GetValue(shard),
            Watch = parsed.GetValue(watch),
        });
    }

    /// <summary>Adds to the program itself what it takes without a command: options of the configured recipe.</summary>
    /// <param name="root">The program.</param>
    /// <param name="grammar">Shared parts of the grammar.</param>
    /// <param name="examples">The text below the options in its help.</param>
    public static void AddConfigured(RootCommand root, Grammar grammar, string examples)
    {
        Option<string[]> set = Set();
        Option<string> output = Folder();
        Option<bool> resume = Resumes();
        Option<bool> skipDamaged = SkipsDamaged();
        Option<bool> shard = ShardsOptimizer();
        Option<bool> tensorboard = WritesEvents();
        Option<bool> tokens = KeepsTokens();
        Option<bool> watch = Watches();
        root.Options.Add(set);
        root.Options.Add(tensorboard);
        root.Options.Add(tokens);
        root.Options.Add(output);
        root.Options.Add(resume);
        root.Options.Add(skipDamaged);
        root.Options.Add(shard);
        root.Options.Add(watch);
        grammar.Complete(root, examples, parsed => Configured with
        {
            Settings = parsed.GetRequiredValue(set),
            Tensorboard = parsed.GetValue(tensorboard),
            KeepTokens = parsed.GetValue(tokens),
            Output = parsed.GetRequiredValue(output),
            Resume = parsed.GetValue(resume),
            SkipDamaged = parsed.GetValue(skipDamaged),
            ShardOptimizer = parsed.GetValue(shard),
            Watch = parsed.GetValue(watch),
        });
    }

    /// <inheritdoc/>
    public override Recipe Read(TrainingOptions options)
    {
        string file = FileOr(options);
        RequireRecipe(file);
        IEnumerable<string> kept =
        [
            .. Tensorboard ? ["tensorboard=true"] : Array.Empty<string>(),
            .. KeepTokens ? ["keepTokens=true"] : Array.Empty<string>(),
        ];
        return RecipeReader.Read(file, [.. Settings, .. kept, .. Seed(options)], model: Model);
    }

    /// <inheritdoc/>
    public override string Typed(TrainingOptions options) =>
        string.Concat(
        [
            FileOr(options),
            .. Model.Length > 0 ? [$" --model {ShellText.Quote(Model)}"] : (string[])[],
            Tensorboard ? $" {EventsOption}" : "",
            KeepTokens ? $" {TokensOption}" : "",
            .. Settings.Concat(Seed(options)).Select(setting => $" --set {ShellText.Quote(setting)}"),
        ]);

    /// <summary>The seed that overrides the recipe's, as a setting; empty if none was given.</summary>
    internal static IEnumerable<string> Seed(TrainingOptions options) =>
        options.Seed is { } number ? [string.Create(CultureInfo.InvariantCulture, $"seed={number}")] : [];

    private static Option<string[]> Set() => new("--set")
    {
        Description = "Overrides a setting of the recipe; may be repeated",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    private static Option<string> Folder() => new("--output", "--out")
    {
        Description = "Folder of the run; by default runs/NAME, or NAME-2 and so on",
        HelpName = "DIR",
        DefaultValueFactory = _ => "",
    };

    private static Option<bool> Resumes() => new("--resume") { Description = "Resume from the run's latest checkpoint" };

    private static Option<bool> WritesEvents() => new(EventsOption)
    {
        Description = "Write event files for TensorBoard beside metrics.csv: metrics, samples and settings",
    };

    private static Option<bool> KeepsTokens() => new(TokensOption)
    {
        Description = "Keep the tokens of each sample in samples.csv, with log-probs and advantages, which the page colours",
    };

    private static Option<bool> SkipsDamaged() => new(CheckpointStore.SkipOption)
    {
        Description = "With --resume: set damaged checkpoints aside, and go on from the latest that is whole",
    };

    private static Option<bool> ShardsOptimizer() => new(RunProcesses.ShardOption)
    {
        Description = "Under mpirun: share the optimizer's state out over the processes (ZeRO-1), with the same results",
    };

    private static Option<bool> Watches() => new("--watch")
    {
        Description = "Show the run in a browser while it goes on, as rlcore watch does; the page's address is printed",
    };

    private string FileOr(TrainingOptions options) => File.Length > 0 ? File : options.Recipe;

    // A name that does not look like a file may be a stage.
    private static void RequireRecipe(string file)
    {
        bool isFile = System.IO.File.Exists(InputFiles.Resolve(file)) || Path.HasExtension(file);
        if (!isFile && Names.TryNearest(file, StageRecipe.Stages.Keys, out string nearest))
        {
            string expected = $"a recipe's file, or one of the stages {string.Join(", ", StageRecipe.Stages.Keys)}; \"{nearest}\", perhaps";
            throw new InputException(new InputProblem("train", 0, "", Characters.Quote(file), expected));
        }
    }
}
