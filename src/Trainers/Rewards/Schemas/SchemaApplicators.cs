using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>The keywords that apply other schemas. Source: JSON Schema, draft 2020-12, core, sections 10 and 11.</summary>
internal static class SchemaApplicators
{
    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, SchemaKeywords.Compile> All { get; } =
        new Dictionary<string, SchemaKeywords.Compile>(StringComparer.Ordinal)
        {
            ["allOf"] = AllOf,
            ["anyOf"] = AnyOf,
            ["oneOf"] = OneOf,
            ["not"] = Not,
            ["if"] = If,
            ["then"] = place => place.Part(),
            ["else"] = place => place.Part(),
            ["prefixItems"] = PrefixItems,
            ["items"] = Items,
            ["contains"] = Contains,
            ["properties"] = Properties,
            ["patternProperties"] = PatternProperties,
            ["additionalProperties"] = AdditionalProperties,
            ["propertyNames"] = PropertyNames,
            ["dependentSchemas"] = DependentSchemas,
            ["unevaluatedItems"] = place => Unevaluated(place, JsonValueKind.Array),
            ["unevaluatedProperties"] = place => Unevaluated(place, JsonValueKind.Object),
        };

    private static void AllOf(SchemaPlace place)
    {
        if (place.Parts() is { } parts)
        {
            place.Node.SameValue.AddRange(parts);
            place.Node.Tests.Add((run, value, scope, seen) => parts.TrueForAll(part => run.AcceptsSame(part, value, scope, seen)));
        }
    }

    // Every branch that matches counts as evaluating, so that none is skipped if somebody asks.
    private static void AnyOf(SchemaPlace place)
    {
        if (place.Parts() is { } parts)
        {
            place.Node.SameValue.AddRange(parts);
            place.Node.Tests.Add((run, value, scope, seen) =>
            {
                bool any = false;
                for (int i = 0; i < parts.Count && (!any || seen.Length > 0); i++)
                {
                    any |= run.AcceptsSame(parts[i], value, scope, seen);
                }

                return any;
            });
        }
    }

    private static void OneOf(SchemaPlace place)
    {
        if (place.Parts() is { } parts)
        {
            place.Node.SameValue.AddRange(parts);
            place.Node.Tests.Add((run, value, scope, seen) => parts.Count(part => run.AcceptsSame(part, value, scope, seen)) == 1);
        }
    }

    private static void Not(SchemaPlace place)
    {
        SchemaNode part = place.SamePart();
        place.Node.Tests.Add((run, value, scope, _) => !run.Accepts(part, value, scope));
    }

    private static void If(SchemaPlace place)
    {
        SchemaNode condition = place.SamePart();
        SchemaNode? then = Sibling(place, "then");
        SchemaNode? otherwise = Sibling(place, "else");
        place.Node.Tests.Add((run, value, scope, seen) =>
        {
            SchemaNode? next = run.AcceptsSame(condition, value, scope, seen) ? then : otherwise;
            return next is null || run.AcceptsSame(next, value, scope, seen);
        });
    }

    private static SchemaNode? Sibling(SchemaPlace place, string name)
    {
        if (!place.Schema.TryGetProperty(name, out JsonElement schema))
        {
            return null;
        }

        SchemaNode node = place.Reader.Read(schema, $"{place.Pointer[..place.Pointer.LastIndexOf('/')]}/{name}");
        place.Node.SameValue.Add(node);
        return node;
    }

    private static void PrefixItems(SchemaPlace place)
    {
        if (place.Parts() is { } parts)
        {
            place.Test(JsonValueKind.Array, (run, value, scope, seen) =>
                Each(value, seen, i => i < parts.Count, i => run.Accepts(parts[i], value.Parts[i], scope)));
        }
    }

    private static void Items(SchemaPlace place)
    {
        int before = place.Schema.TryGetProperty("prefixItems", out JsonElement prefix) && prefix.ValueKind == JsonValueKind.Array
            ? prefix.GetArrayLength()
            : 0;
        SchemaNode item = place.Part();
        place.Test(JsonValueKind.Array, (run, value, scope, seen) =>
            Each(value, seen, i => i >= before, i => run.Accepts(item, value.Parts[i], scope)));
    }

