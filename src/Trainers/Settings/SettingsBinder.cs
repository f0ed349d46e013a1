using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Settings;

/// <summary>Reads records from JSON, in one generic way for all of them; continues after a problem and collects them all.</summary>
internal sealed class SettingsBinder(string source, SettingOverrides overrides, List<InputProblem> problems, ISettingNames names)
{
    private static readonly JsonSerializerOptions Printing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a record.</summary>
    /// <param name="node">Its JSON.</param>
    /// <param name="template">The defaults for settings that the JSON does not contain.</param>
    /// <param name="path">Path of the JSON in the recipe.</param>
    public object BindRecord(JsonNode? node, object template, string path)
    {
        if (node is not JsonObject json)
        {
            Add(path, Print(node), "an object of settings");
            return template;
        }

        int before = problems.Count;
        object record = SettingsSchema.Copy(template);
        bool isCase = record is INamedCase;
        var settings = SettingsSchema.Settings(record.GetType()).ToDictionary(SettingsSchema.Key, StringComparer.Ordinal);
        HashSet<string> inline = BindInline(json, record, path);
        foreach (var (key, value) in json.Where(pair => !inline.Contains(pair.Key) && !(isCase && pair.Key == SettingsSchema.TypeKey)))
        {
            if (settings.TryGetValue(key, out PropertyInfo? setting))
            {
                setting.SetValue(record, BindSetting(value, setting, setting.GetValue(record), SettingsSchema.Join(path, key)));
            }
            else
            {
                IEnumerable<string> known = settings.Keys.Concat(SettingsSchema.InlineUnions(record.GetType())
                    .SelectMany(union => union.Settings)
                    .Select(one => one.Key));
                AddUnknown(path, key, isCase ? known.Append(SettingsSchema.TypeKey) : known);
            }
        }

        CheckDefaults(record, settings.Values.Where(setting => !json.ContainsKey(SettingsSchema.Key(setting))), path);
        if (problems.Count == before && record is ICheckedSettings settled)
        {
            settled.Check((key, found, expected) => Add(SettingsSchema.Join(path, key), found, expected));
        }

        return record;
    }

    // Reads the unions that the record writes inline; returns their keys.
    private HashSet<string> BindInline(JsonObject json, object record, string path)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (PropertyInfo setting in SettingsSchema.Settings(record.GetType()))
        {
            if (InlineUnion.Of(setting) is { } union)
            {
                object current = names.Adjust(
                    setting.GetValue(record) ?? throw new InvalidOperationException($"{setting.Name} has no default."));
                setting.SetValue(record, BindUnion(json, union, current, path));
                taken.Add(union.Key);
                taken.UnionWith(union.Settings.Select(one => one.Key));
            }
        }

