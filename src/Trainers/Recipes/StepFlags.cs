using System.Text.Json.Nodes;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>The end of steps, built from options instead of a recipe: the same value, after the same checks.</summary>
internal static class StepFlags
{
    private static readonly StepSettings Defaults = new() { StepEnd = new StepEnd.Separator() };

    /// <summary>The options: <c>--step-end</c>, and one for each of its settings.</summary>
    public static IReadOnlyList<StageFlag> All { get; } = StageFlags.OfRecord(Defaults);

    /// <summary>The end of steps described by options; without any, each line is a step.</summary>
    /// <param name="given">The options with their values.</param>
    /// <exception cref="InputException">There are problems; each is reported with its option.</exception>
    public static StepEnd Build(IReadOnlyList<KeyValuePair<StageFlag, string>> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        var problems = new List<InputProblem>();
        var overrides = new SettingOverrides(problems);
        JsonObject root = StageFlags.ToJson(given, overrides);
        return SettingsJson.Bind(root, "steps", Defaults, problems, overrides).StepEnd;
    }
}
