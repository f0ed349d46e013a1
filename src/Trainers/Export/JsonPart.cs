using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>A part of a JSON file that knows its place, so that what is wrong with it is reported with file and path.</summary>
/// <param name="element">The element; undefined where the file has none.</param>
/// <param name="file">The file.</param>
/// <param name="path">The part's path in the file; empty for the root.</param>
internal readonly struct JsonPart(JsonElement element, string file, string path)
{
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

    /// <summary>A part of an object; it does not exist where this is no object or has no such key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">A key of the object is no text.</exception>
    public JsonPart this[string key]
    {
        get
        {
            try
            {
                return new(IsObject && element.TryGetProperty(key, out JsonElement value) ? value : default, file, PathOf(key));
            }
            catch (InvalidOperationException)
            {
                throw RefuseKeys();
            }
        }
    }

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

        byte[] content = System.IO.File.ReadAllBytes(file);
        try
        {
            using JsonDocument? document = Utf8.IsValid(content)
                ? JsonDocument.Parse(content, new JsonDocumentOptions { AllowDuplicateProperties = false })
                : null;
            var root = new JsonPart(document?.RootElement.Clone() ?? default, file, "");
            return root.IsObject
                ? root
                : throw new InputException(new InputProblem(file, 0, "", "text that is no JSON object in UTF-8", what));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            long line = ((error as JsonException)?.LineNumber ?? -1) + 1;
            throw new InputException(new InputProblem(file, line, "", "text that is not JSON", $"{what}; the file may be cut off"));
        }
    }

    /// <summary>Reads a file that may be missing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What it should be.</param>
    /// <returns>A part that does not exist where the file is missing.</returns>
    public static JsonPart ReadIfThere(string file, string what) =>
        System.IO.File.Exists(file) ? Read(file, what) : new JsonPart(default, file, "");

    /// <summary>The text.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public string Text()
    {
        if (!IsText)
        {
            throw Refuse("a text");
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("a text of whole Unicode characters");
        }
    }

    /// <summary>The whole number.</summary>
    /// <exception cref="InputException">It is none that is at least 0.</exception>
    public int Number() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= 0
        ? number
        : throw Refuse("a whole number of at least 0");

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
    /// <exception cref="InputException">It is no object, or a key is no text.</exception>
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
            string key = KeyOf(property);
            yield return (key, new JsonPart(property.Value, file, PathOf(key)));
        }
    }

    /// <summary>What is wrong with the part.</summary>
    /// <param name="expected">What was expected.</param>
    public InputException Refuse(string expected) => new(new InputProblem(file, 0, path, Found(), expected));

    private InputException RefuseKeys() => Refuse("keys of whole Unicode characters");

    private string KeyOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw RefuseKeys();
        }
    }

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private string Found() => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => Characters.Quote(element.GetRawText()[1..^1]),
        _ => element.GetRawText(),
    };
}
