using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A JSON Schema of draft 2020-12. Checked when it is read: a keyword that is unknown, or whose value is invalid, is rejected, so that
/// no part of a schema is silently ignored. Numbers are compared exactly, and no value makes its check exponential
/// (<see cref="SchemaRun"/>).
/// </summary>
internal sealed class JsonSchema
{
    private readonly SchemaNode _root;
    private readonly bool _asks;

    private JsonSchema(SchemaNode root, bool asks) => (_root, _asks) = (root, asks);

    /// <summary>Reads a schema.</summary>
    /// <param name="text">Its JSON: an object, true or false.</param>
    /// <param name="schema">The schema; null if it cannot be used.</param>
    /// <param name="problems">The problems: a JSON pointer into the schema, what was found there and what was expected.</param>
    /// <returns>Whether it can be used.</returns>
    public static bool TryRead(string text, out JsonSchema? schema, out IReadOnlyList<SchemaProblem> problems)
    {
        schema = null;
        if (!JsonText.TryParse(text, out JsonElement root, out string problem) || !WholeJson.IsWhole(root, out problem))
        {
            problems = [new SchemaProblem("#", problem, "a JSON Schema")];
            return false;
        }

        try
        {
            var reader = new SchemaReader(root);
            SchemaNode node = reader.Read();
            problems = reader.Problems;
            schema = problems.Count == 0 ? new JsonSchema(node, reader.Asks) : null;
        }
        catch (OverflowException number)
        {
            problems = [new SchemaProblem("#", $"a number that is not read: {number.Message}", "numbers with shorter exponents")];
        }

        return schema is not null;
    }

    /// <summary>Whether a value matches the schema; one whose check cannot be finished does not.</summary>
    /// <param name="value">The value.</param>
    public bool Accepts(JsonElement value) => Accepts(value, out _);

    /// <summary>Whether a value matches the schema; one whose check cannot be finished does not.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isUndecided">Whether the check could not be finished within its limits of work and depth.</param>
    public bool Accepts(JsonElement value, out bool isUndecided)
    {
        var run = new SchemaRun(_asks);
        bool accepts = JsonTree.TryRead(value, out JsonTree? node) && run.Accepts(_root, node!, new SchemaScope());
        isUndecided = run.IsUndecided;
        return accepts && !isUndecided;
    }
}

/// <summary>A problem in a schema.</summary>
/// <param name="Place">Where: a JSON pointer.</param>
/// <param name="Found">What was found.</param>
/// <param name="Expected">What was expected.</param>
internal sealed record SchemaProblem(string Place, string Found, string Expected);
