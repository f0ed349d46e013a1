using System.Reflection;
using System.Text.Json;
using RlCore.Trainers.Objectives;

namespace RlCore.Trainers.Runs;

/// <summary>What a recipe's JSON may say, read off the records themselves: a new setting needs no line here.</summary>
internal static class RecipeSchema
{
    /// <summary>The key that chooses a stage's case.</summary>
    public const string TypeKey = "type";

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Stages by the value of their <c>type</c>, with the defaults that each starts from.</summary>
    public static IReadOnlyDictionary<string, Func<StageSettings>> StageTypes { get; } = new Dictionary<string, Func<StageSettings>>(
        Algorithms.All.Select(a => KeyValuePair.Create<string, Func<StageSettings>>(a.Key, () => new StageSettings.OnPolicy { Name = a.Key, Algorithm = a.Value })),
        StringComparer.Ordinal)
    {
        ["sft"] = () => new StageSettings.Supervised { Name = "sft" },
        ["dpo"] = () => new StageSettings.Preference { Name = "dpo" },
        ["reject"] = () => new StageSettings.Rejection { Name = "reject" },
        ["rejectoffline"] = () => new StageSettings.ScoredTuning { Name = "rejectoffline" },
    };

    /// <summary>The <c>type</c> that stands for a stage.</summary>
    public static string TypeOf(StageSettings stage) => stage switch
    {
        StageSettings.OnPolicy onPolicy => Algorithms.All.FirstOrDefault(a => a.Value.Name == onPolicy.Algorithm.Name).Key ?? "grpo",
        StageSettings.Preference => "dpo",
        StageSettings.Rejection => "reject",
        StageSettings.ScoredTuning => "rejectoffline",
        _ => "sft",
    };

    /// <summary>The settings of a record, those of its base first, in the order of their declaration.</summary>
    public static IReadOnlyList<PropertyInfo> Settings(Type record) =>
    [
        .. record.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.CanWrite)
            .OrderBy(property => property.DeclaringType == record ? 1 : 0)
            .ThenBy(property => property.MetadataToken),
    ];

    /// <summary>A setting's key.</summary>
    public static string Key(PropertyInfo setting) => JsonNamingPolicy.CamelCase.ConvertName(setting.Name);

    /// <summary>An enumeration's value as recipes write it.</summary>
    public static string Key(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Whether a setting is a record of settings, rather than one value or a list of stages.</summary>
    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string);

    /// <summary>Whether a setting may be null.</summary>
    public static bool MayBeNull(PropertyInfo setting)
    {
        lock (Nullability)
        {
            return Nullability.Create(setting).WriteState == NullabilityState.Nullable;
        }
    }

    /// <summary>A copy of a record, whose settings may then be set.</summary>
    public static object Copy(object record) =>
        record.GetType().GetMethod("<Clone>$")?.Invoke(record, null) ?? throw new ArgumentException($"{record.GetType()} is not a record.", nameof(record));

    /// <summary>The path of a setting.</summary>
    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
