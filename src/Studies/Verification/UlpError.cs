namespace RlCore.Studies.Verification;

/// <summary>The largest error of a law so far.</summary>
internal sealed class UlpError
{
    private const int MantissaBits = 23;
    private const int LeastExponent = -126;

    /// <summary>Numbers compared.</summary>
    public long Count { get; private set; }

    /// <summary>Largest error, in ulp.</summary>
    public double Worst { get; private set; }

    /// <summary>The error of a number, in ulp of a float at a scale.</summary>
    public static double Of(double expected, double actual, double scale)
    {
        if (expected.Equals(actual) || expected == actual)
        {
            return 0;
        }

        double error = Math.Abs(actual - expected);
        if (!double.IsFinite(error) || !double.IsFinite(scale))
        {
            return double.PositiveInfinity;
        }

        int exponent = scale == 0 ? LeastExponent : Math.Max(LeastExponent, Math.ILogB(scale));
        return error / Math.ScaleB(1, exponent - MantissaBits);
    }

    /// <summary>Counts a number whose error is known.</summary>
    public void Add(double error)
    {
        Count++;
        Worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(Worst, error);
    }

    /// <summary>Compares a number.</summary>
    public void Compare(double expected, double actual, double scale) => Add(Of(expected, actual, scale));

    /// <summary>Compares numbers at the scale of the largest of them, or of 1: small ones may be differences of numbers near 1.</summary>
    public void CompareAll(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        double scale = 1;
        foreach (double value in expected)
        {
            scale = Math.Max(scale, Math.Abs(value));
        }

        for (int i = 0; i < expected.Length; i++)
        {
            Compare(expected[i], actual[i], scale);
        }
    }

    /// <summary>The outcome.</summary>
    public LawResult Result(string law, double tolerance) => new(law, Count, Worst, tolerance);
}
