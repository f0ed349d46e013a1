using System.Globalization;
using System.Reflection;

namespace RlCore.Algebra;

/// <summary>
/// The range in which a constant has meaning. It stands on the parameters of a union's cases: their constructors enforce it, and a
/// reader of recipes finds it there. A nullable constant may also be null.
/// </summary>
/// <param name="low">Minimum; −∞ for none.</param>
/// <param name="high">Maximum; +∞ for none.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class WithinAttribute(double low = double.NegativeInfinity, double high = double.PositiveInfinity) : Attribute
{
    /// <summary>Minimum; −∞ for none.</summary>
    public double Low { get; } = low;

    /// <summary>Maximum; +∞ for none.</summary>
    public double High { get; } = high;

    /// <summary>Whether <see cref="Low"/> itself is excluded.</summary>
    public bool LowOpen { get; init; }

    /// <summary>Whether <see cref="High"/> itself is excluded.</summary>
    public bool HighOpen { get; init; }

    /// <summary>What is counted, where it is neither a plain number nor said by the setting's name: "seconds".</summary>
    /// <value>"".</value>
    public string Unit { get; init; } = "";

    /// <summary>Whether a value is finite and in the range.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(double value) =>
        double.IsFinite(value) && (LowOpen ? value > Low : value >= Low) && (HighOpen ? value < High : value <= High);

    /// <summary>The range as an interval: [0, 1).</summary>
    public override string ToString()
    {
        char opening = LowOpen || double.IsNegativeInfinity(Low) ? '(' : '[';
        char closing = HighOpen || double.IsPositiveInfinity(High) ? ')' : ']';
        return string.Create(CultureInfo.InvariantCulture, $"{opening}{Low}, {High}{closing}");
    }

    /// <summary>
    /// Refuses a case with a constant outside of its range. The constructor of a union calls it: by then the properties of the case
    /// are set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A constant is outside of its range; the message has both.</exception>
    internal static void Check(object value)
    {
        Type type = value.GetType();
        foreach (ParameterInfo parameter in type.GetConstructors().SelectMany(constructor => constructor.GetParameters()))
        {
            if (parameter.GetCustomAttribute<WithinAttribute>() is { } range
                && type.GetProperty(parameter.Name!)!.GetValue(value) is { } number
                && !range.Contains(Convert.ToDouble(number, CultureInfo.InvariantCulture)))
            {
                throw new ArgumentOutOfRangeException(
                    parameter.Name, number, $"{parameter.Name} of {type.Name} must be a finite number in {range}.");
            }
        }
    }
}
