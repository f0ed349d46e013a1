using System.Reflection;
using System.Text.Json.Nodes;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>
/// The options of a stage, derived from its settings: a new setting gets its option without code here. A setting of the stage, of
/// its optimizer or of its algorithm has its own name (<c>--learning-rate</c>); if that is taken, and in any other
/// record, the name of its parent is put in front (<c>--algorithm.name</c>). Evaluation, checkpoints and model have a prefix
/// (<c>--eval-data</c>).
/// </summary>
internal sealed class StageFlags
{
    private const string StagePath = "stages.0";
    private const string ModelPrefix = "--model-";

    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal)
    {
        [nameof(Recipe.Evaluation)] = "eval-",
        [nameof(Recipe.Checkpoints)] = "checkpoint-",
    };

    // Their settings count as the stage's own.
    private static readonly Type[] Flat = [typeof(OptimizerSettings), typeof(OnPolicyAlgorithm), typeof(SamplingOptions)];

    private readonly List<StageFlag> _flags = [];
    private readonly HashSet<string> _taken;

    private StageFlags(IEnumerable<string> taken) => _taken = new HashSet<string>(taken, StringComparer.Ordinal);

    /// <summary>The options of a stage, required ones first.</summary>
    /// <param name="stage">The stage with its defaults.</param>
    /// <param name="taken">Options with another meaning.</param>
    public static IReadOnlyList<StageFlag> Of(StageSettings stage, IEnumerable<string> taken)
    {
        var recipe = new Recipe();
        // A tokenizer is of a program's own, which has no options for stages.
        PropertyInfo[] settings = [.. SettingsSchema.Settings(typeof(Recipe))
            .Where(setting => setting.Name is not (nameof(Recipe.Stages) or nameof(Recipe.Tokenizer)))];
        PropertyInfo[] plain = [.. settings.Where(setting => !IsNested(setting.PropertyType))];
        var flags = new StageFlags(taken.Concat(plain.Select(setting => Option(setting.Name))));
        foreach (PropertyInfo setting in plain.Where(setting => !taken.Contains(Option(setting.Name))))
        {
            object? value = setting.Name == nameof(Recipe.Name) ? stage.Name : setting.GetValue(recipe);
            flags.Add(Option(setting.Name), SettingsSchema.Key(setting), setting, value, mayBeAbsent: true);
        }

        flags.AddStage(stage);
        foreach (PropertyInfo holder in settings.Except(plain))
        {
            string prefix = Prefixes.GetValueOrDefault(holder.Name, $"{Documentation.Kebab(holder.Name)}-");
            flags.AddRecord(
                holder.GetValue(recipe) ?? SettingsSchema.Create(holder.PropertyType),
                SettingsSchema.Key(holder),
                $"--{prefix}",
                hasDefaults: holder.Name != nameof(Recipe.Lora));
        }

        return [.. flags._flags.OrderByDescending(flag => flag.IsRequired)];
    }

    /// <summary>The options of a separate record, named after its settings.</summary>
    /// <param name="record">The record with its defaults.</param>
    public static IReadOnlyList<StageFlag> OfRecord(object record)
    {
        var flags = new StageFlags([]);
        flags.AddRecord(record, "", "--");
        return flags._flags;
    }

    /// <summary>The JSON of settings that are given as options.</summary>
    /// <param name="given">The options with their values.</param>
    /// <param name="overrides">Receives them, so that problems are reported with their options.</param>
    public static JsonObject ToJson(IEnumerable<KeyValuePair<StageFlag, string>> given, SettingOverrides overrides)
    {
        var root = new JsonObject();
        foreach (var (flag, value) in given)
        {
            overrides.Apply(root, $"{flag.Path}={value}", $"{flag.Name} {value}");
        }

        return root;
    }

    private void AddStage(StageSettings stage)
    {
        // Breadth first: the setting closest to the stage gets the plain name.
        var records = new Queue<(object Record, string Path, string Name)>([(stage, StagePath, "stage")]);
        while (records.TryDequeue(out var next))
        {
            foreach (PropertyInfo setting in SettingsSchema.Settings(next.Record.GetType()))
            {
                string path = SettingsSchema.Join(next.Path, SettingsSchema.Key(setting));
                string kebab = Documentation.Kebab(setting.Name);
                object? value = setting.GetValue(next.Record);
                if (InlineUnion.Of(setting) is { } union)
                {
                    AddInline(union, setting, value, next.Path, key => _taken.Add($"--{key}") ? $"--{key}" : $"--{next.Name}.{key}");
                }
                else if (!IsNested(setting.PropertyType))
                {
                    string option = Option(setting.Name);
                    Add(_taken.Add(option) ? option : $"--{next.Name}.{kebab}", path, setting, value);
                }
                else if (Flat.Contains(setting.PropertyType))
                {
                    records.Enqueue((value ?? SettingsSchema.Create(setting.PropertyType), path, kebab));
                }
                else
                {
                    // A part that is off by default has no default values: giving one of its settings turns it on.
                    AddRecord(value ?? SettingsSchema.Create(setting.PropertyType), path, $"--{kebab}.", hasDefaults: value is not null);
                }
            }
        }
    }

    // Required settings of an optional record are required only if some of its settings are given.
    private void AddRecord(object record, string path, string prefix, bool hasDefaults = true)
    {
        foreach (PropertyInfo setting in SettingsSchema.Settings(record.GetType()))
        {
            bool startsModel = setting is { Name: nameof(ModelSettings.From) } && record is ModelSettings;
            if (startsModel && prefix != ModelPrefix)
            {
                continue; // A student begins with random weights.
            }

            string option = startsModel ? prefix.TrimEnd('-') : prefix + Documentation.Kebab(setting.Name);
            string within = SettingsSchema.Join(path, SettingsSchema.Key(setting));
            if (InlineUnion.Of(setting) is { } union)
            {
                AddInline(union, setting, hasDefaults ? setting.GetValue(record) : null, path, key => prefix + key);
            }
            else if (IsNested(setting.PropertyType))
            {
                AddRecord(setting.GetValue(record) ?? SettingsSchema.Create(setting.PropertyType), within, $"{option}.", hasDefaults);
            }
            else
            {
                Add(option, within, setting, hasDefaults ? setting.GetValue(record) : null, mayBeAbsent: true);
            }
        }
    }

    // A flag for the case, and one for each setting of any case.
    private void AddInline(InlineUnion union, PropertyInfo holder, object? value, string path, Func<string, string> option)
    {
        InlineCase? current = value is null ? null : union.CaseOf(value);
        string cases = string.Join('|', union.Cases.Select(item => item.Name));
        _flags.Add(new StageFlag(
            option(Documentation.Kebab(holder.Name)),
            SettingsSchema.Join(path, union.Key),
            Documentation.Of(holder),
            cases,
            current?.Name ?? "",
            IsRequired: false,
            IsSwitch: false));
        foreach (InlineSetting setting in union.Settings)
        {
            object? held = value is null ? null : current?.Find(setting.Key)?.In(value);
            bool isCommon = union.Cases.All(item => item.Find(setting.Key) is not null);
            string readers = isCommon ? "" : $" ({union.Key} {union.CasesWith(setting.Key)})";
            _flags.Add(new StageFlag(
                option(Documentation.Kebab(setting.Parameter.Name ?? "")),
                SettingsSchema.Join(path, setting.Key),
                Documentation.Of(setting.Parameter) + readers,
                Values(setting.Type),
                Print(held),
                IsRequired: false,
                IsSwitch: setting.Type == typeof(bool)));
        }
    }

    private void Add(string option, string path, PropertyInfo setting, object? value, bool mayBeAbsent = false)
    {
        bool required = !mayBeAbsent && value is not null
            && SettingRule.Of(setting) is { } rule && !rule.Accepts(value);
        _flags.Add(new StageFlag(
            option,
            path,
            Documentation.Of(setting),
            Values(setting),
            required ? "" : Print(value),
            required,
            setting.PropertyType == typeof(bool)));
    }

    private static string Option(string name) => $"--{Documentation.Kebab(name)}";

    private static bool IsNested(Type type) => SettingsSchema.IsRecord(type) && !type.IsAbstract;

    private static string Values(PropertyInfo setting) => setting.PropertyType == typeof(string)
        ? setting.Name == nameof(StageSettings.Data) ? "FILE.csv" : "TEXT"
        : Values(setting.PropertyType);

    private static string Values(Type type) => type switch
    {
        { IsEnum: true } => string.Join('|', Enum.GetValues(type).Cast<Enum>().Select(SettingsSchema.Key)),
        _ when type == typeof(bool) => "true|false",
        _ when type == typeof(int) || type == typeof(ulong) => "N",
        _ when type == typeof(double) => "X",
        _ when type == typeof(string) => "TEXT",
        _ =>
            Registry.Default.UnionOf(SettingsSchema.ItemOf(type) ?? type) is { HasShorthand: true } union
                ? $"{string.Join('|', union.Cases.Keys)}|JSON"
                : "JSON",
    };

    private static string Print(object? value) => value is IReadOnlyList<RewardSettings> rewards
        ? rewards.Count == 1 && rewards[0].Equals(SettingsSchema.Create(rewards[0].GetType())) ? rewards[0].TypeName : ""
        : SettingsSchema.Text(value).Replace("\n", "\\n", StringComparison.Ordinal);
}
