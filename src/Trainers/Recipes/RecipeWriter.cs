using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Recipes;

/// <summary>Recipes to JSON, every setting written out; <see cref="RecipeReader"/> reads an equal recipe back.</summary>
public static class RecipeWriter
{
    /// <summary>A recipe's JSON.</summary>
    /// <param name="recipe">The recipe.</param>
    public static string Print(Recipe recipe) => PrintRecord(recipe);

    /// <summary>The JSON of a model's shape: config.json.</summary>
    /// <param name="model">The shape.</param>
    public static string Print(ModelSettings model) => PrintRecord(model);

    /// <summary>Writes a recipe as one JSON value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="recipe">The recipe.</param>
    public static void Write(Utf8JsonWriter writer, Recipe recipe) => WriteRecord(writer, recipe);

    private static string PrintRecord(object record)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteRecord(writer, record);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteRecord(Utf8JsonWriter writer, object record)
    {
        writer.WriteStartObject();
        if (RecipeSchema.UnionOf(record.GetType()) is { } union)
        {
            writer.WriteString(RecipeSchema.TypeKey, union.TypeOf(record));
        }

        foreach (PropertyInfo setting in RecipeSchema.Settings(record.GetType()).Where(setting => !IsLeftOut(record, setting)))
        {
            writer.WritePropertyName(RecipeSchema.Key(setting));
            if (InlineUnion.Of(setting) is { } inline)
            {
                WriteInline(writer, inline, setting.GetValue(record)!);
            }
            else
            {
                WriteValue(writer, setting.GetValue(record));
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteInline(Utf8JsonWriter writer, InlineUnion union, object value)
    {
        InlineCase item = union.CaseOf(value);
        writer.WriteStringValue(item.Name);
        foreach (InlineSetting setting in item.Settings)
        {
            writer.WritePropertyName(setting.Key);
            WriteValue(writer, setting.In(value));
        }
    }

    // What a recipe does not use, its reader refuses.
    private static bool IsLeftOut(object record, PropertyInfo setting) =>
        record is Recipe { StartFrom.Length: > 0 } && setting.Name is nameof(Recipe.Model) or nameof(Recipe.Characters);

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case Enum choice:
                writer.WriteStringValue(RecipeSchema.Key(choice));
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (object item in list)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                WriteRecord(writer, value);
                break;
        }
    }
}
