using System.Globalization;
using System.Text.Json;

namespace RlCore.Trainers.Inputs;

/// <summary>
/// A part of a JSON file that is not to be believed. It knows its place, so that what is wrong with it is reported with file and path.
/// </summary>
/// <param name="element">The element; undefined where the file has none.</param>
/// <param name="file">The file.</param>
/// <param name="path">The part's path in the file; empty for the root.</param>
internal readonly struct JsonPart(JsonElement element, string file, string path)
{
    private const int LongestNumber = 40;

    /// <summary>Whether the file has the part, and it is not null.</summary>
    public bool Exists => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is a list.</summary>
    public bool IsList => element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether it is a text.</summary>
    public bool IsText => element.ValueKind == JsonValueKind.String;

    /// <summary>Whether it is a whole number below 0.</summary>
    public bool IsNegative => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number < 0;

    /// <summary>The file.</summary>
    public string File => file;

    /// <summary>The part as JSON writes it; empty where the file has none.</summary>
    public string Json => element.ValueKind == JsonValueKind.Undefined ? "" : element.GetRawText();

    /// <summary>A part of an object; it does not exist where this is no object or has no such key.</summary>
    /// <param name="key">The key.</param>
    public JsonPart this[string key] =>
        new(IsObject && element.TryGetProperty(key, out JsonElement value) ? value : default, file, PathOf(key));

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What it should be.</param>
    /// <exception cref="InputException">The file is missing or is not a JSON object.</exception>
    public static JsonPart Read(string file, string what)
    {
        if (!System.IO.File.Exists(file))
        {
            throw new InputException(InputFiles.Missing(file, what));
        }

        return Parse(System.IO.File.ReadAllBytes(file), file, what);
    }

    /// <summary>Reads a file that may be missing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What it should be.</param>
    /// <returns>A part that does not exist where the file is missing.</returns>
    public static JsonPart ReadIfThere(string file, string what) =>
        System.IO.File.Exists(file) ? Read(file, what) : new JsonPart(default, file, "");

    /// <summary>Reads the text of a file.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">The file.</param>
    /// <param name="what">What it should be.</param>
    /// <exception cref="InputException">It is not a JSON object.</exception>
    public static JsonPart Parse(string json, string file, string what) => Parse(() => WholeJson.Parse(json), file, what);

    /// <summary>Reads the bytes of a file, as UTF-8.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="file">The file.</param>
    /// <param name="what">What it should be.</param>
    /// <exception cref="InputException">It is not a JSON object.</exception>
    public static JsonPart Parse(byte[] json, string file, string what) => Parse(() => WholeJson.Parse(json), file, what);

    /// <summary>The text.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public string Text() => IsText ? element.GetString()! : throw Refuse("a text");

    /// <summary>The texts of a list, or a text alone.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public IReadOnlyList<string> Texts() => IsText ? [Text()]
        : IsList && Items().All(item => item.IsText) ? [.. Items().Select(item => item.Text())]
        : throw Refuse("a list of texts");

    /// <summary>The whole number.</summary>
    /// <exception cref="InputException">It is none that is at least 0.</exception>
    public int Number() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= 0
        ? number
        : throw Refuse("a whole number of at least 0");

    /// <summary>The whole number.</summary>
    /// <exception cref="InputException">It is none that is at least 1.</exception>
    public int Count() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= 1
        ? number
        : throw Refuse("a whole number of at least 1");

    /// <summary>The positive number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Positive() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && double.IsFinite(number) && number > 0
            ? number
            : throw Refuse("a positive number");

    /// <summary>The number of at least 0 and below 1.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Fraction() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && number is >= 0 and < 1
            ? number
            : throw Refuse("a number of at least 0 and below 1");

    /// <summary>The truth value.</summary>
    /// <param name="absent">The value where it does not exist.</param>
    /// <exception cref="InputException">It is none.</exception>
    public bool Flag(bool absent) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Undefined or JsonValueKind.Null => absent,
        _ => throw Refuse("true or false"),
    };

    /// <summary>The items of a list; none where it does not exist.</summary>
    /// <exception cref="InputException">It is no list.</exception>
    public IReadOnlyList<JsonPart> Items()
    {
        if (!Exists)
        {
            return [];
        }

        string at = path;
        string source = file;
        return IsList
            ? [.. element.EnumerateArray().Select((item, i) => new JsonPart(
                item, source, string.Create(CultureInfo.InvariantCulture, $"{at}[{i}]")))]
            : throw Refuse("a list");
    }

    /// <summary>The keys and values of an object; none where it does not exist.</summary>
    /// <exception cref="InputException">It is no object.</exception>
    public IEnumerable<(string Key, JsonPart Value)> Pairs()
    {
        if (!Exists)
        {
            yield break;
        }

        if (!IsObject)
        {
            throw Refuse("an object");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            yield return (property.Name, new JsonPart(property.Value, file, PathOf(property.Name)));
        }
    }

    /// <summary>What is wrong with the part.</summary>
    /// <param name="expected">What was expected.</param>
    public InputException Refuse(string expected) => new(Problem(Found(), expected));

    /// <summary>A problem at the part's place.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public InputProblem Problem(string found, string expected) => new(file, 0, path, found, expected);

    private static JsonPart Parse(Func<JsonDocument> parse, string file, string what)
    {
        try
        {
            using JsonDocument document = parse();
            var root = new JsonPart(document.RootElement.Clone(), file, "");
            return root.IsObject ? root : throw new InputException(new InputProblem(file, 0, "", "JSON that is not an object", what));
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                file, (error.LineNumber ?? 0) + 1, "", WholeJson.Found(error), $"{what}; the file may be cut off"));
        }
    }

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private string Found() => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => Characters.Quote(element.GetRawText()[1..^1]),
        JsonValueKind.Number when element.GetRawText() is { Length: > LongestNumber } number => Characters.Quote(number),
        _ => element.GetRawText(),
    };
}
