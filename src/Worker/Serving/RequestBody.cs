using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Serving;

/// <summary>
/// The members of a request's body. Each that a route understands is read by its name; what is left over is refused in
/// <see cref="Complete"/>, so that nothing that was asked for is dropped in silence.
/// </summary>
internal sealed class RequestBody
{
    // They change nothing of the answer: who asks, and what a hosted service would keep or charge.
    private static readonly string[] Harmless =
    [
        "user", "store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "parallel_tool_calls", "verbosity",
    ];

    private readonly JsonElement _root;
    private readonly HashSet<string> _read = [.. Harmless];

    /// <summary>Members of a JSON object.</summary>
    /// <param name="root">The object.</param>
    /// <exception cref="ApiException">It is none.</exception>
    public RequestBody(JsonElement root) => _root = root.ValueKind == JsonValueKind.Object
        ? root
        : throw ApiException.BadRequest(null, $"The body is {Describe(root)}; a JSON object is expected.");

    /// <summary>Whether there is such a member that is not null.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public bool TryGet(string name, out JsonElement value)
    {
        _read.Add(name);
        return _root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>A text.</summary>
    /// <param name="name">The member's name.</param>
    public string? Text(string name) => !TryGet(name, out JsonElement value) ? null
        : TextOf(value) ?? throw Wrong(name, value, "a text");

    /// <summary>A text's value; null if it is none.</summary>
    /// <param name="value">The value.</param>
    public static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A flag.</summary>
    /// <param name="name">The member's name.</param>
    public bool Flag(string name) => TryGet(name, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, value, "true or false"),
    };

    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public long? Whole(string name, long least, long most) => !TryGet(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most ? number
        : throw Wrong(name, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    /// <summary>A number within bounds.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public double? Number(string name, double least, double most) => !TryGet(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most ? number
        : throw Wrong(name, value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>Refuses what this server cannot do, unless it is asked for in a way that changes nothing.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="changesNothing">Whether a value changes nothing.</param>
    /// <param name="expected">Such a value.</param>
    public void Unsupported(string name, Func<JsonElement, bool> changesNothing, string expected)
    {
        if (TryGet(name, out JsonElement value) && !changesNothing(value))
        {
            throw Wrong(name, value, $"nothing, or {expected}: this server has no more", "unsupported_parameter");
        }
    }

    /// <summary>Refuses members that nobody has read.</summary>
    public void Complete()
    {
        foreach (JsonProperty member in _root.EnumerateObject())
        {
            if (!_read.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null)
            {
                string hint = Names.TryNearest(member.Name, _read, out string nearest) ? $" Did you mean {nearest}?" : "";
                throw ApiException.BadRequest(
                    member.Name, $"Unrecognized request argument supplied: {member.Name}.{hint}", "unknown_parameter");
            }
        }
    }

    /// <summary>The error of a member.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="found">Its value.</param>
    /// <param name="expected">What was expected.</param>
    /// <param name="code">OpenAI's code.</param>
    public static ApiException Wrong(string name, JsonElement found, string expected, string? code = null) =>
        ApiException.BadRequest(name, $"{name} is {Describe(found)}; expected {expected}.", code);

    private static string Describe(JsonElement value)
    {
        const int Most = 60;
        string text = value.GetRawText();
        return text.Length <= Most ? text : $"{value.ValueKind switch
        {
            JsonValueKind.String => "a text",
            JsonValueKind.Array => "a list",
            _ => "an object",
        }} of {text.Length} characters";
    }
}
