using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace RlCore.Trainers.Inputs;

/// <summary>
/// The one place where JSON of files that are not to be believed is read. The parser of .NET accepts an escaped half of a surrogate pair
/// and bytes that are not UTF-8, and throws when the text is asked for; here such a file is no JSON, and by default neither is one with a
/// key that stands twice.
/// </summary>
internal static class WholeJson
{
    private const string Half = "half of a surrogate pair, or bytes that are not UTF-8";

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>JSON of other programs, in which a key may stand twice: the last one counts.</summary>
    public static JsonDocumentOptions Foreign { get; }

    /// <summary>Parses a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="options">What is allowed; null for JSON alone, with each key once.</param>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static JsonDocument Parse(string json, JsonDocumentOptions? options = null) =>
        Checked(() => JsonDocument.Parse(json, options ?? Options));

    /// <summary>Parses UTF-8.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="options">What is allowed; null for JSON alone, with each key once.</param>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, JsonDocumentOptions? options = null) =>
        Checked(() => JsonDocument.Parse(json, options ?? Options));

    /// <summary>Whether every text of a value is one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="problem">What it has instead; empty if it is.</param>
    public static bool IsWhole(JsonElement value, out string problem)
    {
        try
        {
            RequireTexts(value);
            problem = "";
        }
        catch (InvalidOperationException)
        {
            problem = Half;
        }

        return problem.Length == 0;
    }

    /// <summary>The name of a property, if it is a text.</summary>
    /// <param name="property">The property.</param>
    /// <param name="name">Its name; empty if it is none.</param>
    public static bool TryGetName(JsonProperty property, out string name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = "";
            return false;
        }
    }

    /// <summary>What a text that cannot be parsed is, for messages.</summary>
    /// <param name="error">What the parser threw.</param>
    public static string Found(JsonException error) => error.InnerException is InvalidOperationException or ArgumentException
        ? error.Message
        : "text that is not JSON";

    private static JsonDocument Checked(Func<JsonDocument> parse)
    {
        JsonDocument? document = null;
        try
        {
            document = parse();
            RequireTexts(document.RootElement);
            return document;
        }
        catch (Exception half) when (half is InvalidOperationException or ArgumentException)
        {
            // The second is thrown for a text that is itself no Unicode.
            document?.Dispose();
            throw new JsonException(Half, half);
        }
    }

    // Without escapes like \ud800, UTF-8 that is valid has only texts that are.
    private static void RequireTexts(JsonElement element)
    {
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(element);
        if (raw.IndexOf("\\u"u8) >= 0 || !Utf8.IsValid(raw))
        {
            ReadTexts(element);
        }
    }

    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
        }
    }
}
