using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Settings;

/// <summary>Settings given as <c>key=value</c>, inserted into a recipe's JSON before it is read, so that the same checks apply.</summary>
internal sealed class SettingOverrides(List<InputProblem> problems)
{
    // No setting lies as deep.
    private const int MostKeys = 32;

    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);

    /// <summary>Whether the value at a path was typed as <c>key=value</c>, so that it is text whatever its type.</summary>
    public bool IsText(string path) => _settings.ContainsKey(path);

    /// <summary>The option that set a path or something around it, if any.</summary>
    public bool TryFind(string path, out string setting)
    {
        // A path may be as long as its file, and is not copied for each of its parts.
        var known = _settings.GetAlternateLookup<ReadOnlySpan<char>>();
        setting = _settings.GetValueOrDefault(path, "");
        for (int end = path.Length; setting.Length == 0 && end > 0 && _settings.Count > 0;)
        {
            end = path.AsSpan(0, end).LastIndexOfAny('.', '[');
            setting = end > 0 && known.TryGetValue(path.AsSpan(0, end), out string? found) ? found : "";
        }

        return setting.Length > 0;
    }

    /// <summary>Inserts a setting into the JSON.</summary>
    /// <param name="root">The JSON.</param>
    /// <param name="typed">The setting as <c>key=value</c>.</param>
    /// <param name="option">The option as typed, for messages.</param>
    public void Apply(JsonObject root, string typed, string option)
    {
        int equals = typed.IndexOf('=', StringComparison.Ordinal);
        string[] keys = equals > 0 ? KeysOf(typed[..equals]) : [];
        if (keys.Length is 0 or > MostKeys || Array.Exists(keys, key => key.Length == 0))
        {
            problems.Add(new InputProblem(option, 0, "", "no key and value", "key=value, such as seed=3 or stages.grpo.steps=50"));
            return;
        }

        JsonNode node = root;
        string path = "";
        foreach (string key in keys[..^1])
        {
            if (!TryEnter(ref node, ref path, key, option))
            {
                return;
            }
        }

        Put(node, path, keys[^1], typed[(equals + 1)..], option);
    }

    private bool TryEnter(ref JsonNode node, ref string path, string key, string option)
    {
        if (node is JsonArray list)
        {
            return TryEnterItem(list, ref node, ref path, key, option);
        }

        if (node is not JsonObject record)
        {
            problems.Add(new InputProblem(option, 0, path, $"\"{key}\" of one value", $"{path}=VALUE, as it has no settings of its own"));
            return false;
        }

        path = SettingsSchema.Join(path, key);
        if (record[key] is not { } child)
        {
            record[key] = child = new JsonObject();
            _settings.TryAdd(path, option);
        }

        node = child;
        return true;
    }

    private bool TryEnterItem(JsonArray list, ref JsonNode node, ref string path, string key, string option)
    {
        int index = FindItem(list, key);
        if (index >= 0 && list[index] is { } item)
        {
            if (item is JsonValue name && name.TryGetValue(out string? type))
            {
                list[index] = item = new JsonObject { [SettingsSchema.TypeKey] = type };
            }

            (node, path) = (item, $"{path}[{index}]");
            return true;
        }

        problems.Add(new InputProblem(
            option,
            0,
            path,
            $"\"{key}\"",
            list.Count == 0
                ? $"{path}=[…], as the list is empty"
                : $"a {Noun(path)}: {string.Join(", ", list.Select((item, i) => $"{NameOf(item)} ({i})"))}"));
        return false;
    }

    private void Put(JsonNode node, string path, string key, string text, string option)
    {
        if (node is not JsonObject record)
        {
            problems.Add(new InputProblem(
                option,
                0,
                path,
                node is JsonArray ? $"\"{key}\" of a list" : $"\"{key}\" of one value",
                node is JsonArray list
                    ? $"{path}.NAME.SETTING=VALUE or {path}[INDEX].SETTING=VALUE, as the list has {list.Count}"
                    : $"{path}=VALUE, as it has no settings of its own"));
            return;
        }

        string target = SettingsSchema.Join(path, key);
        try
        {
            record[key] = text is "null" || text.StartsWith('{') || text.StartsWith('[')
                ? SettingsJson.ParseNode(text)
                : JsonValue.Create(text);
            _settings[target] = option;
        }
        catch (JsonException)
        {
            problems.Add(new InputProblem(option, 0, target, "text that is not JSON", "JSON, as the value begins with a bracket"));
        }
    }

    // As messages spell a path, stages[0].steps, and as one types it, stages.0.steps or stages.sft.steps.
    private static string[] KeysOf(string path) =>
        path.Replace("].", ".", StringComparison.Ordinal).Replace('[', '.').TrimEnd(']').Split('.');

    private static int FindItem(JsonArray list, string key)
    {
        int named = list.ToList().FindIndex(item => NameOf(item) == key);
        bool isIndex = int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Count;
        return named < 0 && isIndex ? index : named;
    }

    // The name of a list is plural.
    private static string Noun(string path) => path[(path.LastIndexOf('.') + 1)..].TrimEnd('s');

    // A stage or a reward without a name is named after its type; a plain string is its type.
    private static string NameOf(JsonNode? item) =>
        item is JsonValue name
            ? name.ToString()
            : ((item as JsonObject)?["name"] ?? (item as JsonObject)?[SettingsSchema.TypeKey])?.ToString() ?? "";
}
