using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>Writes recipes as JSON with every setting; <see cref="RecipeReader"/> reads an equal recipe back.</summary>
public static class RecipeWriter
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A recipe's JSON.</summary>
    /// <param name="recipe">The recipe.</param>
    public static string Print(Recipe recipe) => SettingsWriter.Print(recipe);

    /// <summary>
    /// Rewards as an option takes them: the name of one with its defaults, else JSON of what differs from the defaults;
    /// <see cref="RecipeReader.ParseRewards"/> reads equal ones back.
    /// </summary>
    /// <param name="rewards">The rewards.</param>
    internal static string PrintRewards(IReadOnlyList<RewardSettings> rewards)
    {
        JsonNode[] items = [.. rewards.Select(Differences)];
        return items is [JsonValue name] ? name.GetValue<string>()
            : items is [var only] ? only.ToJsonString(Relaxed)
            : new JsonArray(items).ToJsonString(Relaxed);
    }

    private static JsonNode Differences(RewardSettings reward)
    {
        JsonObject written = JsonNode.Parse(SettingsWriter.Print(reward))!.AsObject();
        JsonObject plain = JsonNode.Parse(SettingsWriter.Print(SettingsSchema.Create(reward.GetType())))!.AsObject();
        foreach (string key in plain.Select(setting => setting.Key).Where(key => key != SettingsSchema.TypeKey).ToArray())
        {
            if (JsonNode.DeepEquals(written[key], plain[key]))
            {
                written.Remove(key);
            }
        }

        return written.Count == 1 ? JsonValue.Create(written[SettingsSchema.TypeKey]!.GetValue<string>()) : written;
    }

    /// <summary>Writes a recipe as one JSON value.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="recipe">The recipe.</param>
    public static void Write(Utf8JsonWriter writer, Recipe recipe) => SettingsWriter.Write(writer, recipe);
}
