using System.Globalization;
using System.Reflection;
using RlCore.Algebra;

namespace RlCore.Trainers.Settings;

/// <summary>The range of a setting.</summary>
/// <param name="Accepts">Whether a value is in it.</param>
/// <param name="Expected">The range, in words.</param>
internal sealed record SettingRule(Func<object, bool> Accepts, string Expected)
{
    /// <summary>The range stated in the declaration of a setting; null if there is none.</summary>
    /// <param name="setting">A property.</param>
    public static SettingRule? Of(PropertyInfo setting) => Of(setting, setting.PropertyType);

    /// <summary>The range stated in the declaration of a setting; null if there is none.</summary>
    /// <param name="setting">A property, or a parameter of a case.</param>
    /// <param name="type">The type of its values.</param>
    public static SettingRule? Of(ICustomAttributeProvider setting, Type type)
    {
        if (setting.GetCustomAttributes(typeof(SettingRuleAttribute), inherit: true)
            .OfType<SettingRuleAttribute>()
            .FirstOrDefault() is { } rule)
        {
            return new SettingRule(rule.Accepts, rule.Expected);
        }

        return setting.GetCustomAttributes(typeof(WithinAttribute), inherit: false).OfType<WithinAttribute>().FirstOrDefault() is { } range
            ? new SettingRule(
                value => range.Contains(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
                Describe(range, NumberOf(range, type)))
            : null;
    }

    private static string NumberOf(WithinAttribute range, Type type)
    {
        string number = type == typeof(int) || type == typeof(ulong) ? "a whole number" : "a number";
        return range.Unit.Length > 0 ? $"{number} of {range.Unit}" : number;
    }

    private static string Describe(WithinAttribute range, string number)
    {
        string Text(double bound) => bound.ToString(CultureInfo.InvariantCulture);
        bool low = !double.IsNegativeInfinity(range.Low), high = !double.IsPositiveInfinity(range.High);
        return (low, high) switch
        {
            (false, false) => "a finite number",
            (true, false) => range.LowOpen ? $"{number} above {Text(range.Low)}" : $"{number} of at least {Text(range.Low)}",
            (false, true) => range.HighOpen ? $"{number} below {Text(range.High)}" : $"{number} of at most {Text(range.High)}",
            _ when range.LowOpen => $"{number} above {Text(range.Low)} and {(range.HighOpen ? "below" : "at most")} {Text(range.High)}",
            _ => $"{number} from {Text(range.Low)} to {(range.HighOpen ? "below " : "")}{Text(range.High)}",
        };
    }
}
