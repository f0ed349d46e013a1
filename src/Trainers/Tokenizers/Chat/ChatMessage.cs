using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// A message of a conversation: a role, a content, and whatever else the template reads, such as <c>tool_calls</c> or
/// <c>reasoning_content</c>. It is kept as the JSON object that it was. Compared by content.
/// </summary>
public sealed class ChatMessage : IEquatable<ChatMessage>
{
    private ChatMessage(JsonElement json) => (Json, Role) = (json, json.GetProperty("role").GetString() ?? "");

    /// <summary>A message of text.</summary>
    /// <param name="role">Such as <c>system</c>, <c>user</c> or <c>assistant</c>.</param>
    /// <param name="content">The text.</param>
    public ChatMessage(string role, string content)
        : this(ToElement(new JsonObject { ["role"] = role, ["content"] = content }))
    {
    }

    /// <summary>Who speaks.</summary>
    public string Role { get; }

    /// <summary>The content if it is text; empty if it is a list of parts, null or missing.</summary>
    public string Text => Json.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
        ? content.GetString() ?? ""
        : "";

    /// <summary>The whole message.</summary>
    public JsonElement Json { get; }

    /// <summary>Reads a list of messages: <c>[{"role": "user", "content": "Hi"}, …]</c>.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">Where it comes from, in messages.</param>
    /// <returns>At least one message.</returns>
    /// <exception cref="InputException">It is no such list.</exception>
    public static IReadOnlyList<ChatMessage> ParseList(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        return TryParseList(json, out IReadOnlyList<ChatMessage> messages, out string place, out string found, out string expected)
            ? messages
            : throw new InputException(new InputProblem(source, 0, place, found, expected));
    }

    /// <summary>Reads a list of messages, or says what is wrong with it.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="messages">The messages; empty if something is wrong.</param>
    /// <param name="place">The path of what is wrong, such as <c>[1].role</c>.</param>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    internal static bool TryParseList(
        string json,
        out IReadOnlyList<ChatMessage> messages,
        out string place,
        out string found,
        out string expected)
    {
        messages = [];
        place = "";
        expected = "a JSON list of messages, [{\"role\": \"user\", \"content\": \"…\"}, …]";
        try
        {
            using var document = WholeJson.Parse(json, default(JsonDocumentOptions));
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() == 0)
            {
                found = document.RootElement.ValueKind == JsonValueKind.Array ? "an empty list" : Describe(document.RootElement);
                return false;
            }

            var read = new List<ChatMessage>();
            foreach (JsonElement element in document.RootElement.EnumerateArray())
            {
                found = Problem(element, out string key);
                if (found.Length > 0)
                {
                    place = $"[{read.Count}]{key}";
                    expected = "a message with a role, and with a content that is text or a list";
                    return false;
                }

                read.Add(new ChatMessage(element.Clone()));
            }

            (messages, found) = (read, "");
            return true;
        }
        catch (JsonException error)
        {
            string what = error.LineNumber is { } line
                ? $"text that is not JSON at position {(error.BytePositionInLine ?? 0) + 1} of line {line + 1}"
                : error.Message;
            found = $"{what}: {Characters.Quote(json)}";
            return false;
        }
    }

    /// <summary>The same message with other text.</summary>
    /// <param name="content">The text.</param>
    internal ChatMessage WithContent(string content)
    {
        JsonObject copy = JsonObject.Create(Json)!;
        copy["content"] = content;
        return new ChatMessage(ToElement(copy));
    }

    /// <inheritdoc/>
    public bool Equals(ChatMessage? other) => other is not null && JsonElement.DeepEquals(Json, other.Json);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ChatMessage);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Role, Text);

    /// <inheritdoc/>
    public override string ToString() => Json.GetRawText();

    private static string Problem(JsonElement element, out string key)
    {
        key = "";
        if (element.ValueKind != JsonValueKind.Object)
        {
            return Describe(element);
        }

        key = ".role";
        if (!element.TryGetProperty("role", out JsonElement role))
        {
            return "no role";
        }

        if (role.ValueKind != JsonValueKind.String || role.GetString()!.Length == 0)
        {
            return Describe(role);
        }

        key = ".content";
        if (element.TryGetProperty("content", out JsonElement content)
            && content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Null))
        {
            return Describe(content);
        }

        key = "";
        return "";
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => $"the text {Characters.Quote(element.GetRawText())}",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => element.GetRawText(),
    };

    private static JsonElement ToElement(JsonObject node) => JsonSerializer.SerializeToElement(node);
}
