using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>Turns a schema's JSON into tests, once for each place, and collects the problems.</summary>
internal sealed class SchemaReader
{
    private const string Dialect = "$schema";
    private const string Draft = "https://json-schema.org/draft/2020-12/schema";

    // Keywords that are only annotations.
    private static readonly string[] Annotations =
    [
        "$id", "$anchor", "$dynamicAnchor", "$comment", "$vocabulary", "$defs", "definitions", "title", "description", "default",
        "examples", "deprecated", "readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType", "contentSchema",
    ];

    private readonly JsonElement _root;
    private readonly SchemaReferences _references;
    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly Queue<Action> _later = [];

    /// <summary>A reader of a document.</summary>
    public SchemaReader(JsonElement root) => (_root, _references) = (root, new SchemaReferences(root));

    /// <summary>The problems.</summary>
    public List<SchemaProblem> Problems { get; } = [];

    /// <summary>Whether a keyword asks which parts of a value are evaluated.</summary>
    public bool Asks { get; set; }

    /// <summary>Reads the whole schema.</summary>
    public SchemaNode Read()
    {
        SchemaNode node = Read(_root, "#");
        foreach (string definition in _references.Definitions)
        {
            ReadAt(definition);
        }

        foreach (SchemaResource resource in _references.Resources)
        {
            foreach ((string anchor, string place) in _references.DynamicPlaces(resource))
            {
                resource.DynamicAnchors[anchor] = ReadAt(place);
            }
        }

        while (_later.TryDequeue(out Action? read))
        {
            read();
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
        SchemaNode node = _nodes[pointer] = new SchemaNode(_nodes.Count, _references.ResourceAt(pointer));
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                break;
            case JsonValueKind.False:
                node.Tests.Add((_, _, _, _) => false);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty keyword in schema.EnumerateObject())
                {
                    ReadKeyword(new SchemaPlace(this, node, schema, keyword.Value, $"{pointer}/{Escape(keyword.Name)}"), keyword.Name);
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

    /// <summary>A name as a part of a JSON pointer.</summary>
    public static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private SchemaNode ReadAt(string place) =>
        _references.TryFind(place, out JsonElement found) ? Read(found, place) : throw new InvalidOperationException(place);

    private void ReadKeyword(SchemaPlace place, string name)
    {
        if (name is "$ref" or "$dynamicRef")
        {
            // References wait until every resource and anchor is known, and what they refer to is read in its own place.
            int position = place.Node.Tests.Count;
            place.Node.Tests.Add((_, _, _, _) => true);
            _later.Enqueue(() => ReadReference(place, position, name == "$dynamicRef"));
        }
        else if (SchemaKeywords.All.TryGetValue(name, out SchemaKeywords.Compile? compile)
            || SchemaApplicators.All.TryGetValue(name, out compile))
        {
            compile(place);
        }
        else if (name == Dialect)
        {
            if (place.Value.ValueKind != JsonValueKind.String || place.Value.GetString()!.TrimEnd('#') != Draft)
            {
                place.Refuse($"\"{Draft}\", or no {Dialect}: other drafts and vocabularies have other rules");
            }
        }
        else if (!Annotations.Contains(name))
        {
            string[] all = ["$ref", "$dynamicRef", Dialect, .. SchemaKeywords.All.Keys, .. SchemaApplicators.All.Keys, .. Annotations];
            string hint = Names.TryNearest(name, all, out string nearest)
                ? $"\"{nearest}\", perhaps"
                : "one of the known ones: " + string.Join(", ", all);
            Problems.Add(new SchemaProblem(place.Pointer, $"the unknown keyword \"{name}\"", hint));
        }
    }

    private void ReadReference(SchemaPlace place, int position, bool isDynamic)
    {
        string target = place.Value.ValueKind == JsonValueKind.String ? place.Value.GetString() ?? "" : "";
        if (target.Length == 0 || !_references.TryResolve(place.Node.Resource, target, out string pointer, out string anchor))
        {
            place.Refuse("\"#\" or \"#/$defs/NAME\", with NAME in the schema's $defs, or the URI, anchor or place of another part of this "
                + "document; other documents are not loaded");
            return;
        }

        SchemaNode referred = ReadAt(pointer);
        bool isOpen = isDynamic && referred.Resource.DynamicAnchors.ContainsKey(anchor);
        if (!isOpen)
        {
            place.Node.SameValue.Add(referred);
        }

        place.Node.Tests[position] = isOpen
            ? (run, value, scope, seen) => run.AcceptsSame(scope.Find(anchor, referred), value, scope, seen)
            : (run, value, scope, seen) => run.AcceptsSame(referred, value, scope, seen);
    }

    private void RefuseCircles()
    {
        var done = new HashSet<SchemaNode>();
        foreach (var (pointer, node) in _nodes)
        {
            if (HasCircle(node, done))
            {
                Problems.Add(new SchemaProblem(
                    pointer,
                    "a schema that refers to itself for the same value",
                    "references that end, or that lead to a part of the value"));
                return;
            }
        }
    }

    // Depth first, with a stack of its own: a chain of references may be longer than the thread's.
    private static bool HasCircle(SchemaNode root, HashSet<SchemaNode> done)
    {
        var open = new HashSet<SchemaNode>();
        var path = new Stack<(SchemaNode Node, int Next)>();
        if (!done.Contains(root))
        {
            open.Add(root);
            path.Push((root, 0));
        }

        while (path.TryPop(out var step))
        {
            if (step.Next == step.Node.SameValue.Count)
            {
                open.Remove(step.Node);
                done.Add(step.Node);
                continue;
            }

            path.Push((step.Node, step.Next + 1));
            SchemaNode next = step.Node.SameValue[step.Next];
            if (open.Contains(next))
            {
                return true;
            }

            if (!done.Contains(next))
            {
                open.Add(next);
                path.Push((next, 0));
            }
        }

        return false;
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
    public void Test(JsonValueKind kind, Func<JsonTree, bool> test) =>
        Node.Tests.Add((_, value, _, _) => value.Kind != kind || test(value));

    /// <summary>Adds a test for values of one kind that applies other schemas; others pass.</summary>
    public void Test(JsonValueKind kind, SchemaTest test) =>
        Node.Tests.Add((run, value, scope, seen) => value.Kind != kind || test(run, value, scope, seen));

    /// <summary>Reports that the keyword's value cannot be used.</summary>
    public void Refuse(string expected) => Reader.Refuse(Pointer, Value, expected);

    /// <summary>Whether the keyword's value is of a kind; otherwise that is a problem.</summary>
    public bool Is(JsonValueKind kind, string expected)
    {
        bool isKind = Value.ValueKind == kind;
        if (!isKind)
        {
            Refuse(expected);
        }

        return isKind;
    }

    /// <summary>The schema that is the keyword's value.</summary>
    public SchemaNode Part() => Reader.Read(Value, Pointer);

    /// <summary>The schema that is the keyword's value, applied to the same value.</summary>
    public SchemaNode SamePart()
    {
        SchemaNode part = Part();
        Node.SameValue.Add(part);
        return part;
    }

    /// <summary>The schemas in the keyword's list; null, and a problem, if it is none.</summary>
    public List<SchemaNode>? Parts()
    {
        if (Value.ValueKind == JsonValueKind.Array && Value.GetArrayLength() > 0)
        {
            return [.. Value.EnumerateArray()
                .Select((part, index) => Reader.Read(part, string.Create(CultureInfo.InvariantCulture, $"{Pointer}/{index}")))];
        }

        Refuse("a list of at least one schema");
        return null;
    }

    /// <summary>The schemas by name in the keyword's object; null, and a problem, if it is none.</summary>
    public Dictionary<string, SchemaNode>? NamedParts() => Is(JsonValueKind.Object, "an object of schemas")
        ? Value.EnumerateObject().ToDictionary(
            part => part.Name,
            part => Reader.Read(part.Value, $"{Pointer}/{SchemaReader.Escape(part.Name)}"),
            StringComparer.Ordinal)
        : null;
}
