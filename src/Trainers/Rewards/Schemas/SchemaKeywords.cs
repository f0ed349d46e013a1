using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>The keywords of JSON Schema that look at a value itself. Source: JSON Schema, draft 2020-12, validation.</summary>
internal static class SchemaKeywords
{
    private static readonly string[] Types = ["null", "boolean", "object", "array", "number", "integer", "string"];

    /// <summary>Adds a keyword's test to its node, or reports why it cannot be used.</summary>
    public delegate void Compile(SchemaPlace place);

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Compile> All { get; } = new Dictionary<string, Compile>(StringComparer.Ordinal)
    {
        ["type"] = Type,
        ["enum"] = Enumeration,
        ["const"] = place => OneOf(place, [place.Value]),
        ["multipleOf"] = MultipleOf,
        ["minimum"] = place => Bound(place, order => order >= 0),
        ["maximum"] = place => Bound(place, order => order <= 0),
        ["exclusiveMinimum"] = place => Bound(place, order => order > 0),
        ["exclusiveMaximum"] = place => Bound(place, order => order < 0),
        ["minLength"] = place => Count(place, JsonValueKind.String, Length, (length, limit) => length >= limit),
        ["maxLength"] = place => Count(place, JsonValueKind.String, Length, (length, limit) => length <= limit),
        ["pattern"] = Pattern,
        ["minItems"] = place => Count(place, JsonValueKind.Array, array => array.Parts.Length, (count, limit) => count >= limit),
        ["maxItems"] = place => Count(place, JsonValueKind.Array, array => array.Parts.Length, (count, limit) => count <= limit),
        ["minContains"] = place => Count(place, JsonValueKind.Array, _ => 0, (_, _) => true),
        ["maxContains"] = place => Count(place, JsonValueKind.Array, _ => 0, (_, _) => true),
        ["uniqueItems"] = UniqueItems,
        ["minProperties"] = place => Count(place, JsonValueKind.Object, record => record.Parts.Length, (count, limit) => count >= limit),
        ["maxProperties"] = place => Count(place, JsonValueKind.Object, record => record.Parts.Length, (count, limit) => count <= limit),
        ["required"] = Required,
        ["dependentRequired"] = DependentRequired,
    };

    /// <summary>The number of a keyword beside another one; null without it.</summary>
    public static int? Limit(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            ? JsonNumber.Of(value).ToCount()
            : null;

    private static void Type(SchemaPlace place)
    {
        JsonElement[] names = place.Value.ValueKind == JsonValueKind.Array ? [.. place.Value.EnumerateArray()] : [place.Value];
        if (names.Length == 0
            || !Array.TrueForAll(names, name => name.ValueKind == JsonValueKind.String && Types.Contains(name.GetString())))
        {
            place.Refuse($"one or a list of {string.Join(", ", Types)}");
            return;
        }

        string?[] types = [.. names.Select(name => name.GetString())];
        place.Node.Tests.Add((_, value, _, _) => Array.Exists(types, type => Is(value, type)));
    }

    private static bool Is(JsonTree value, string? type) => value.Kind switch
    {
        JsonValueKind.Null => type == "null",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        _ => type == "number" || (type == "integer" && value.Number.IsWhole),
    };

    private static void Enumeration(SchemaPlace place)
    {
        if (place.Is(JsonValueKind.Array, "a list of values"))
        {
            OneOf(place, [.. place.Value.EnumerateArray()]);
        }
    }

    private static void OneOf(SchemaPlace place, JsonElement[] values)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement value in values)
        {
            if (!JsonTree.TryRead(value, out JsonTree? node))
            {
                place.Refuse("text without half of a surrogate pair");
                return;
            }

            keys.Add(node!.Key());
        }

        place.Node.Tests.Add((run, value, _, _) => run.Spend(value.Size / 16) && keys.Contains(value.Key()));
    }

    private static void MultipleOf(SchemaPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Number
            || JsonNumber.Of(place.Value) is not { IsNegative: false, Digits.Length: > 0 } unit)
        {
            place.Refuse("a number above 0");
            return;
        }

        // Division takes quadratic time in the digits.
        place.Test(JsonValueKind.Number, (run, value, _, _) =>
            run.Spend((long)value.Number.Digits.Length * (value.Number.Digits.Length + unit.Digits.Length) / 4096)
                && value.Number.IsMultipleOf(unit));
    }

    private static void Bound(SchemaPlace place, Func<int, bool> accepts)
    {
        if (place.Is(JsonValueKind.Number, "a number"))
        {
            var limit = JsonNumber.Of(place.Value);
            place.Test(JsonValueKind.Number, value => accepts(value.Number.CompareTo(limit)));
        }
    }

    private static void Count(SchemaPlace place, JsonValueKind kind, Func<JsonTree, int> count, Func<int, int, bool> accepts)
    {
        if (place.Value.ValueKind != JsonValueKind.Number || JsonNumber.Of(place.Value).ToCount() is not { } limit)
        {
            place.Refuse("a whole number of at least 0");
            return;
        }

        place.Test(kind, value => accepts(count(value), limit));
    }

    // Characters as people count them in the standard: code points.
    private static int Length(JsonTree text) => text.Text.EnumerateRunes().Count();

    private static void Pattern(SchemaPlace place)
    {
        string problem = "";
        if (place.Value.ValueKind != JsonValueKind.String
            || !EcmaPattern.TryRead(place.Value.GetString() ?? "", out EcmaPattern? pattern, out problem))
        {
            place.Refuse(problem.Length == 0 ? "a regular expression" : $"a regular expression of ECMA-262 ({problem})");
            return;
        }

        place.Test(JsonValueKind.String, (run, value, _, _) => pattern!.IsMatch(run, value.Text));
    }

    private static void UniqueItems(SchemaPlace place)
    {
        if (place.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            place.Refuse("true or false");
        }
        else if (place.Value.GetBoolean())
        {
            place.Test(JsonValueKind.Array, (run, value, _, _) =>
            {
                var keys = new HashSet<string>(StringComparer.Ordinal);
                return run.Spend(value.Size / 16) && Array.TrueForAll(value.Parts, item => keys.Add(item.Key()));
            });
        }
    }

    private static void Required(SchemaPlace place)
    {
        if (TryNames(place.Value, out string[] names))
        {
            place.Test(JsonValueKind.Object, value => Array.TrueForAll(names, value.Places.ContainsKey));
        }
        else
        {
            place.Refuse("a list of property names");
        }
    }

    private static void DependentRequired(SchemaPlace place)
    {
        if (!place.Is(JsonValueKind.Object, "an object of lists of property names"))
        {
            return;
        }

        foreach (JsonProperty property in place.Value.EnumerateObject())
        {
            if (!TryNames(property.Value, out string[] names))
            {
                place.Refuse("an object of lists of property names");
                return;
            }

            place.Test(
                JsonValueKind.Object,
                value => !value.Places.ContainsKey(property.Name) || Array.TrueForAll(names, value.Places.ContainsKey));
        }
    }

    private static bool TryNames(JsonElement list, out string[] names)
    {
        bool isList = list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String);
        names = isList ? [.. list.EnumerateArray().Select(name => name.GetString() ?? "")] : [];
        return isList;
    }
}
