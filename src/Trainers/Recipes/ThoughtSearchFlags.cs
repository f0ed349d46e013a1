using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Search;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>A search over thoughts, built from options instead of a recipe: the same value, after the same checks.</summary>
internal static class ThoughtSearchFlags
{
    private const string Source = "search";

    // As eval calls them.
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["strategy"] = "--search",
        ["from"] = "--reward-model",
        ["aggregate"] = "--score",
    };

    /// <summary>The options: one for each setting.</summary>
    public static IReadOnlyList<StageFlag> All { get; } =
    [
        .. StageFlags.OfRecord(new ThoughtSearchSettings()).Select(flag => flag.Path switch
        {
            "strategy" => flag with { Name = Names[flag.Path], Default = """{"type":"mcts","rollouts":1}""" },
            "from" => flag with
            {
                Name = Names[flag.Path],
                Values = "DIR",
                Description = "Folder of the reward model that scores thoughts (scorer model)",
            },
            _ => flag with { Name = Names.GetValueOrDefault(flag.Path, flag.Name) },
        }),
    ];

    /// <summary>The search described by options.</summary>
    /// <param name="given">The options with their values.</param>
    /// <exception cref="InputException">There are problems; each is reported with its option.</exception>
    public static ThoughtSearchSettings Build(IReadOnlyList<KeyValuePair<StageFlag, string>> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var problems = new List<InputProblem>();
        var overrides = new SettingOverrides(problems);
        JsonObject root = StageFlags.ToJson(given, overrides);
        var binder = new SettingsBinder(Source, overrides, problems, Registry.Default);
        var search = (ThoughtSearchSettings)binder.BindRecord(root, new ThoughtSearchSettings(), "");
        return problems.Count == 0 ? search : throw new InputException([.. problems.Select(Named)]);
    }

    // A setting that was left at its default is called by the option that changes it.
    private static InputProblem Named(InputProblem problem) =>
        problem.File == Source && All.FirstOrDefault(flag => flag.Path == problem.Column) is { } flag
            ? problem with { File = flag.Name, Column = "" }
            : problem;
}
