using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Serving;

/// <summary>A conversation as clients send it, as the text that the model reads.</summary>
internal static class ChatMessages
{
    /// <summary>The text up to where the assistant begins to write.</summary>
    /// <param name="given">A list of messages; a content may be a list of parts that are text.</param>
    /// <param name="template">The model's template.</param>
    /// <exception cref="ApiException">It is no such list, or the template refuses it.</exception>
    public static string Render(JsonElement given, ChatTemplate template)
    {
        string json = given.ValueKind == JsonValueKind.Array
            ? new JsonArray([.. given.EnumerateArray().Select((message, index) => Plain(message, $"messages[{index}]"))]).ToJsonString()
            : given.GetRawText();
        if (!ChatMessage.TryParseList(json, out var messages, out string place, out string found, out string expected))
        {
            throw ApiException.BadRequest($"messages{place}", $"messages{place}: found {found}; expected {expected}.");
        }

        try
        {
            return template.Render(messages, ChatPrompt.Open);
        }
        catch (ChatTemplateException refused)
        {
            throw ApiException.BadRequest("messages", $"The model's chat template refuses the messages: {refused.Message}");
        }
    }

    private static JsonNode? Plain(JsonElement message, string place)
    {
        var node = JsonNode.Parse(message.GetRawText());
        if (node is not JsonObject one)
        {
            return node;
        }

        if (TextOf(one["role"]) == "developer")
        {
            // OpenAI's newer name of what templates know as the system.
            one["role"] = "system";
        }

        if (one["content"] is JsonArray parts)
        {
            one["content"] = string.Concat(parts.Select(part =>
                part is JsonObject text && TextOf(text["type"]) == "text" && TextOf(text["text"]) is { } plain
                    ? plain
                    : throw ApiException.BadRequest(
                        $"{place}.content", $"{place}.content has a part that is not text; this model reads text alone.")));
        }

        return one;
    }

    private static string? TextOf(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
