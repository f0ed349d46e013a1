using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RlCore.Trainers.Settings;

/// <summary>A record that leaves settings out when it is written: those that its reader would refuse beside the others.</summary>
internal interface IPartlyWritten
{
    /// <summary>Whether a setting is written.</summary>
    /// <param name="setting">The name of its property.</param>
    bool Writes(string setting);
}

/// <summary>Records to JSON, every setting written out; <see cref="SettingsJson"/> reads an equal record back.</summary>
internal static class SettingsWriter
{
    /// <summary>A record as a JSON text that ends in a line feed.</summary>
    /// <param name="record">The record.</param>
    public static string Print(object record)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(
            stream,
            new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(writer, record);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>Writes a record as one JSON value.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="record">The record.</param>
    public static void Write(Utf8JsonWriter writer, object record)
    {
        writer.WriteStartObject();
        if (record is INamedCase item)
        {
            writer.WriteString(SettingsSchema.TypeKey, item.TypeName);
        }

        foreach (PropertyInfo setting in SettingsSchema.Settings(record.GetType())
            .Where(setting => record is not IPartlyWritten partly || partly.Writes(setting.Name)))
        {
            writer.WritePropertyName(SettingsSchema.Key(setting));
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
                writer.WriteStringValue(SettingsSchema.Key(choice));
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
                Write(writer, value);
                break;
        }
    }
}
