using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers;

/// <summary>Finds the chat template among the files of a Hugging Face tokenizer.</summary>
internal static class ChatTemplateFiles
{
    /// <summary>Name of the file of a template alone.</summary>
    public const string Template = "chat_template.jinja";

    /// <summary>Name of the file with the special tokens, and often the template.</summary>
    public const string Configuration = "tokenizer_config.json";

    private const string Key = "chat_template";
    private const string Default = "default";

    /// <summary>The template, with the special tokens; null where there is none.</summary>
    /// <param name="files">Text by file name.</param>
    /// <param name="folder">The folder, in messages; empty for none.</param>
    /// <exception cref="InputException">A file is not what it should be, or the template is not supported.</exception>
    public static ChatTemplate? Read(IReadOnlyDictionary<string, string> files, string folder)
    {
        string source = Path.Combine(folder, Configuration);
        bool hasFile = files.TryGetValue(Template, out string? own);
        if (!files.TryGetValue(Configuration, out string? json))
        {
            return hasFile ? ChatTemplate.Parse(own!, Path.Combine(folder, Template)) : null;
        }

        using JsonDocument document = Open(json, source);
        string? text = own ?? Find(document.RootElement, source);
        return text is null
            ? null
            : new ChatTemplate(ChatTemplate.Parse(text, hasFile ? Path.Combine(folder, Template) : $"{source}, {Key}"))
            {
                SpecialTokens = Tokens(document.RootElement),
            };
    }

    private static JsonDocument Open(string json, string source)
    {
        try
        {
            JsonDocument document = WholeJson.Parse(json, WholeJson.Foreign);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new InputException(new InputProblem(source, 0, "", "JSON that is no object", "an object of settings"));
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                source, (error.LineNumber ?? 0) + 1, "", WholeJson.Found(error), "an object of settings; the file may be cut off"));
        }
    }

    // The template itself, or the one named "default" in a list of several.
    private static string? Find(JsonElement settings, string source)
    {
        if (!settings.TryGetProperty(Key, out JsonElement template) || template.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (template.ValueKind == JsonValueKind.String)
        {
            return template.GetString();
        }

        JsonElement[] named = template.ValueKind == JsonValueKind.Array
            ? [.. template.EnumerateArray().Where(item => Is(item, "name", Default) && Has(item, "template"))]
            : [];
        return named.Length > 0
            ? named[0].GetProperty("template").GetString()
            : throw new InputException(new InputProblem(
                source, 0, Key, template.ValueKind == JsonValueKind.Array ? "a list without a default" : "no text",
                $"a template, or a list of {{\"name\", \"template\"}} with one named \"{Default}\""));
    }

    private static bool Has(JsonElement item, string key) =>
        item.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String;

    private static bool Is(JsonElement item, string key, string text) =>
        item.ValueKind == JsonValueKind.Object && Has(item, key) && item.GetProperty(key).ValueEquals(text);

    // "bos_token": "<s>", or an object with the token as its content.
    private static Dictionary<string, string> Tokens(JsonElement settings)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in settings.EnumerateObject().Where(one => one.Name.EndsWith("_token", StringComparison.Ordinal)))
        {
            JsonElement value = property.Value.ValueKind == JsonValueKind.Object
                && property.Value.TryGetProperty("content", out JsonElement content)
                ? content
                : property.Value;
            if (value.ValueKind == JsonValueKind.String)
            {
                tokens[property.Name] = value.GetString()!;
            }
        }

        return tokens;
    }
}
