using System.CommandLine;
using System.CommandLine.Invocation;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Commands;

/// <summary>The help of a stage's command: its common options, and all options by group on request.</summary>
internal static class StageHelp
{
    /// <summary>The option that shows all options.</summary>
    public const string All = "--help-all";

    private const string Stage = "Stage";

    private static readonly HashSet<string> Common =
    [
        "--data", "--steps", "--model", "--batch-size", "--learning-rate", "--prompts-per-step", "--group-size", "--max-completion-tokens",
        "--rewards", "--temperature", "--beta", "--kl-coefficient", "--teacher", "--lora-rank", "--eval-data",
        "--eval-max-completion-tokens", "--output", "--resume", CheckpointStore.SkipOption, "--shard-optimizer", "--watch", "--skip-bad",
        "--tensorboard", "--keep-tokens", "--print-recipe", "--seed", "--threads", "--help", All,
    ];

    // By the beginning of the path of a setting; the first that fits.
    private static readonly (string Path, string Group)[] Groups =
    [
        ("stages.0.columns", "Columns of the dataset"), ("stages.0.delimiter", "Rows of the dataset"),
        ("stages.0.lineBreaks", "Rows of the dataset"), ("stages.0.on", "Rows of the dataset"),
        ("stages.0.truncateSide", "Rows of the dataset"), ("stages.0.optimizer", "Optimizer"), ("stages.0.algorithm.sampling", "Sampling"),
        ("stages.0.sampling", "Sampling"), ("stages.0.algorithm", "Algorithm"), ("stages.0.reward", "Rewards"),
        ("stages.0.judge", "Rewards"), ("stages.0.search", "Search"), ("stages.0", Stage), ("lora", "Adapters (LoRA)"),
        ("model", "Model"), ("evaluation", "Evaluation"), ("checkpoints", "Checkpoints"), ("", "Run"),
    ];

    /// <summary>Whether plain help lists an option.</summary>
    /// <param name="option">The option.</param>
    public static bool IsCommon(Option option) => option.Required || Common.Contains(option.Name);

    /// <summary>The option that shows all options, by group.</summary>
    /// <param name="flags">The stage's settings with their options.</param>
    public static Option<bool> Option(IReadOnlyList<(StageFlag Flag, Option<string> Option)> flags) => new(All)
    {
        Description = "Show all options, by group",
        Action = new AllOptions(flags),
    };

    private static string GroupOf(StageFlag flag) => flag.IsRequired
        ? "Required"
        : Groups.First(group => flag.Path.StartsWith(group.Path, StringComparison.Ordinal)).Group;

    private sealed class AllOptions(IReadOnlyList<(StageFlag Flag, Option<string> Option)> flags) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            int width = Outputs.WidthOf(output);
            string[] order = ["Required", Stage, .. Groups.Select(group => group.Group)];
            foreach (var group in flags.GroupBy(item => GroupOf(item.Flag)).OrderBy(group => Array.IndexOf(order, group.Key)))
            {
                output.WriteLine($"{group.Key}:");
                foreach (var (flag, option) in group)
                {
                    string value = option.HelpName is { Length: > 0 } name ? $" <{name}>" : "";
                    output.WriteLine($"  {flag.Name}{value}");
                    foreach (string line in Wrap(option.Description ?? "", width - 6))
                    {
                        output.WriteLine($"      {line}");
                    }
                }

                output.WriteLine();
            }

            string common = $"{CommandName.Current} train {parseResult.CommandResult.Command.Name} --help shows the options of the run's "
                + $"folder, and {CommandName.Current} --help those of the engine.";
            foreach (string line in Wrap(common, width))
            {
                output.WriteLine(line);
            }

            return 0;
        }
    }

    /// <summary>A text in lines of whole words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Most characters of a line; a longer word has a line of its own.</param>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }
}
