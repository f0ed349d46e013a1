using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Settings;

/// <summary>JSON as people write settings in it: comments and trailing commas are allowed, a key stands once.</summary>
internal static class SettingsJson
{
    private static readonly JsonDocumentOptions Written = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads a record that stands alone.</summary>
    /// <param name="json">Made by <see cref="SettingsWriter.Print"/>.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="template">The defaults for settings that the JSON does not contain.</param>
    /// <param name="what">What the text is, for people.</param>
    /// <typeparam name="TRecord">The record.</typeparam>
    /// <exception cref="InputException">With every problem of the text.</exception>
    public static TRecord Read<TRecord>(string json, string source, TRecord template, string what)
        where TRecord : class => Bind(ParseRoot(json, source, what), source, template);

    /// <summary>Reads a record that stands alone.</summary>
    /// <param name="root">Its JSON.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="template">The defaults for settings that the JSON does not contain.</param>
    /// <param name="problems">What is wrong so far; null for nothing.</param>
    /// <param name="overrides">What was typed in place of JSON; null for nothing.</param>
    /// <typeparam name="TRecord">The record.</typeparam>
    /// <exception cref="InputException">With every problem.</exception>
    public static TRecord Bind<TRecord>(
        JsonObject root,
        string source,
        TRecord template,
        List<InputProblem>? problems = null,
        SettingOverrides? overrides = null)
        where TRecord : class
    {
        problems ??= [];
        var binder = new SettingsBinder(source, overrides ?? new SettingOverrides(problems), problems, NoNames.Instance);
        var record = (TRecord)binder.BindRecord(root, template, "");
        return problems.Count == 0 ? record : throw new InputException(problems);
    }

    /// <summary>JSON of any kind.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonNode? ParseNode(string json)
    {
        WholeJson.Parse(json, Written).Dispose();
        return JsonNode.Parse(json, documentOptions: Written);
    }

    /// <summary>A JSON object.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="expected">What the text is, for people.</param>
    /// <exception cref="InputException">It is none.</exception>
    public static JsonObject ParseRoot(string json, string source, string expected) =>
        Parse(json, source, expected) as JsonObject ?? throw new InputException(new InputProblem(
            source, 0, "", "JSON that is not an object", expected));

    /// <summary>JSON of any kind.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="expected">What the text is, for people.</param>
    /// <exception cref="InputException">It is not JSON.</exception>
    public static JsonNode? Parse(string json, string source, string expected)
    {
        try
        {
            return ParseNode(json);
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                source,
                (error.LineNumber ?? 0) + 1,
                "",
                $"text that is not JSON ({error.Message})",
                $"{expected}, in JSON (comments and trailing commas are allowed)"));
        }
    }

    private sealed class NoNames : ISettingNames
    {
        public static NoNames Instance { get; } = new();

        public UnionSchema? UnionOf(Type type) => null;

        public object Adjust(object value) => value;

        public bool TryFindRenamedValue(string key, string value, out string spelling) => TryFindRenamedKey(key, out spelling);

        public bool TryFindRenamedKey(string key, out string spelling)
        {
            spelling = "";
            return false;
        }
    }
}
