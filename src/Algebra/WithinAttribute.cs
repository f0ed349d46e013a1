namespace RlCore.Algebra;

/// <summary>
/// The range in which a constant has meaning. It stands on the parameters of a union's cases, where a reader of recipes finds it;
/// constructors do not enforce it. A nullable constant may also be null.
/// </summary>
/// <param name="low">Least value; −∞ for none.</param>
/// <param name="high">Greatest value; +∞ for none.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class WithinAttribute(double low = double.NegativeInfinity, double high = double.PositiveInfinity) : Attribute
{
    /// <summary>Least value; −∞ for none.</summary>
    public double Low { get; } = low;

    /// <summary>Greatest value; +∞ for none.</summary>
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
}
