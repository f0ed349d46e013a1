using System.Text;
using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>A JSON value, read once: each part has a number of its own, by which what is known about it is kept.</summary>
internal sealed class JsonTree
{
    private JsonTree(int id, JsonValueKind kind) => (Id, Kind) = (id, kind);

    /// <summary>Its number among the parts of the value.</summary>
    public int Id { get; }

    /// <summary>What it is.</summary>
    public JsonValueKind Kind { get; }

    /// <summary>The text of a string.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The value of a number.</summary>
    public JsonNumber Number { get; private init; }

    /// <summary>The items of an array, or the values of an object's properties.</summary>
    public JsonTree[] Parts { get; private init; } = [];

    /// <summary>The names of an object's properties, as values.</summary>
    public JsonTree[] Names { get; private init; } = [];

    /// <summary>Where the properties of an object are.</summary>
    public IReadOnlyDictionary<string, int> Places { get; private init; } = new Dictionary<string, int>();

    /// <summary>Number of parts with it, and about the length of its text.</summary>
    public long Size { get; private init; } = 1;

    /// <summary>Reads a value.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="node">
    /// The value; null if a string in it is half of a surrogate pair, or the exponent of a number has more digits than are read.
    /// </param>
    public static bool TryRead(JsonElement element, out JsonTree? node)
    {
        try
        {
            int count = 0;
            node = Read(element, ref count);
            return true;
        }
        catch (Exception failure) when (failure is InvalidOperationException or OverflowException)
        {
            // What the library throws for an escape like \ud800 alone, and JsonNumber for exponents of thousands of digits.
            node = null;
            return false;
        }
    }

    /// <summary>A text that is the same for equal values, whatever the order of properties and the notation of numbers.</summary>
    public string Key()
    {
        VerifierWork.Spend(Size);
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private static JsonTree Read(JsonElement element, ref int count)
    {
        VerifierWork.Spend(1);
        int id = count++;
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                string text = element.GetString() ?? "";
                return new JsonTree(id, JsonValueKind.String) { Text = text, Size = 1 + text.Length };
            case JsonValueKind.Number:
                return new JsonTree(id, JsonValueKind.Number)
                {
                    Number = JsonNumber.Of(element),
                    Size = 1 + element.GetRawText().Length,
                };
            case JsonValueKind.Array:
                var items = new List<JsonTree>();
                foreach (JsonElement item in element.EnumerateArray())
                {
                    items.Add(Read(item, ref count));
                }

                return new JsonTree(id, JsonValueKind.Array) { Parts = [.. items], Size = 1 + items.Sum(item => item.Size) };
            case JsonValueKind.Object:
                return ReadObject(element, id, ref count);
            default:
                return new JsonTree(id, element.ValueKind);
        }
    }

    private static JsonTree ReadObject(JsonElement element, int id, ref int count)
    {
        var parts = new List<JsonTree>();
        var names = new List<JsonTree>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            places[property.Name] = parts.Count;
            names.Add(new JsonTree(count++, JsonValueKind.String) { Text = property.Name, Size = 1 + property.Name.Length });
            parts.Add(Read(property.Value, ref count));
        }

        return new JsonTree(id, JsonValueKind.Object)
        {
            Parts = [.. parts],
            Names = [.. names],
            Places = places,
            Size = 1 + parts.Sum(part => part.Size) + names.Sum(name => name.Size),
        };
    }

    private void Write(StringBuilder text)
    {
        switch (Kind)
        {
            case JsonValueKind.String:
                text.Append('"').Append(Text.Length).Append(':').Append(Text);
                break;
            case JsonValueKind.Number:
                text.Append(Number.ToString()).Append(' ');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                Array.ForEach(Parts, part => part.Write(text));
                text.Append(']');
                break;
            case JsonValueKind.Object:
                text.Append('{');
                foreach ((string name, int place) in Places.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    Names[place].Write(text);
                    Parts[place].Write(text);
                }

                text.Append('}');
                break;
            default:
                text.Append(Kind.ToString());
                break;
        }
    }
}
