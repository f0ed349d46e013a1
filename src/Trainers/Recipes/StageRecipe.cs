using System.Reflection;
using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>A recipe of one stage, built from options instead of a file: the same value, after the same checks.</summary>
internal static class StageRecipe
{
    /// <summary>The stages by their <c>type</c> in recipes, with a description of each.</summary>
    public static IReadOnlyDictionary<string, string> Stages { get; } =
        Registry.Default.Stages.ToDictionary(name => name, Describe, StringComparer.Ordinal);

    /// <summary>The options of a stage.</summary>
    /// <param name="stage">One of <see cref="Stages"/>.</param>
    /// <param name="taken">Options with another meaning.</param>
    public static IReadOnlyList<StageFlag> Flags(string stage, IReadOnlyCollection<string> taken) =>
        StageFlags.Of(Registry.Default.Stage(stage), taken);

    /// <summary>The recipe described by options. Datasets and the starting checkpoint become full paths, as in a recipe's file.</summary>
    /// <param name="stage">One of <see cref="Stages"/>; also the run's name, unless an option gives one.</param>
    /// <param name="given">The options with their values.</param>
    /// <param name="settings">Further settings as <c>key=value</c>, such as a seed.</param>
    /// <exception cref="InputException">There are problems; each is reported with its option.</exception>
    public static Recipe Build(string stage, IReadOnlyList<KeyValuePair<StageFlag, string>> given, IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(given);
        var root = new JsonObject { ["name"] = stage, ["stages"] = new JsonArray(new JsonObject { [SettingsSchema.TypeKey] = stage }) };
        Recipe recipe = RecipeReader.Read(root, $"train {stage}",
        [
            .. given.Select(flag => ($"{flag.Key.Path}={flag.Value}", $"{flag.Key.Name} {flag.Value}")),
            .. settings.Select(setting => (setting, setting)),
        ]);
        return RecipeReader.Locate(recipe, path => InputFiles.Resolve(path));
    }

    private static string Describe(string stage)
    {
        StageSettings settings = Registry.Default.Stage(stage);
        string what = Documentation.Of(settings.GetType());
        MethodInfo? algorithm = settings is OnPolicySettings
            ? Array.Find(
                typeof(Algorithms).GetMethods(BindingFlags.Public | BindingFlags.Static),
                method => method.ReturnType == typeof(OnPolicyAlgorithm) && Equals(method.Invoke(null, null), Algorithms.All[stage]))
            : null;
        return algorithm is null ? what : Documentation.Of(algorithm);
    }
}
