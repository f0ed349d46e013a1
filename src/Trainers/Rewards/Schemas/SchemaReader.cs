using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>Turns a schema's JSON into tests, once for each place, and collects the problems.</summary>
internal sealed class SchemaReader(JsonElement root)
{
    private const string Definitions = "$defs";
    private const string Reference = "$ref";

    // Keywords that are only annotations.
    private static readonly string[] Annotations =
    [
        "$schema", "$id", "$comment", Definitions, "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly",
    ];

    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);

    /// <summary>The problems.</summary>
    public List<SchemaProblem> Problems { get; } = [];

    /// <summary>Reads the whole schema.</summary>
    public SchemaNode Read()
    {
        SchemaNode node = Read(root, "#");
        if (root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty(Definitions, out JsonElement definitions)
            && definitions.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty definition in definitions.EnumerateObject())
            {
                Read(definition.Value, $"#/{Definitions}/{definition.Name}");
            }
        }

        if (Problems.Count == 0)
        {
            RefuseCircles();
        }

        return node;
    }

    /// <summary>Reads the schema at a place.</summary>
    public SchemaNode Read(JsonElement schema, string pointer)
    {
        if (_nodes.TryGetValue(pointer, out SchemaNode? known))
        {
            return known;
        }

        // Registered before it is read, so that it may refer to itself.
        SchemaNode node = _nodes[pointer] = new SchemaNode();
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                break;
            case JsonValueKind.False:
                node.Tests.Add(_ => false);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty keyword in schema.EnumerateObject())
                {
                    ReadKeyword(node, schema, keyword, $"{pointer}/{keyword.Name}");
                }

                break;
            default:
                Refuse(pointer, schema, "a schema: an object, true or false");
                break;
        }

        return node;
    }

    /// <summary>Reports that something cannot be used.</summary>
    public void Refuse(string pointer, JsonElement found, string expected) =>
        Problems.Add(new SchemaProblem(pointer, Characters.Quote(found.GetRawText()), expected));

    private void ReadKeyword(SchemaNode node, JsonElement schema, JsonProperty keyword, string pointer)
    {
        if (keyword.Name == Reference)
        {
            ReadReference(node, keyword.Value, pointer);
        }
        else if (SchemaKeywords.All.TryGetValue(keyword.Name, out SchemaKeywords.Compile? compile))
        {
            compile(new SchemaPlace(this, node, schema, keyword.Value, pointer));
        }
        else if (!Annotations.Contains(keyword.Name))
        {
            string[] all = [Reference, .. SchemaKeywords.All.Keys, .. Annotations];
            string hint = Names.TryNearest(keyword.Name, all, out string nearest)
                ? $"\"{nearest}\", perhaps"
                : "one of the known ones: " + string.Join(", ", all);
            Problems.Add(new SchemaProblem(pointer, $"the unknown keyword \"{keyword.Name}\"", hint));
        }
    }

    private void ReadReference(SchemaNode node, JsonElement value, string pointer)
    {
        string target = value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
        string prefix = $"#/{Definitions}/";
        SchemaNode? referred = target == "#" ? _nodes["#"]
            : target.StartsWith(prefix, StringComparison.Ordinal)
                && root.TryGetProperty(Definitions, out JsonElement definitions) && definitions.ValueKind == JsonValueKind.Object
                && definitions.TryGetProperty(target[prefix.Length..], out JsonElement definition)
                ? Read(definition, target)
            : null;
        if (referred is null)
        {
            Refuse(pointer, value, $"\"#\" or \"{prefix}NAME\", with NAME in the schema's {Definitions}");
            return;
        }

        node.SameValue.Add(referred);
        node.Tests.Add(referred.Accepts);
    }

    private void RefuseCircles()
    {
        var done = new HashSet<SchemaNode>();
        var open = new HashSet<SchemaNode>();
        foreach (var (pointer, node) in _nodes)
        {
            if (HasCircle(node, done, open))
            {
                Problems.Add(new SchemaProblem(
                    pointer,
                    "a schema that refers to itself for the same value",
                    "references that end, or that lead to a part of the value"));
                return;
            }
        }
    }

    private static bool HasCircle(SchemaNode node, HashSet<SchemaNode> done, HashSet<SchemaNode> open)
    {
        if (done.Contains(node) || !open.Add(node))
        {
            return !done.Contains(node);
        }

        bool found = node.SameValue.Exists(next => HasCircle(next, done, open));
        open.Remove(node);
        done.Add(node);
        return found;
    }
}

/// <summary>A keyword in its place.</summary>
/// <param name="Reader">The reader for nested schemas.</param>
/// <param name="Node">The node of the keyword.</param>
/// <param name="Schema">The JSON around it.</param>
/// <param name="Value">Its value.</param>
/// <param name="Pointer">Where it stands.</param>
internal sealed record SchemaPlace(SchemaReader Reader, SchemaNode Node, JsonElement Schema, JsonElement Value, string Pointer)
{
    /// <summary>Adds a test for values of one kind; others pass.</summary>
    public void Test(JsonValueKind kind, Func<JsonElement, bool> test) => Node.Tests.Add(value => value.ValueKind != kind || test(value));

    /// <summary>Reports that the keyword's value cannot be used.</summary>
    public void Refuse(string expected) => Reader.Refuse(Pointer, Value, expected);
}
