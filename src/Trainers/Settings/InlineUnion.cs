using System.Reflection;
using System.Text.Json;

namespace RlCore.Trainers.Settings;

/// <summary>
/// A union that a recipe writes inline: <c>"surrogate": "gspo", "clipLow": 1e-3</c>. The key names the case; the case's
/// settings, which are the parameters of its constructor, are in the same object.
/// </summary>
/// <param name="Key">The key, which is also the name of the union in messages.</param>
/// <param name="Union">The union's type.</param>
/// <param name="Cases">Its cases, in the order of their declaration.</param>
internal sealed record InlineUnion(string Key, Type Union, IReadOnlyList<InlineCase> Cases)
{
    /// <summary>The settings of all cases, each key once.</summary>
    public IEnumerable<InlineSetting> Settings => Cases.SelectMany(item => item.Settings).DistinctBy(setting => setting.Key);

    /// <summary>The union of a setting, if it is written inline.</summary>
    /// <param name="setting">The setting.</param>
    public static InlineUnion? Of(PropertyInfo setting)
    {
        if (!setting.IsDefined(typeof(InlineAttribute), inherit: false))
        {
            return null;
        }

        Type union = setting.PropertyType;
        IEnumerable<Type> cases = union.GetNestedTypes().Where(type => type.IsSubclassOf(union)).OrderBy(type => type.MetadataToken);
        return new InlineUnion(SettingsSchema.Key(setting), union, [.. cases.Select(type => InlineCase.Of(type, union))]);
    }

    /// <summary>The recipe name of a value's case.</summary>
    /// <param name="value">The value.</param>
    public static string NameOf(object value) => JsonNamingPolicy.CamelCase.ConvertName(value.GetType().Name);

    /// <summary>Every case of a union, with the defaults of its settings.</summary>
    /// <typeparam name="TUnion">The union.</typeparam>
    public static IEnumerable<TUnion> DefaultsOf<TUnion>() => typeof(TUnion).GetNestedTypes()
        .Where(type => type.IsSubclassOf(typeof(TUnion)))
        .OrderBy(type => type.MetadataToken)
        .Select(type => InlineCase.Of(type, typeof(TUnion)))
        .Select(item => (TUnion)item.Create([.. item.Settings.Select(setting => setting.Default)]));

    /// <summary>The case of a value.</summary>
    /// <param name="value">The value.</param>
    public InlineCase CaseOf(object value) => Cases.First(item => item.Type == value.GetType());

    /// <summary>The cases that have a setting, as text.</summary>
    /// <param name="key">The setting's key.</param>
    public string CasesWith(string key)
    {
        string[] names = [.. Cases.Where(item => item.Find(key) is not null).Select(item => item.Name)];
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }
}

/// <summary>A case of an inline union.</summary>
/// <param name="Name">Its name in recipes.</param>
/// <param name="Type">Its record.</param>
/// <param name="Settings">The parameters of its constructor.</param>
internal sealed record InlineCase(string Name, Type Type, IReadOnlyList<InlineSetting> Settings)
{
    /// <summary>A case.</summary>
    /// <param name="type">Its record.</param>
    /// <param name="union">The union's record.</param>
    public static InlineCase Of(Type type, Type union)
    {
        ParameterInfo[] parameters = type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)?.GetParameters() ?? [];
        return new InlineCase(
            JsonNamingPolicy.CamelCase.ConvertName(type.Name),
            type,
            [.. parameters.Select(parameter => new InlineSetting(
                JsonNamingPolicy.CamelCase.ConvertName(parameter.Name ?? ""),
                parameter,
                IsCommon: union.GetProperty(parameter.Name ?? "") is not null))]);
    }

    /// <summary>The setting of a key; null if the case has none.</summary>
    /// <param name="key">The key.</param>
    public InlineSetting? Find(string key) => Settings.FirstOrDefault(setting => setting.Key == key);

    /// <summary>A value of the case.</summary>
    /// <param name="values">A value for each setting, in their order.</param>
    public object Create(object?[] values) =>
        Activator.CreateInstance(Type, values) ?? throw new InvalidOperationException($"{Type} cannot be made.");
}

/// <summary>A setting of a case of an inline union.</summary>
/// <param name="Key">Its key in recipes.</param>
/// <param name="Parameter">The parameter that it is.</param>
/// <param name="IsCommon">Whether every case of the union has it, so that its value is kept when another case is named.</param>
internal sealed record InlineSetting(string Key, ParameterInfo Parameter, bool IsCommon)
{
    /// <summary>The type of its values, without nullability.</summary>
    public Type Type => Nullable.GetUnderlyingType(Parameter.ParameterType) ?? Parameter.ParameterType;

    /// <summary>Whether it may be null.</summary>
    public bool MayBeNull => Nullable.GetUnderlyingType(Parameter.ParameterType) is not null;

    /// <summary>Its value, read from a value of its case.</summary>
    /// <param name="value">The value.</param>
    public object? In(object value) => value.GetType().GetProperty(Parameter.Name ?? "")?.GetValue(value);

    /// <summary>Its default value.</summary>
    public object? Default => Parameter.ParameterType.IsEnum && Parameter.DefaultValue is { } number
        ? Enum.ToObject(Parameter.ParameterType, number)
        : Parameter.DefaultValue;
}
