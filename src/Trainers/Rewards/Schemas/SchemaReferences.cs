using System.Globalization;
using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>The places in a schema that references can name: by JSON pointer, by anchor, and by the URI of a resource.</summary>
internal sealed class SchemaReferences
{
    // A document without a URI of its own still has a base to resolve its references with.
    private static readonly Uri Unnamed = new("https://schema.invalid/");

    private static readonly string[] OfOne =
    [
        "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
        "unevaluatedProperties", "contentSchema",
    ];

    private static readonly string[] OfMany = ["allOf", "anyOf", "oneOf", "prefixItems"];
    private static readonly string[] ByName = ["properties", "patternProperties", "dependentSchemas", DefinitionsName, "definitions"];

    private const string DefinitionsName = "$defs";

    private readonly JsonElement _root;
    private readonly Dictionary<string, SchemaResource> _byUri = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaResource> _byPlace = new(StringComparer.Ordinal);
    private readonly Dictionary<SchemaResource, Dictionary<string, string>> _dynamic = [];
    private readonly Dictionary<string, JsonElement> _schemas = new(StringComparer.Ordinal);
    private readonly List<string> _definitions = [];

    /// <summary>Those of a document.</summary>
    public SchemaReferences(JsonElement root)
    {
        _root = root;
        Walk(root, "#", AddResource(Unnamed, "#"));
    }

    /// <summary>The resources.</summary>
    public IEnumerable<SchemaResource> Resources => _byUri.Values;

    /// <summary>The places of schemas that are only defined.</summary>
    public IReadOnlyList<string> Definitions => _definitions;

    /// <summary>The places of a resource's dynamic anchors.</summary>
    public IReadOnlyDictionary<string, string> DynamicPlaces(SchemaResource resource) => _dynamic[resource];

    /// <summary>The resource that a place belongs to.</summary>
    public SchemaResource ResourceAt(string place)
    {
        for (int end = place.Length; end > 0; end = place.LastIndexOf('/', end - 1))
        {
            if (_byPlace.TryGetValue(place[..end], out SchemaResource? resource))
            {
                return resource;
            }
        }

        return _byPlace["#"];
    }

    /// <summary>What stands at a place.</summary>
    public bool TryFind(string place, out JsonElement found)
    {
        // Finding a property in an object takes as long as the object is.
        if (_schemas.TryGetValue(place, out found))
        {
            return true;
        }

        found = _root;
        foreach (string part in place.Split('/').Skip(1))
        {
            string name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out JsonElement property))
            {
                found = property;
            }
            else if (found.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < found.GetArrayLength())
            {
                found = found[index];
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The place that a reference means.</summary>
    /// <param name="from">The resource in which it stands.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="place">The place.</param>
    /// <param name="anchor">The anchor that it names; empty if none.</param>
    public bool TryResolve(SchemaResource from, string reference, out string place, out string anchor)
    {
        int mark = reference.IndexOf('#', StringComparison.Ordinal);
        string address = mark < 0 ? reference : reference[..mark];
        string fragment = mark < 0 ? "" : Uri.UnescapeDataString(reference[(mark + 1)..]);
        (place, anchor) = ("", fragment.StartsWith('/') ? "" : fragment);
        SchemaResource? resource = address.Length == 0 ? from
            : Uri.TryCreate(from.Uri, address, out Uri? uri) && _byUri.TryGetValue(uri.AbsoluteUri, out SchemaResource? known) ? known
            : null;
        if (resource is null)
        {
            return false;
        }

        if (anchor.Length > 0)
        {
            return resource.Anchors.TryGetValue(anchor, out place!);
        }

        place = resource.Place + fragment;
        return TryFind(place, out _);
    }

    private SchemaResource AddResource(Uri uri, string place)
    {
        var resource = new SchemaResource(_byUri.Count, uri, place);
        _dynamic[resource] = new Dictionary<string, string>(StringComparer.Ordinal);
        _byUri[uri.AbsoluteUri] = _byPlace[place] = resource;
        return resource;
    }

    // Only where schemas stand: what looks like an $id in an enum is none.
    private void Walk(JsonElement schema, string place, SchemaResource resource)
    {
        _schemas[place] = schema;
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (TryText(schema, "$id", out string id) && Uri.TryCreate(resource.Uri, id.TrimEnd('#'), out Uri? uri))
        {
            resource = AddResource(uri, place);
        }

        if (TryText(schema, "$anchor", out string anchor))
        {
            resource.Anchors[anchor] = place;
        }

        if (TryText(schema, "$dynamicAnchor", out anchor))
        {
            resource.Anchors[anchor] = _dynamic[resource][anchor] = place;
        }

        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            WalkKeyword(keyword, $"{place}/{SchemaReader.Escape(keyword.Name)}", resource);
        }
    }

    private void WalkKeyword(JsonProperty keyword, string place, SchemaResource resource)
    {
        if (OfOne.Contains(keyword.Name))
        {
            Walk(keyword.Value, place, resource);
        }
        else if (OfMany.Contains(keyword.Name) && keyword.Value.ValueKind == JsonValueKind.Array)
        {
            for (int i = 0; i < keyword.Value.GetArrayLength(); i++)
            {
                Walk(keyword.Value[i], string.Create(CultureInfo.InvariantCulture, $"{place}/{i}"), resource);
            }
        }
        else if (ByName.Contains(keyword.Name) && keyword.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty part in keyword.Value.EnumerateObject())
            {
                string inner = $"{place}/{SchemaReader.Escape(part.Name)}";
                if (keyword.Name is DefinitionsName or "definitions")
                {
                    _definitions.Add(inner);
                }

                Walk(part.Value, inner, resource);
            }
        }
    }

    private static bool TryText(JsonElement schema, string name, out string text)
    {
        text = schema.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
        return text.Length > 0;
    }
}
