using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>The known keywords of JSON Schema, and how each becomes a test. Source: JSON Schema, draft 2020-12, validation.</summary>
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
        ["const"] = place => place.Node.Tests.Add(value => JsonElement.DeepEquals(value, place.Value)),
        ["multipleOf"] = MultipleOf,
        ["minimum"] = place => Bound(place, order => order >= 0),
        ["maximum"] = place => Bound(place, order => order <= 0),
        ["exclusiveMinimum"] = place => Bound(place, order => order > 0),
        ["exclusiveMaximum"] = place => Bound(place, order => order < 0),
        ["minLength"] = place => Count(place, JsonValueKind.String, Length, (length, limit) => length >= limit),
        ["maxLength"] = place => Count(place, JsonValueKind.String, Length, (length, limit) => length <= limit),
        ["pattern"] = Pattern,
        ["minItems"] = place => Count(place, JsonValueKind.Array, array => array.GetArrayLength(), (count, limit) => count >= limit),
        ["maxItems"] = place => Count(place, JsonValueKind.Array, array => array.GetArrayLength(), (count, limit) => count <= limit),
        ["uniqueItems"] = UniqueItems,
        ["prefixItems"] = PrefixItems,
        ["items"] = Items,
        ["minProperties"] = place =>
            Count(place, JsonValueKind.Object, record => record.GetPropertyCount(), (count, limit) => count >= limit),
        ["maxProperties"] = place =>
            Count(place, JsonValueKind.Object, record => record.GetPropertyCount(), (count, limit) => count <= limit),
        ["required"] = Required,
        ["properties"] = Properties,
        ["additionalProperties"] = AdditionalProperties,
        ["allOf"] = place => Combine(place, (parts, value) => parts.TrueForAll(part => part.Accepts(value))),
        ["anyOf"] = place => Combine(place, (parts, value) => parts.Exists(part => part.Accepts(value))),
        ["oneOf"] = place => Combine(place, (parts, value) => parts.Count(part => part.Accepts(value)) == 1),
        ["not"] = Not,
    };

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
        place.Node.Tests.Add(value => Array.Exists(types, type => Is(value, type)));
    }

    private static bool Is(JsonElement value, string? type) => value.ValueKind switch
    {
        JsonValueKind.Null => type == "null",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        _ => type == "number" || (type == "integer" && TryNumber(value, out Rational number) && number.Denominator.IsOne),
    };

    private static void Enumeration(SchemaPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Array)
        {
            place.Refuse("a list of values");
            return;
        }

        JsonElement[] values = [.. place.Value.EnumerateArray()];
        place.Node.Tests.Add(value => Array.Exists(values, one => JsonElement.DeepEquals(one, value)));
    }

    private static void MultipleOf(SchemaPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Number || !TryNumber(place.Value, out Rational unit) || unit.Numerator.Sign <= 0)
        {
            place.Refuse("a number above 0");
            return;
        }

        place.Test(JsonValueKind.Number, value => TryNumber(value, out Rational number) && number.DividedBy(unit).Denominator.IsOne);
    }

    private static void Bound(SchemaPlace place, Func<int, bool> accepts)
    {
        if (place.Value.ValueKind != JsonValueKind.Number || !TryNumber(place.Value, out Rational limit))
        {
            place.Refuse("a number");
            return;
        }

        place.Test(JsonValueKind.Number, value => TryNumber(value, out Rational number) && accepts(number.CompareTo(limit)));
    }

    private static void Count(SchemaPlace place, JsonValueKind kind, Func<JsonElement, int> count, Func<int, int, bool> accepts)
    {
        if (place.Value.ValueKind != JsonValueKind.Number || !place.Value.TryGetInt32(out int limit) || limit < 0)
        {
            place.Refuse("a whole number of at least 0");
            return;
        }

        place.Test(kind, value => accepts(count(value), limit));
    }

    // Characters as people count them in the standard: code points.
    private static int Length(JsonElement text) => (text.GetString() ?? "").EnumerateRunes().Count();

    private static void Pattern(SchemaPlace place)
    {
        string problem = "";
        string pattern = place.Value.ValueKind == JsonValueKind.String ? place.Value.GetString() ?? "" : "";
        if (place.Value.ValueKind != JsonValueKind.String || PatternMatch.IsBad(pattern, out problem))
        {
            place.Refuse(problem.Length == 0
                ? "a regular expression"
                : $"a regular expression without look-around and back-references ({problem})");
            return;
        }

        var compiled = new Regex(pattern, PatternMatch.Options);
        place.Test(JsonValueKind.String, value => compiled.IsMatch(value.GetString() ?? ""));
    }

    private static void UniqueItems(SchemaPlace place)
    {
        if (place.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            place.Refuse("true or false");
        }
        else if (place.Value.GetBoolean())
        {
            place.Test(JsonValueKind.Array, value =>
            {
                JsonElement[] items = [.. value.EnumerateArray()];
                return !items.Where((item, i) => items.Take(i).Any(earlier => JsonElement.DeepEquals(earlier, item))).Any();
            });
        }
    }

    private static void PrefixItems(SchemaPlace place)
    {
        if (Parts(place) is { } parts)
        {
            place.Test(JsonValueKind.Array, value => value.EnumerateArray().Zip(parts).All(pair => pair.Second.Accepts(pair.First)));
        }
    }

    private static void Items(SchemaPlace place)
    {
        int before = place.Schema.TryGetProperty("prefixItems", out JsonElement prefix) && prefix.ValueKind == JsonValueKind.Array
            ? prefix.GetArrayLength()
            : 0;
        SchemaNode item = place.Reader.Read(place.Value, place.Pointer);
        place.Test(JsonValueKind.Array, value => value.EnumerateArray().Skip(before).All(item.Accepts));
    }

    private static void Required(SchemaPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Array
            || place.Value.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
        {
            place.Refuse("a list of property names");
            return;
        }

        string[] names = [.. place.Value.EnumerateArray().Select(name => name.GetString() ?? "")];
        place.Test(JsonValueKind.Object, value => Array.TrueForAll(names, name => value.TryGetProperty(name, out _)));
    }

    private static void Properties(SchemaPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Object)
        {
            place.Refuse("an object of schemas");
            return;
        }

        var parts = place.Value.EnumerateObject()
            .ToDictionary(part => part.Name, part => place.Reader.Read(part.Value, $"{place.Pointer}/{part.Name}"), StringComparer.Ordinal);
        place.Test(
            JsonValueKind.Object,
            value => value.EnumerateObject()
                .All(property => !parts.TryGetValue(property.Name, out SchemaNode? part) || part.Accepts(property.Value)));
    }

    private static void AdditionalProperties(SchemaPlace place)
    {
        string[] named = place.Schema.TryGetProperty("properties", out JsonElement properties)
            && properties.ValueKind == JsonValueKind.Object
            ? [.. properties.EnumerateObject().Select(property => property.Name)]
            : [];
        SchemaNode other = place.Reader.Read(place.Value, place.Pointer);
        place.Test(
            JsonValueKind.Object,
            value => value.EnumerateObject().All(property => named.Contains(property.Name) || other.Accepts(property.Value)));
    }

    private static void Combine(SchemaPlace place, Func<List<SchemaNode>, JsonElement, bool> accepts)
    {
        if (Parts(place) is { } parts)
        {
            place.Node.SameValue.AddRange(parts);
            place.Node.Tests.Add(value => accepts(parts, value));
        }
    }

    private static void Not(SchemaPlace place)
    {
        SchemaNode part = place.Reader.Read(place.Value, place.Pointer);
        place.Node.SameValue.Add(part);
        place.Node.Tests.Add(value => !part.Accepts(value));
    }

    private static List<SchemaNode>? Parts(SchemaPlace place)
    {
        if (place.Value.ValueKind == JsonValueKind.Array && place.Value.GetArrayLength() > 0)
        {
            return [.. place.Value.EnumerateArray()
                .Select((part, index) => place.Reader.Read(part, string.Create(CultureInfo.InvariantCulture, $"{place.Pointer}/{index}")))];
        }

        place.Refuse("a list of at least one schema");
        return null;
    }

    // A number too large to be represented exactly satisfies no bound.
    private static bool TryNumber(JsonElement value, out Rational number)
    {
        bool read = NumberText.TryReadWhole(value.GetRawText(), out NumberText text);
        number = text.Value;
        return read;
    }
}
