using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace RlCore.Trainers.Settings;

/// <summary>What the JSON of settings may say, read off the records themselves: a new setting needs no line here.</summary>
internal static class SettingsSchema
{
    /// <summary>The key that chooses the case of a union.</summary>
    public const string TypeKey = "type";

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>The union of a list's items, if a setting is such a list.</summary>
    public static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>A record with its defaults.</summary>
    public static object Create(Type record) =>
        Activator.CreateInstance(record) ?? throw new ArgumentException($"{record} has no defaults.", nameof(record));

    /// <summary>The settings of a record in declaration order, those of its base first.</summary>
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

    /// <summary>The recipe spelling of an enumeration value.</summary>
    public static string Key(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>A value as recipes write it, without quotation marks; empty for null and for records.</summary>
    public static string Text(object? value) => value switch
    {
        Enum choice => Key(choice),
        bool flag => flag ? "true" : "false",
        string text => text,
        IEnumerable<string> texts => string.Join(", ", texts),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "",
    };

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

    /// <summary>A copy of a record, whose settings can then be set.</summary>
    public static object Copy(object record) =>
        record.GetType().GetMethod("<Clone>$")?.Invoke(record, null) ?? throw new ArgumentException(
            $"{record.GetType()} is not a record.",
            nameof(record));

    /// <summary>The path of a setting.</summary>
    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
