using System.Text.Json;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Recipes;

/// <summary>Writes recipes as JSON with every setting; <see cref="RecipeReader"/> reads an equal recipe back.</summary>
public static class RecipeWriter
{
    /// <summary>A recipe's JSON.</summary>
    /// <param name="recipe">The recipe.</param>
    public static string Print(Recipe recipe) => SettingsWriter.Print(recipe);

    /// <summary>Writes a recipe as one JSON value.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="recipe">The recipe.</param>
    public static void Write(Utf8JsonWriter writer, Recipe recipe) => SettingsWriter.Write(writer, recipe);
}
