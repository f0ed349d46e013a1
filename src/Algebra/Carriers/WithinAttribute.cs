namespace RlCore.Algebra;

/// <summary>The range in which a constant of a formula has a meaning. Whoever reads constants from a file refuses those outside.</summary>
/// <param name="low">Least value; −∞ for none.</param>
/// <param name="high">Greatest value; +∞ for none.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class WithinAttribute(double low = double.NegativeInfinity, double high = double.PositiveInfinity) : Attribute
{
    /// <summary>Least value.</summary>
    public double Low => low;

    /// <summary>Greatest value.</summary>
    public double High => high;

    /// <summary>Whether the least value itself lies outside.</summary>
    public bool LowOpen { get; init; }

    /// <summary>Whether the greatest value itself lies outside.</summary>
    public bool HighOpen { get; init; }

    /// <summary>Whether a number is finite and in the range.</summary>
    /// <param name="value">The number.</param>
    public bool Contains(double value) =>
        double.IsFinite(value) && (LowOpen ? value > low : value >= low) && (HighOpen ? value < high : value <= high);
}
