using System.Collections.Frozen;

namespace RlCore.Trainers.Rewards;

/// <summary>Units by their names, so that a unit is told from variables, and centimetres from metres.</summary>
internal static class UnitNames
{
    private static readonly FrozenDictionary<string, string> Known = new[]
    {
        "m meter meters metre metres", "cm centimeter centimeters centimetre centimetres",
        "mm millimeter millimeters millimetre millimetres", "km kilometer kilometers kilometre kilometres", "in inch inches",
        "ft foot feet", "yd yard yards", "mi mile miles", "s sec secs second seconds", "min mins minute minutes", "h hr hrs hour hours",
        "day days", "week weeks", "month months", "year years", "g gram grams", "kg kilogram kilograms", "mg milligram milligrams",
        "lb lbs pound pounds", "oz ounce ounces", "L l liter liters litre litres", "mL ml milliliter milliliters", "cent cents",
        "dollar dollars USD usd", "euro euros EUR", "rad radian radians", "deg degree degrees", "mph", "kph kmh", "J joule joules",
        "N newton newtons", "W watt watts", "V volt volts", "A amp amps", "Hz hertz", "Pa pascal pascals", "kJ", "eV", "unit units",
        "mol moles mole", "gal gallon gallons",
    }.SelectMany(line => line.Split(' ').Select(name => (Name: name, Unit: line.Split(' ')[0])))
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Unit, StringComparer.Ordinal);

    /// <summary>Whether a word of letters after a number is its unit.</summary>
    /// <param name="word">The word.</param>
    public static bool IsUnit(string word) => word.Length > 1 && Known.ContainsKey(word);

    /// <summary>Whether two units contradict each other: both are known, and are not the same.</summary>
    /// <param name="one">The words of one; empty if there are none.</param>
    /// <param name="other">The words of the other.</param>
    public static bool Differ(string one, string other) =>
        Known.TryGetValue(one.Trim(), out string? first) && Known.TryGetValue(other.Trim(), out string? second) && first != second;
}