        return taken;
    }

    private object BindUnion(JsonObject json, InlineUnion union, object current, string path)
    {
        InlineCase before = union.CaseOf(current);
        InlineCase chosen = json.TryGetPropertyValue(union.Key, out JsonNode? name) ? BindCaseName(name, union, before, path) : before;
        foreach (InlineSetting other in union.Settings.Where(one => json.ContainsKey(one.Key) && chosen.Find(one.Key) is null))
        {
            Add(
                SettingsSchema.Join(path, other.Key),
                $"{Print(json[other.Key])}, which the {union.Key} {chosen.Name} ignores",
                $"no such setting, or the {union.Key} {union.CasesWith(other.Key)}");
        }

        object defaults = names.Adjust(chosen.Create([.. chosen.Settings.Select(setting => setting.Default)]));
        return chosen.Create([.. chosen.Settings.Select(setting =>
        {
            object? value = chosen == before || (setting.IsCommon && before.Find(setting.Key) is not null)
                ? before.Find(setting.Key)?.In(current)
                : setting.In(defaults);
            return json.TryGetPropertyValue(setting.Key, out JsonNode? node)
                ? BindParameter(node, setting, value, SettingsSchema.Join(path, setting.Key))
                : value;
        })]);
    }

    private InlineCase BindCaseName(JsonNode? node, InlineUnion union, InlineCase before, string path)
    {
        string typed = node?.ToString() ?? "";
        if (node is JsonValue && union.Cases.FirstOrDefault(item => item.Name == typed) is { } found)
        {
            return found;
        }

        string[] known = [.. union.Cases.Select(item => item.Name)];
        Add(
            SettingsSchema.Join(path, union.Key),
            Print(node),
            names.TryFindRenamedValue(union.Key, typed, out string spelling) ? spelling : $"one of {Quoted(known)}{Hint(typed, known)}");
        return before;
    }

    private object? BindParameter(JsonNode? node, InlineSetting setting, object? current, string path)
    {
        SettingRule? rule = SettingRule.Of(setting.Parameter, setting.Type);
        if (setting.MayBeNull && node is null)
        {
            return null;
        }

        if (TryScalar(node, setting.Type, overrides.IsText(path), out object value) && (rule is null || rule.Accepts(value)))
        {
            return value;
        }

        Add(
            path,
            Print(node),
            setting.MayBeNull ? $"{Expected(setting.Type, rule, node)}, or null for none" : Expected(setting.Type, rule, node));
        return current;
    }

    private object? BindSetting(JsonNode? node, PropertyInfo setting, object? current, string path)
    {
        Type type = setting.PropertyType;
        if (SettingsSchema.ItemOf(type) is { } item && names.UnionOf(item) is { } union)
        {
            return BindList(node, union, item, path);
        }

        if (SettingsSchema.ItemOf(type) == typeof(string))
        {
            return BindTexts(node, setting, current, path);
        }

        if (node is null && SettingsSchema.MayBeNull(setting))
        {
            return null;
        }

        if (names.UnionOf(type) is { } cases)
        {
            return cases.Cases.Count > 0
                ? BindCase(node, cases, path)
                : Refuse(node, path, $"no such setting, as this program has no {cases.Noun} of its own");
        }

        if (SettingsSchema.IsRecord(type))
        {
            return BindRecord(node, current ?? SettingsSchema.Create(type), path);
        }

        SettingRule? rule = SettingRule.Of(setting);
        if (TryScalar(node, type, overrides.IsText(path), out object? value) && (rule is null || rule.Accepts(value)))
        {
            return value;
        }

        Add(path, Print(node), Expected(type, rule, node));
        return current;
    }

    private object? Refuse(JsonNode? node, string path, string expected)
    {
        Add(path, Print(node), expected);
        return null;
    }

    private object? BindTexts(JsonNode? node, PropertyInfo setting, object? current, string path)
    {
        JsonNode?[] nodes = node is JsonArray list ? [.. list] : [node];
        if (nodes.All(item => item is JsonValue value && value.TryGetValue(out string? _)))
        {
            string[] texts = [.. nodes.Select(item => item!.GetValue<string>())];
            if (SettingRule.Of(setting)?.Accepts(texts) != false)
            {
                return texts;
            }
        }

        Add(path, Print(node), SettingRule.Of(setting)?.Expected ?? "a list of texts");
        return current;
    }

    /// <summary>Reads a list of cases.</summary>
    /// <returns>An array of the union's type.</returns>
    public Array BindList(JsonNode? node, UnionSchema union, Type item, string path)
    {
        // If a string stands for a case, a single case stands for a list with one item.
        JsonNode?[] nodes = node is JsonArray list ? [.. list] : union.HasShorthand && node is not null ? [node] : [];
        if (node is not JsonArray && nodes.Length == 0)
        {
            Add(path, Print(node), $"a list of {union.Noun}s");
        }

        var cases = Array.CreateInstance(item, nodes.Length);
        for (int i = 0; i < nodes.Length; i++)
        {
            cases.SetValue(BindCase(nodes[i], union, node is JsonArray ? $"{path}[{i}]" : path), i);
        }

        return cases;
    }

    private object BindCase(JsonNode? node, UnionSchema union, string path)
    {
        object fallback = union.Cases.Values.Last()();
        bool isName = union.HasShorthand && node is JsonValue name && name.TryGetValue(out string? _);
        if (!isName && node is not JsonObject)
        {
            return BindRecord(node, fallback, path);
        }

        JsonNode? type = isName ? node : node![SettingsSchema.TypeKey];
        string typed = type?.ToString() ?? "";
        if (type is JsonValue value && value.TryGetValue(out string? _) && union.Cases.TryGetValue(typed, out Func<object>? template))
        {
            return BindRecord(isName ? new JsonObject() : node, template(), path);
        }

        Add(
            isName ? path : SettingsSchema.Join(path, SettingsSchema.TypeKey),
            type is null ? "nothing" : Print(type),
            $"one of {Quoted(union.Cases.Keys)}{Hint(typed, union.Cases.Keys)}");
        return fallback;
    }

    private void CheckDefaults(object record, IEnumerable<PropertyInfo> silent, string path)
    {
        foreach (PropertyInfo setting in silent)
        {
            if (SettingRule.Of(setting) is { } rule && setting.GetValue(record) is { } value && !rule.Accepts(value))
            {
                Add(SettingsSchema.Join(path, SettingsSchema.Key(setting)), "nothing", rule.Expected);
            }
        }
    }

    private void AddUnknown(string path, string key, IEnumerable<string> known)
    {
        string expected = names.TryFindRenamedKey(key, out string spelling)
            ? spelling
            : Names.TryNearest(key, known, out string nearest) ? $"\"{nearest}\", perhaps" : $"one of {string.Join(", ", known)}";
        Add(SettingsSchema.Join(path, key), $"the unknown setting \"{key}\"", expected);
    }

    private void Add(string path, string found, string expected) =>
        problems.Add(new InputProblem(overrides.TryFind(path, out string option) ? option : source, 0, path, found, expected));

    private static bool TryScalar(JsonNode? node, Type type, bool text, out object value)
    {
        value = "";
        if (node is not JsonValue scalar)
        {
            return false;
        }

        if (text || type == typeof(string) || type.IsEnum)
        {
            return scalar.TryGetValue(out string? content) && TryText(content, type, out value);
        }

        return scalar.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
            && TryText(scalar.ToJsonString(), type, out value);
    }

    private static bool TryText(string text, Type type, out object value)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        CultureInfo culture = CultureInfo.InvariantCulture;
        (bool known, value) = type switch
        {
            _ when type == typeof(string) => (true, text),
            _ when type == typeof(int) => (int.TryParse(text, Whole, culture, out int number), number),
            _ when type == typeof(ulong) => (ulong.TryParse(text, NumberStyles.None, culture, out ulong number), number),
            _ when type == typeof(double) => (double.TryParse(text, NumberStyles.Float, culture, out double number), number),
            _ when type == typeof(bool) => (text is "true" or "false", text == "true"),
            _ when type.IsEnum => FindValue(text, type),
            _ => throw new ArgumentException($"Settings cannot hold a {type}."),
        };
        return known;
    }

    private static (bool Known, object Value) FindValue(string text, Type type)
    {
        Enum? value = Enum.GetValues(type).Cast<Enum>().FirstOrDefault(candidate => SettingsSchema.Key(candidate) == text);
        return (value is not null, value ?? (object)text);
    }

    private static string Expected(Type type, SettingRule? rule, JsonNode? node) => rule?.Expected ?? type switch
    {
        _ when type == typeof(string) => "text in quotation marks",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) => "a whole number",
        _ when type == typeof(ulong) => "a whole number from 0 to 18446744073709551615",
        _ when type.IsEnum => $"one of {Quoted(EnumKeys(type))}{Hint(node?.ToString() ?? "", EnumKeys(type))}",
        _ => "a number",
    };

    private static IEnumerable<string> EnumKeys(Type type) => Enum.GetValues(type).Cast<Enum>().Select(SettingsSchema.Key);

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));

    private static string Hint(string typed, IEnumerable<string> known) =>
        Names.TryNearest(typed, known, out string nearest) ? $"; \"{nearest}\", perhaps" : "";

    private static string Print(JsonNode? node)
    {
        string text = node?.ToJsonString(Printing) ?? "null";
        return text.Length <= 80 ? text : $"{text[..77]}...";
    }
}
