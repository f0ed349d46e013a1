using System.Globalization;
using System.Text.Json.Nodes;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>A stage that an option shortens has its warm-up shortened with it, unless an option sets that too.</summary>
internal static class WarmupScaling
{
    private const string Stages = "stages";
    private const string Steps = "steps";
    private const string Optimizer = "optimizer";
    private const string Warmup = "warmupSteps";

    /// <summary>The steps of each stage; 0 where there is no number.</summary>
    /// <param name="root">The recipe.</param>
    public static double[] StepsOf(JsonObject root) =>
        root[Stages] is JsonArray stages ? [.. stages.Select(stage => NumberOf(stage, Steps))] : [];

    /// <summary>Scales warm-ups in the recipe.</summary>
    /// <param name="root">The recipe, with its options in it.</param>
    /// <param name="before">The steps of each stage without them.</param>
    /// <param name="overrides">The options.</param>
    /// <returns>What was done, a sentence for each stage.</returns>
    public static IReadOnlyList<string> Apply(JsonObject root, double[] before, SettingOverrides overrides)
    {
        var notes = new List<string>();
        double[] after = StepsOf(root);
        for (int i = 0; i < Math.Min(before.Length, after.Length); i++)
        {
            string path = $"{Stages}[{i}].{Optimizer}.{Warmup}";
            JsonNode? optimizer = (root[Stages]![i] as JsonObject)?[Optimizer];
            double warmup = NumberOf(optimizer, Warmup);
            if (after[i] > 0 && after[i] < before[i] && warmup > 0 && !overrides.TryFind(path, out _))
            {
                double scaled = Math.Floor(warmup * after[i] / before[i]);
                optimizer![Warmup] = scaled;
                notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} is {scaled}, not {warmup}, as the stage has {after[i]} steps, not {before[i]}; --set {path}=N sets it"));
            }
        }

        return notes;
    }

    // Options are text, whatever they set.
    private static double NumberOf(JsonNode? record, string key) => (record as JsonObject)?[key] is JsonValue value
        && (value.TryGetValue(out double number)
            || (value.TryGetValue(out string? text)
                && double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            ? number
            : 0;
}
