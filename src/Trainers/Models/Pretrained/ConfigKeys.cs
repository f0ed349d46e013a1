using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Models;

/// <summary>
/// The keys of a JSON object, each read once by what knows its meaning. What nobody has read is a problem, so that no key is ignored by
/// mistake.
/// </summary>
internal sealed class ConfigKeys
{
    private readonly Dictionary<string, JsonElement> _left;
    private readonly string _source;
    private readonly string _path;
    private readonly List<InputProblem> _problems;

    /// <summary>The keys of an object.</summary>
    /// <param name="root">The object.</param>
    /// <param name="source">The file.</param>
    /// <param name="path">Where the object is in the file, with a final dot; empty for the root.</param>
    /// <param name="problems">Receives problems.</param>
    public ConfigKeys(JsonElement root, string source, string path, List<InputProblem> problems)
    {
        _source = source;
        _path = path;
        _problems = problems;
        _left = root.EnumerateObject()
            .Where(property => property.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
    }

    /// <summary>Parses a JSON object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">The file.</param>
    /// <param name="what">What it is, for people.</param>
    /// <exception cref="InputException">It is none.</exception>
    public static JsonDocument Parse(string json, string source, string what)
    {
        try
        {
            var document = WholeJson.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new InputException(new InputProblem(source, 0, "", "JSON that is not an object", what));
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                source, (error.LineNumber ?? 0) + 1, "", "text that is not JSON", $"{what}; the file may be cut off"));
        }
    }

    /// <summary>Whether a key has not been read and is not null.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => _left.ContainsKey(key);

    /// <summary>A whole number of at least 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent; null if it must be there.</param>
    public int Count(string key, int? absent = null)
    {
        if (!TryTake(key, absent is null, "a whole number from 1 on", out JsonElement value))
        {
            return absent ?? 1;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 1)
        {
            return number;
        }

        Add(key, Characters.Quote(value.GetRawText()), "a whole number from 1 on");
        return 1;
    }

    /// <summary>A positive number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent; null if it must be there.</param>
    public double Number(string key, double? absent = null)
    {
        if (!TryTake(key, absent is null, "a positive number", out JsonElement value))
        {
            return absent ?? 1;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number > 0)
        {
            return number;
        }

        Add(key, Characters.Quote(value.GetRawText()), "a positive number");
        return 1;
    }

    /// <summary>A number of at least 0 and below 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public double Fraction(string key, double absent)
    {
        if (!TryTake(key, false, "", out JsonElement value))
        {
            return absent;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= 0 && number < 1)
        {
            return number;
        }

        Add(key, Characters.Quote(value.GetRawText()), "a number of at least 0 and below 1");
        return absent;
    }

    /// <summary>A truth value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public bool Flag(string key, bool absent)
    {
        if (!TryTake(key, false, "", out JsonElement value))
        {
            return absent;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Add(key, Characters.Quote(value.GetRawText()), "true or false");
        return absent;
    }

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    public string Text(string key, string absent)
    {
        if (!TryTake(key, false, "", out JsonElement value))
        {
            return absent;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString() ?? absent;
        }

        Add(key, Characters.Quote(value.GetRawText()), "a text");
        return absent;
    }

    /// <summary>A key that must have one of a few values, as others would change the model's mathematics.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value where the key is absent.</param>
    /// <param name="supported">The values, as JSON writes them.</param>
    public void Require(string key, string absent, params ReadOnlySpan<string> supported)
    {
        string found = _left.Remove(key, out JsonElement value) ? value.GetRawText() : absent;
        if (!supported.Contains(found))
        {
            Add(key, Characters.Quote(found), $"{string.Join(" or ", supported!)}, as nothing else is supported");
        }
    }

    /// <summary>An object inside; null where the key is absent.</summary>
    /// <param name="key">The key.</param>
    public ConfigKeys? Object(string key)
    {
        if (!TryTake(key, false, "", out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new ConfigKeys(value, _source, $"{_path}{key}.", _problems);
        }

        Add(key, Characters.Quote(value.GetRawText()), "an object");
        return null;
    }

    /// <summary>The texts of a list, or a text alone; empty where the key is absent.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string> Texts(string key)
    {
        if (!TryTake(key, false, "", out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString() ?? ""];
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString() ?? "")];
        }

        Add(key, Characters.Quote(value.GetRawText()), "a list of texts");
        return [];
    }

    /// <summary>Keys that say nothing about the model's mathematics.</summary>
    /// <param name="keys">The keys.</param>
    public void Skip(IEnumerable<string> keys)
    {
        foreach (string key in keys)
        {
            _left.Remove(key);
        }
    }

    /// <summary>
    /// Reports every key that nobody has read; those with a leading underscore are notes of the program that wrote the file.
    /// </summary>
    public void Finish()
    {
        foreach (var (key, value) in _left.Where(pair => !pair.Key.StartsWith('_')).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(key, Characters.Quote(value.GetRawText()), "no such key, as this program does not know whether it changes the mathematics");
        }
    }

    /// <summary>Reports a problem of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public void Add(string key, string found, string expected) =>
        _problems.Add(new InputProblem(_source, 0, string.Create(CultureInfo.InvariantCulture, $"{_path}{key}"), found, expected));

    private bool TryTake(string key, bool required, string expected, out JsonElement value)
    {
        bool found = _left.Remove(key, out value);
        if (!found && required)
        {
            Add(key, "nothing", expected);
        }

        return found;
    }
}
