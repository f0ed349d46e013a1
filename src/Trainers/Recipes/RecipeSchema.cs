using System.Reflection;
using System.Text.Json;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Recipes;

/// <summary>The cases of a union that recipes hold lists of.</summary>
/// <param name="Noun">What one of them is called in messages.</param>
/// <param name="Cases">By the value of <c>type</c>, with the defaults that each starts from.</param>
/// <param name="TypeOf">The <c>type</c> that stands for a value.</param>
/// <param name="HasShorthand">Whether a string stands for a case with its defaults, and one case for a list of it.</param>
internal sealed record UnionSchema(string Noun, IReadOnlyDictionary<string, Func<object>> Cases, Func<object, string> TypeOf, bool HasShorthand);

/// <summary>What a recipe's JSON may say, read off the records themselves: a new setting needs no line here.</summary>
internal static class RecipeSchema
{
    /// <summary>The key that chooses the case of a union.</summary>
    public const string TypeKey = "type";

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Stages by the value of their <c>type</c>, with the defaults that each starts from.</summary>
    public static IReadOnlyDictionary<string, Func<StageSettings>> StageTypes { get; } = new Dictionary<string, Func<StageSettings>>(
        Algorithms.All.Select(a => KeyValuePair.Create<string, Func<StageSettings>>(a.Key, () => OnPolicy(a.Key, a.Value))),
        StringComparer.Ordinal)
    {
        ["sft"] = () => new SupervisedSettings { Name = "sft" },
        ["reward"] = () => new RewardStageSettings { Name = "reward", Optimizer = new OptimizerSettings { LearningRate = 1e-4 } },
        ["kto"] = () => new UnpairedSettings { Name = "kto" },
        ["dpo"] = () => new PreferenceSettings { Name = "dpo" },
        ["onlinedpo"] = () => new OnlinePreferenceSettings { Name = "onlinedpo" },
        ["reject"] = () => new RejectionSettings { Name = "reject" },
        ["distill"] = () => new DistillationSettings { Name = "distill" },
        ["gkd"] = () => new GkdSettings { Name = "gkd" },
        ["rejectoffline"] = () => new OfflineRejectionSettings { Name = "rejectoffline" },
    };

    // Where an algorithm needs judges, the first reward is one until others are named.
    private static OnPolicySettings OnPolicy(string name, OnPolicyAlgorithm algorithm)
    {
        var stage = new OnPolicySettings { Name = name, Algorithm = algorithm };
        return algorithm.Advantage.UsesVerdicts ? stage with { Judges = [stage.Rewards[0]] } : stage;
    }

    /// <summary>Rewards by the value of their <c>type</c>.</summary>
    public static IReadOnlyDictionary<string, Func<object>> RewardTypes { get; } = typeof(RewardSettings)
        .GetNestedTypes()
        .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(RewardSettings)))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .ToDictionary(type => JsonNamingPolicy.CamelCase.ConvertName(type.Name), type => (Func<object>)(() => Create(type)), StringComparer.Ordinal);

    private static readonly Dictionary<Type, UnionSchema> Unions = new()
    {
        [typeof(StageSettings)] = new("stage", StageTypes.ToDictionary(type => type.Key, type => (Func<object>)type.Value), stage => TypeOf((StageSettings)stage), HasShorthand: false),
        [typeof(RewardSettings)] = new("reward", RewardTypes, reward => ((RewardSettings)reward).TypeName, HasShorthand: true),
    };

    /// <summary>The union that a value is a case of, or that a type is.</summary>
    /// <param name="type">A union or a case of one.</param>
    public static UnionSchema? UnionOf(Type type) => Unions.FirstOrDefault(union => type.IsAssignableTo(union.Key)).Value;

    /// <summary>What a list holds, if a setting is a list of a union.</summary>
    public static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>A record with its defaults.</summary>
    public static object Create(Type record) => Activator.CreateInstance(record) ?? throw new ArgumentException($"{record} has no defaults.", nameof(record));

    /// <summary>The <c>type</c> that stands for a stage.</summary>
    public static string TypeOf(StageSettings stage) => stage switch
    {
        OnPolicySettings onPolicy => Algorithms.All.FirstOrDefault(a => a.Value.Name == onPolicy.Algorithm.Name).Key ?? "grpo",
        PreferenceSettings => "dpo",
        OnlinePreferenceSettings => "onlinedpo",
        RejectionSettings => "reject",
        DistillationSettings => "distill",
        GkdSettings => "gkd",
        OfflineRejectionSettings => "rejectoffline",
        RewardStageSettings => "reward",
        UnpairedSettings => "kto",
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

    /// <summary>The unions that a record writes inline.</summary>
    /// <param name="record">The record's type.</param>
    public static IEnumerable<InlineUnion> InlineUnions(Type record) => Settings(record).Select(InlineUnion.Of).OfType<InlineUnion>();

    /// <summary>A setting's key.</summary>
    public static string Key(PropertyInfo setting) => JsonNamingPolicy.CamelCase.ConvertName(setting.Name);

    /// <summary>An enumeration's value as recipes write it.</summary>
    public static string Key(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Whether a setting is a record of settings, rather than one value or a list.</summary>
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
