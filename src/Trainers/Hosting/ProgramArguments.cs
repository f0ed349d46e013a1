using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hosting;

/// <summary>
/// The command line of a <see cref="TrainingProgram"/>:
/// <c>RECIPE [--set key=value]… [--output DIR] [--resume [--skip-damaged]] [--help]</c>.
/// </summary>
internal static class ProgramArguments
{
    private const string Recipe = "RECIPE.json";
    private const string Set = "--set";
    private const string Output = "--output";
    private const string Resume = "--resume";
    private const string SkipDamaged = CheckpointStore.SkipOption;
    private static readonly string[] Help = ["--help", "-h", "-?"];
    private static readonly string[] Known = [Set, Output, Resume, SkipDamaged, .. Help];

    /// <summary>Whether help is requested; also true without arguments.</summary>
    public static bool AsksForHelp(IReadOnlyList<string> args) => args.Count == 0 || args.Any(Help.Contains);

    /// <summary>Reads a command line.</summary>
    /// <param name="args">The arguments as typed.</param>
    /// <exception cref="InputException">Some arguments cannot be used; all of them are listed.</exception>
    public static TrainingOptions Read(IReadOnlyList<string> args)
    {
        var problems = new List<InputProblem>();
        var options = new TrainingOptions();
        for (int i = 0; i < args.Count; i++)
        {
            string argument = args[i];
            if (argument is Set or Output && i + 1 == args.Count)
            {
                problems.Add(new InputProblem(argument, 0, "", "nothing after it", argument == Set ? "key=value" : "a folder"));
                continue;
            }

            options = argument switch
            {
                Set => options with { Set = [.. options.Set, args[++i]] },
                Output => options with { Output = args[++i] },
                Resume => options with { Resume = true },
                SkipDamaged => options with { SkipDamaged = true },
                ['-', ..] => Refuse(argument, options, problems),
                _ when options.Recipe.Length > 0 => Refuse(argument, options, problems),
                _ => options with { Recipe = argument },
            };
        }

        if (options.Recipe.Length == 0)
        {
            problems.Add(new InputProblem(Recipe, 0, "", "nothing", "a recipe's file"));
        }

        return problems.Count == 0 ? options : throw new InputException(problems);
    }

    private static TrainingOptions Refuse(string argument, TrainingOptions options, List<InputProblem> problems)
    {
        string expected = Names.TryNearest(argument, Known, out string nearest)
            ? $"\"{nearest}\", perhaps"
            : $"{Recipe}, once, {Set}, {Output}, {Resume} or {SkipDamaged}";
        problems.Add(new InputProblem("arguments", 0, "", Characters.Quote(argument), expected));
        return options;
    }
}
