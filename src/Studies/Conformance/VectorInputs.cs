using System.Globalization;
using System.Text.Json;
using RlCore.Algebra;

namespace RlCore.Studies.Conformance;

/// <summary>The inputs of one case: tensors, lists, numbers and flags by name.</summary>
internal sealed class VectorInputs(JsonElement root, JsonElement expected = default)
{
    /// <summary>A number.</summary>
    public double Number(string name) => VectorJson.Number(Get(name), name);

    /// <summary>A number, or nothing where the file says null.</summary>
    public double? Optional(string name) => Get(name).ValueKind == JsonValueKind.Null ? null : Number(name);

    /// <summary>A number that is whole.</summary>
    public int Int(string name) => (int)Number(name);

    /// <summary>A flag.</summary>
    public bool Flag(string name) => Get(name).ValueKind == JsonValueKind.True;

    /// <summary>A string.</summary>
    public string Text(string name) => Get(name).GetString() ?? throw new FormatException($"'{name}' is null.");

    /// <summary>The elements of a tensor or list, row-major.</summary>
    public double[] Array(string name) => VectorJson.Elements(Get(name), name);

    /// <summary>The elements of a tensor or list, or nothing where the file says null.</summary>
    public double[]? OptionalArray(string name) => Get(name).ValueKind == JsonValueKind.Null ? null : Array(name);

    /// <summary>The elements of a tensor or list of whole numbers.</summary>
    public int[] Ints(string name) => [.. Array(name).Select(value => (int)value)];

    /// <summary>The elements of a tensor or list of 0 and 1.</summary>
    public bool[] Flags(string name) => [.. Array(name).Select(value => value != 0)];

    /// <summary>The shape of a tensor.</summary>
    public int[] Shape(string name) =>
        Get(name).TryGetProperty("shape", out JsonElement shape)
            ? [.. shape.EnumerateArray().Select(size => size.GetInt32())]
            : throw new FormatException($"'{name}' is no tensor.");

    /// <summary>A [B, T] tensor of 0 and 1.</summary>
    public SequenceMask Mask(string name) => SequenceMask.FromFlags(Shape(name)[0], Shape(name)[1], Flags(name));

    /// <summary>Whether the file has the input.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out _);

    /// <summary>A flag that the file states among its expectations, because it says which form was run.</summary>
    public bool ExpectedFlag(string name, string flag) => expected.ValueKind == JsonValueKind.Object
        && expected.TryGetProperty(name, out JsonElement fields)
        && fields.TryGetProperty(flag, out JsonElement value)
        && value.ValueKind == JsonValueKind.True;

    /// <summary>The inputs nested under a name.</summary>
    public VectorInputs Nested(string name) => new(Get(name));

    private JsonElement Get(string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"The input '{name}' is missing.");
}

/// <summary>How the files write numbers.</summary>
internal static class VectorJson
{
    /// <summary>A number, also one that JSON cannot write: "NaN", "Infinity", "-Infinity".</summary>
    public static double Number(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String when double.TryParse(
            element.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) =>
            value,
        _ => throw new FormatException($"'{name}' is {element.ValueKind}, but a number is needed."),
    };

    /// <summary>The numbers of a tensor object, of a list, or a single number.</summary>
    public static double[] Elements(JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("data", out JsonElement data))
        {
            element = data;
        }

        return element.ValueKind == JsonValueKind.Array
            ? [.. element.EnumerateArray().Select(item => Number(item, name))]
            : [Number(element, name)];
    }
}