    private static void Contains(SchemaPlace place)
    {
        SchemaNode item = place.Part();
        int least = SchemaKeywords.Limit(place.Schema, "minContains") ?? 1;
        int most = SchemaKeywords.Limit(place.Schema, "maxContains") ?? int.MaxValue;
        place.Test(JsonValueKind.Array, (run, value, scope, seen) =>
        {
            int count = 0;
            for (int i = 0; i < value.Parts.Length; i++)
            {
                if (run.Accepts(item, value.Parts[i], scope))
                {
                    count++;
                    Mark(seen, i);
                }
            }

            return count >= least && count <= most;
        });
    }

    private static void Properties(SchemaPlace place)
    {
        if (place.NamedParts() is { } parts)
        {
            place.Test(JsonValueKind.Object, (run, value, scope, seen) => Each(
                value,
                seen,
                i => parts.ContainsKey(value.Names[i].Text),
                i => run.Accepts(parts[value.Names[i].Text], value.Parts[i], scope)));
        }
    }

    private static void PatternProperties(SchemaPlace place)
    {
        if (place.NamedParts() is not { } parts)
        {
            return;
        }

        foreach ((string name, SchemaNode part) in parts)
        {
            if (EcmaPattern.TryRead(name, out EcmaPattern? pattern, out string problem))
            {
                place.Test(JsonValueKind.Object, (run, value, scope, seen) => Each(
                    value,
                    seen,
                    i => pattern!.IsMatch(run, value.Names[i].Text),
                    i => run.Accepts(part, value.Parts[i], scope)));
            }
            else
            {
                place.Reader.Problems.Add(new SchemaProblem(
                    place.Pointer, $"the name {Inputs.Characters.Quote(name)}", $"a regular expression of ECMA-262 ({problem})"));
            }
        }
    }

    private static void AdditionalProperties(SchemaPlace place)
    {
        var named = Names(place.Schema, "properties").ToHashSet(StringComparer.Ordinal);
        EcmaPattern[] patterns = [.. Names(place.Schema, "patternProperties")
            .Select(name => EcmaPattern.TryRead(name, out EcmaPattern? pattern, out _) ? pattern : null).OfType<EcmaPattern>()];
        SchemaNode other = place.Part();
        place.Test(JsonValueKind.Object, (run, value, scope, seen) => Each(
            value,
            seen,
            i => !named.Contains(value.Names[i].Text) && !Array.Exists(patterns, pattern => pattern.IsMatch(run, value.Names[i].Text)),
            i => run.Accepts(other, value.Parts[i], scope)));
    }

    private static void PropertyNames(SchemaPlace place)
    {
        SchemaNode part = place.Part();
        place.Test(JsonValueKind.Object, (run, value, scope, _) => Array.TrueForAll(value.Names, name => run.Accepts(part, name, scope)));
    }

    private static void DependentSchemas(SchemaPlace place)
    {
        if (place.NamedParts() is { } parts)
        {
            place.Node.SameValue.AddRange(parts.Values);
            place.Test(JsonValueKind.Object, (run, value, scope, seen) => parts.All(part =>
                !value.Places.ContainsKey(part.Key) || run.AcceptsSame(part.Value, value, scope, seen)));
        }
    }

    private static void Unevaluated(SchemaPlace place, JsonValueKind kind)
    {
        SchemaNode part = place.Part();
        place.Reader.Asks = true;
        place.Node.LastTests.Add((run, value, scope, seen) =>
            value.Kind != kind || Each(value, seen, i => !seen[i], i => run.Accepts(part, value.Parts[i], scope)));
    }

    // Applies a schema to some parts of a value, which are then evaluated.
    private static bool Each(JsonTree value, bool[] seen, Func<int, bool> concerns, Func<int, bool> accepts)
    {
        for (int i = 0; i < value.Parts.Length; i++)
        {
            if (concerns(i))
            {
                if (!accepts(i))
                {
                    return false;
                }

                Mark(seen, i);
            }
        }

        return true;
    }

    private static void Mark(bool[] seen, int place)
    {
        if (place < seen.Length)
        {
            seen[place] = true;
        }
    }

    private static IEnumerable<string> Names(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().Select(property => property.Name)
            : [];
}
