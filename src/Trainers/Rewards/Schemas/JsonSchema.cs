using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A JSON Schema: the common keywords of draft 2020-12. Checked when it is read: a keyword that is unknown, or whose value
/// is invalid, is rejected, so that no part of a schema is silently ignored. Numbers are compared exactly.
/// </summary>
internal sealed class JsonSchema
{
    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <summary>Reads a schema.</summary>
    /// <param name="text">Its JSON: an object, true or false.</param>
    /// <param name="schema">The schema; null if it cannot be used.</param>
    /// <param name="problems">The problems: a JSON pointer into the schema, what was found there and what was expected.</param>
    /// <returns>Whether it can be used.</returns>
    public static bool TryRead(string text, out JsonSchema? schema, out IReadOnlyList<SchemaProblem> problems)
    {
        schema = null;
        if (!JsonText.TryParse(text, out JsonElement root))
        {
            problems = [new SchemaProblem("#", JsonText.TooDeep(text) ?? "text that is not JSON", "a JSON Schema")];
            return false;
        }

        var reader = new SchemaReader(root);
        SchemaNode node = reader.Read();
        problems = reader.Problems;
        schema = problems.Count == 0 ? new JsonSchema(node) : null;
        return schema is not null;
    }

    /// <summary>Whether a value matches the schema.</summary>
    /// <param name="value">The value.</param>
    public bool Accepts(JsonElement value) => _root.Accepts(value);
}

/// <summary>A problem in a schema.</summary>
/// <param name="Place">Where: a JSON pointer.</param>
/// <param name="Found">What was found.</param>
/// <param name="Expected">What was expected.</param>
internal sealed record SchemaProblem(string Place, string Found, string Expected);

/// <summary>A schema or a part of one: tests that a value must all pass.</summary>
internal sealed class SchemaNode
{
    /// <summary>The tests.</summary>
    public List<Func<JsonElement, bool>> Tests { get; } = [];

    /// <summary>Schemas that are applied to the same value: a cycle of them would never end.</summary>
    public List<SchemaNode> SameValue { get; } = [];

    /// <summary>Whether a value passes.</summary>
    public bool Accepts(JsonElement value) => Tests.TrueForAll(test => test(value));
}
