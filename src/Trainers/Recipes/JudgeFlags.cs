using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>A judge of pairs for a dataset, built from options instead of a recipe: the same value, after the same checks.</summary>
internal static class JudgeFlags
{
    private const string Model = "model";
    private const string Rubric = "rubric";
    private const string CacheFolder = "cacheFolder";

    /// <summary>The options; the one for the model is <c>--judge-model</c>, which is required.</summary>
    public static IReadOnlyList<StageFlag> All { get; } =
    [
        .. StageFlags.OfRecord(new PairJudgeSettings()).Select(flag => flag.Path switch
        {
            Model => flag with { Name = "--judge-model", IsRequired = true },
            Rubric =>
                flag with
                {
                    Default = "",
                    Description = "Prompt of the judge, with the placeholders {prompt}, {first} and {second}; by default it asks "
                        + "which answer does better what is asked",
                },
            CacheFolder =>
                flag with { Description = "Folder that caches replies by the content of their requests; OUT-replies by default" },
            _ => flag,
        }).OrderByDescending(flag => flag.IsRequired),
    ];

    /// <summary>The judge described by options.</summary>
    /// <param name="given">The options with their values.</param>
    /// <exception cref="InputException">There are problems; each is reported with its option.</exception>
    public static PairJudgeSettings Build(IReadOnlyList<KeyValuePair<StageFlag, string>> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var problems = new List<InputProblem>();
        var overrides = new SettingOverrides(problems);
        JsonObject root = StageFlags.ToJson(given.Where(pair => pair.Key.Path != Rubric), overrides);

        // A rubric may begin with a bracket, but is still text.
        foreach (var (_, value) in given.Where(pair => pair.Key.Path == Rubric))
        {
            root[Rubric] = value;
        }

        return SettingsJson.Bind(root, "judge", new PairJudgeSettings(), problems, overrides);
    }
}
