using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Reads parts of a tokenizer's files. What is not understood is refused by name.</summary>
/// <param name="source">The file, in messages.</param>
internal sealed class JsonParts(string source)
{
    /// <summary>An error at a place in the file.</summary>
    /// <param name="path">The place, such as <c>model.vocab</c>.</param>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public InputException Error(string path, string found, string expected) => new(new InputProblem(source, 0, path, found, expected));

    /// <summary>The type of a component.</summary>
    /// <param name="part">The component.</param>
    /// <param name="path">Its place.</param>
    public string Type(JsonElement part, string path) => Text(Member(part, "type", path), path + ".type");

    /// <summary>Refuses keys that are not known.</summary>
    /// <param name="part">An object.</param>
    /// <param name="path">Its place.</param>
    /// <param name="known">The keys that are read, or that change nothing.</param>
    public void Only(JsonElement part, string path, params ReadOnlySpan<string> known)
    {
        var seen = new HashSet<string>();
        foreach (JsonProperty member in Object(part, path).EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw Error(
                    $"{path}.{Short(member.Name)}",
                    Short(member.Value.GetRawText()),
                    "no setting of this name: it is not supported");
            }

            if (!seen.Add(member.Name))
            {
                throw Error($"{path}.{member.Name}", "the key twice", "each key once");
            }
        }
    }

    /// <summary>A member that must be there.</summary>
    /// <param name="part">An object.</param>
    /// <param name="name">The key.</param>
    /// <param name="path">The object's place.</param>
    public JsonElement Member(JsonElement part, string name, string path) =>
        Object(part, path).TryGetProperty(name, out JsonElement value) ? value : throw Error($"{path}.{name}", "nothing", "a value");

    /// <summary>A member that may be missing or null.</summary>
    /// <param name="part">An object.</param>
    /// <param name="name">The key.</param>
    /// <param name="value">The value.</param>
    public static bool TryMember(JsonElement part, string name, out JsonElement value) =>
        part.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>An object.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">Its place.</param>
    public JsonElement Object(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object ? value : throw Error(path, Short(value.GetRawText()), "an object");

    /// <summary>The elements of a list.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">Its place.</param>
    public IEnumerable<JsonElement> List(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Error(path, Short(value.GetRawText()), "a list");

    /// <summary>A text.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">Its place.</param>
    public string Text(JsonElement value, string path)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Error(path, Short(value.GetRawText()), "a text");
        }
        catch (InvalidOperationException)
        {
            throw Error(path, "half of a surrogate pair", "text that is Unicode");
        }
    }

    /// <summary>A truth value; the default where it is missing or null.</summary>
    /// <param name="part">An object.</param>
    /// <param name="name">The key.</param>
    /// <param name="path">The object's place.</param>
    /// <param name="missing">The default.</param>
    public bool Flag(JsonElement part, string name, string path, bool missing = false) =>
        !TryMember(part, name, out JsonElement value) ? missing
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Error($"{path}.{name}", Short(value.GetRawText()), "true or false");

    /// <summary>A whole number in a range.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">Its place.</param>
    /// <param name="most">The highest that is allowed; the lowest is 0.</param>
    public int Number(JsonElement value, string path, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 && number <= most
            ? number
            : throw Error(path, Short(value.GetRawText()), $"a whole number from 0 to {most}");

    /// <summary>A pattern that must be a plain text that is not empty.</summary>
    /// <param name="part">The component with the pattern.</param>
    /// <param name="path">Its place.</param>
    public string Literal(JsonElement part, string path)
    {
        JsonElement pattern = Member(part, "pattern", path);
        if (Object(pattern, path + ".pattern").TryGetProperty("Regex", out JsonElement regex))
        {
            throw Error(
                path + ".pattern.Regex",
                Characters.Quote(Short(Text(regex, path))),
                "a plain text (\"String\"): this expression is not supported");
        }

        string text = Text(Member(pattern, "String", path + ".pattern"), path + ".pattern.String");
        return text.Length > 0 ? text : throw Error(path + ".pattern.String", "an empty text", "a text to look for");
    }

    /// <summary>The beginning of a long text, for messages.</summary>
    /// <param name="text">The text.</param>
    public static string Short(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
