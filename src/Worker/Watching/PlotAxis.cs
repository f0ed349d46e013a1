using System.Globalization;

namespace RlCore.Worker.Watching;

/// <summary>How the places of an axis are spaced.</summary>
internal enum AxisScale
{
    /// <summary>Equal differences are equally far apart.</summary>
    Linear,

    /// <summary>Equal ratios are equally far apart. Numbers that are not positive have no place.</summary>
    Logarithmic,
}

/// <summary>An axis of a plot.</summary>
/// <param name="Label">What is along it; empty for nothing.</param>
/// <param name="Scale">How its places are spaced.</param>
internal sealed record PlotAxis(string Label, AxisScale Scale = AxisScale.Linear)
{
    /// <summary>The steps of runs.</summary>
    public static PlotAxis Steps { get; } = new("step");
}

/// <summary>The part of an axis that a plot shows.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="Low">Where it begins: a number, or its logarithm to base 10.</param>
/// <param name="High">Where it ends.</param>
internal sealed record PlotRange(PlotAxis Axis, double Low, double High)
{
    private const int Ticks = 6, FewestTicks = 3, MostTicks = 10;

    private static readonly int[] RoundDigits = [1, 2, 5];

    /// <summary>The range that has all numbers, with some space beside them; of none, from 0 to 1, or from 1 to 10.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">The numbers; those without a place on the axis are left out.</param>
    /// <param name="margin">The space on either side, as a part of their range.</param>
    public static PlotRange Of(PlotAxis axis, IEnumerable<double> values, double margin)
    {
        bool isLinear = axis.Scale == AxisScale.Linear;
        double[] kept = [.. values.Select(value => isLinear ? value : Math.Log10(value)).Where(double.IsFinite)];
        double low = kept.Length > 0 ? kept.Min() : 0, high = kept.Length > 0 ? kept.Max() : 1;
        double lone = isLinear ? Math.Max(Math.Abs(high) * 0.1, 0.5) : 0.5;
        double space = high > low ? (high - low) * margin : lone;
        return new(axis, isLinear && low >= 0 && low - space < 0 ? 0 : low - space, high + space);
    }

    /// <summary>Where a number stands, 0 at the beginning and 1 at the end; not finite if it has no place.</summary>
    /// <param name="value">The number.</param>
    public double PlaceOf(double value) =>
        ((Axis.Scale == AxisScale.Linear ? value : value > 0 ? Math.Log10(value) : double.NaN) - Low) / (High - Low);

    /// <summary>
    /// The numbers that are written along the axis. On a logarithmic one: 1, 2 and 5 times the powers of ten, the powers alone where
    /// that were too many, or every second, third … of them; where few of them are in the range, round numbers as on a linear axis.
    /// </summary>
    public IReadOnlyList<double> Places()
    {
        if (Axis.Scale == AxisScale.Linear)
        {
            return [.. RoundNumbers(Low, High)];
        }

        int from = (int)Math.Floor(Low), to = (int)Math.Floor(High);
        double[] fine =
        [
            .. Enumerable.Range(from, to - from + 1).SelectMany(power => RoundDigits.Select(digit => PowerOfTen(power, digit)))
                .Where(IsWithin),
        ];
        if (fine.Length is >= FewestTicks and <= MostTicks)
        {
            return fine;
        }

        if (fine.Length < FewestTicks)
        {
            return [.. RoundNumbers(Math.Pow(10, Low), Math.Pow(10, High)).Where(IsWithin)];
        }

        int first = (int)Math.Ceiling(Low), apart = ((to - first) / MostTicks) + 1;
        return [.. Enumerable.Range(0, ((to - first) / apart) + 1).Select(count => PowerOfTen(first + (count * apart), 1))];
    }

    // Read from text, because Math.Pow(10, −5) is not the double nearest to 0.00001.
    private static double PowerOfTen(int power, int digit) =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digit}e{power}"), CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten apart.
    private static IEnumerable<double> RoundNumbers(double low, double high)
    {
        double rough = (high - low) / Ticks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        for (double count = Math.Ceiling(low / step); count * step <= high; count++)
        {
            yield return count * step;
        }
    }

    private bool IsWithin(double value) => PlaceOf(value) is >= 0 and <= 1;
}
