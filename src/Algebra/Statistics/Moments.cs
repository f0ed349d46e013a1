namespace RlCore.Algebra;

/// <summary>Mean and sum of squared deviations of numbers, taken in two passes.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean; NaN of none. Of equal numbers it is that number, exactly.</param>
/// <param name="SquaredDeviations">Σ (x − mean)².</param>
public readonly record struct Moments(int Count, double Mean, double SquaredDeviations)
{
    /// <summary>The moments of some numbers.</summary>
    /// <param name="values">The numbers.</param>
    public static Moments Of(ReadOnlySpan<double> values)
    {
        double mean = Equal(values) ? values[0] : Sum(values) / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return new(values.Length, mean, squares);
    }

    /// <summary>Σ (x − mean)² / (n − ddof); NaN when n ≤ ddof.</summary>
    /// <param name="ddof">Degrees of freedom taken from the count: 1 (sample) or 0 (population).</param>
    public double Variance(int ddof) => Count > ddof ? SquaredDeviations / (Count - ddof) : double.NaN;

    /// <summary>√variance.</summary>
    /// <param name="ddof">Degrees of freedom taken from the count: 1 (sample) or 0 (population).</param>
    public double StandardDeviation(int ddof) => Math.Sqrt(Variance(ddof));

    /// <summary>√variance of a sample (n − 1); 0 of fewer than two numbers, which have no spread.</summary>
    public double SampleDeviation => Count > 1 ? StandardDeviation(1) : 0;

    private static bool Equal(ReadOnlySpan<double> values) => !values.IsEmpty && !values.ContainsAnyExcept(values[0]);

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}
