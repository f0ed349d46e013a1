using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>A judge of pairs for a dataset, out of options instead of a recipe: the same value, after the same checks.</summary>
public static class JudgeFlags
{
    private const string Model = "model";
    private const string Rubric = "rubric";
    private const string CacheFolder = "cacheFolder";

    /// <summary>The options; that of the model is <c>--judge-model</c>, and needed.</summary>
    public static IReadOnlyList<StageFlag> All { get; } =
    [
        .. StageFlags.OfRecord(new PairJudgeSettings()).Select(flag => flag.Path switch
        {
            Model => flag with { Name = "--judge-model", IsRequired = true },
            Rubric => flag with { Default = "", Description = "What the model is asked, with the places {prompt}, {first} and {second}; which answer does better what is asked, unless given" },
            CacheFolder => flag with { Description = "Folder that keeps replies by the content of their requests; OUT-replies, unless given" },
            _ => flag,
        }).OrderByDescending(flag => flag.IsRequired),
    ];

    /// <summary>The judge that some options give.</summary>
    /// <param name="given">Options with what was given for each.</param>
    /// <exception cref="InputException">With every problem, each named by its option.</exception>
    public static PairJudgeSettings Build(IReadOnlyList<KeyValuePair<StageFlag, string>> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var problems = new List<InputProblem>();
        var overrides = new SettingOverrides(problems);
        var root = new JsonObject();
        foreach (var (flag, value) in given.Where(pair => pair.Key.Path != Rubric))
        {
            overrides.Apply(root, $"{flag.Path}={value}", $"{flag.Name} {value}");
        }

        // A rubric may begin with a bracket, and is text nonetheless.
        foreach (var (_, value) in given.Where(pair => pair.Key.Path == Rubric))
        {
            root[Rubric] = value;
        }

        var judge = (PairJudgeSettings)new SettingsBinder("judge", overrides, problems, Registry.Default).BindRecord(root, new PairJudgeSettings(), "");
        return problems.Count == 0 ? judge : throw new InputException(problems);
    }
}
