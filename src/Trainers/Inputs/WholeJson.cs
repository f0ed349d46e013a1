using System.Text.Json;

namespace RlCore.Trainers.Inputs;

/// <summary>
/// JSON of files that are not to be believed. The parser of .NET accepts an escaped half of a surrogate pair and throws when the text is
/// asked for; here such a file is no JSON, and by default neither is one with a key that stands twice.
/// </summary>
internal static class WholeJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="options">What is allowed; null for JSON alone, with each key once.</param>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static JsonDocument Parse(string json, JsonDocumentOptions? options = null) =>
        Checked(() => JsonDocument.Parse(json, options ?? Options));

    /// <summary>Parses UTF-8.</summary>
    /// <param name="json">The bytes.</param>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static JsonDocument Parse(byte[] json) => Checked(() => JsonDocument.Parse(json, Options));

    private static JsonDocument Checked(Func<JsonDocument> parse)
    {
        JsonDocument? document = null;
        try
        {
            document = parse();
            ReadTexts(document.RootElement);
            return document;
        }
        catch (InvalidOperationException half)
        {
            document?.Dispose();
            throw new JsonException("half of a surrogate pair in a text", half);
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
