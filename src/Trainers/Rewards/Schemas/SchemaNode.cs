namespace RlCore.Trainers.Rewards;

/// <summary>A keyword applied to a value.</summary>
/// <param name="run">The check of the whole value.</param>
/// <param name="value">The value.</param>
/// <param name="scope">The resources through which the check came here.</param>
/// <param name="seen">Which parts of the value are evaluated so far; empty if nobody asks.</param>
/// <returns>Whether the value passes.</returns>
internal delegate bool SchemaTest(SchemaRun run, JsonTree value, SchemaScope scope, bool[] seen);

/// <summary>A schema or a part of one: tests that a value must all pass.</summary>
/// <param name="id">Its number among the parts of the schema.</param>
/// <param name="resource">The resource that it belongs to.</param>
internal sealed class SchemaNode(int id, SchemaResource resource)
{
    /// <summary>Its number among the parts of the schema.</summary>
    public int Id { get; } = id;

    /// <summary>The resource that it belongs to.</summary>
    public SchemaResource Resource { get; } = resource;

    /// <summary>The tests.</summary>
    public List<SchemaTest> Tests { get; } = [];

    /// <summary>The tests that ask what the others have evaluated.</summary>
    public List<SchemaTest> LastTests { get; } = [];

    /// <summary>Schemas that are applied to the same value: a cycle of them would never end.</summary>
    public List<SchemaNode> SameValue { get; } = [];
}

/// <summary>A part of a schema with a URI of its own.</summary>
/// <param name="id">Its number.</param>
/// <param name="uri">Its URI.</param>
/// <param name="place">Where it begins: a JSON pointer into the document.</param>
internal sealed class SchemaResource(int id, Uri uri, string place)
{
    /// <summary>Its number.</summary>
    public int Id { get; } = id;

    /// <summary>Its URI.</summary>
    public Uri Uri { get; } = uri;

    /// <summary>Where it begins.</summary>
    public string Place { get; } = place;

    /// <summary>The places that its anchors name.</summary>
    public Dictionary<string, string> Anchors { get; } = new(StringComparer.Ordinal);

    /// <summary>The schemas that its dynamic anchors name.</summary>
    public Dictionary<string, SchemaNode> DynamicAnchors { get; } = new(StringComparer.Ordinal);
}

/// <summary>The resources through which a check came, the first one first and each once: where dynamic references look.</summary>
internal sealed class SchemaScope
{
    private readonly Dictionary<int, SchemaScope> _next;
    private readonly SchemaResource[] _resources;
    private readonly List<SchemaScope> _all;

    /// <summary>The scope without resources.</summary>
    public SchemaScope()
        : this([], [])
    {
    }

    private SchemaScope(SchemaResource[] resources, List<SchemaScope> all)
    {
        (_next, _resources, _all, Id) = ([], resources, all, all.Count);
        all.Add(this);
    }

    /// <summary>Its number: scopes of the same resources are the same scope.</summary>
    public int Id { get; }

    /// <summary>This scope and a resource. Only those with dynamic anchors matter.</summary>
    public SchemaScope With(SchemaResource resource)
    {
        if (resource.DynamicAnchors.Count == 0 || Array.IndexOf(_resources, resource) >= 0)
        {
            return this;
        }

        if (!_next.TryGetValue(resource.Id, out SchemaScope? next))
        {
            _next[resource.Id] = next = new SchemaScope([.. _resources, resource], _all);
        }

        return next;
    }

    /// <summary>The schema of a dynamic anchor in the first resource that has it.</summary>
    public SchemaNode Find(string anchor, SchemaNode otherwise) =>
        Array.Find(_resources, resource => resource.DynamicAnchors.ContainsKey(anchor))?.DynamicAnchors[anchor] ?? otherwise;
}
