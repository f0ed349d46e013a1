namespace RlCore.Algebra;

/// <summary>
/// Elementary functions that stay accurate where the textbook expression cancels or overflows. The platform's
/// <see cref="double.ExpM1"/> and <see cref="double.LogP1"/> are the textbook expressions, so they cannot be used here.
/// </summary>
internal static class StableMath
{
    private const int SeriesTerms = 19;

    // 1/2!, 1/3!, …: the series of (eˣ − 1 − x)/x², exact to a rounding for |x| < 1.
    private static ReadOnlySpan<double> RemainderSeries =>
    [
        1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
        1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 1.0 / 1307674368000,
        1.0 / 20922789888000, 1.0 / 355687428096000, 1.0 / 6402373705728000, 1.0 / 121645100408832000,
        1.0 / 2432902008176640000,
    ];

    /// <summary>eˣ − 1.</summary>
    public static double ExpM1(double x)
    {
        if (Math.Abs(x) < 0.5)
        {
            // x + x²·s(x): the second term is at most a quarter of the first, so nothing cancels.
            return x + (x * x * Remainder(x));
        }

        return Math.Exp(x) - 1;
    }

    /// <summary>log(1 + x).</summary>
    public static double LogP1(double x)
    {
        double sum = 1 + x;
        if (sum == 1 || double.IsPositiveInfinity(sum))
        {
            return x;
        }

        // Kahan: log(u)/(u − 1) is smooth, so evaluating it at the rounded u costs one rounding.
        return Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>eˣ − 1 − x, never negative.</summary>
    public static double ExpM1MinusX(double x)
    {
        if (Math.Abs(x) < 1)
        {
            return x * x * Remainder(x);
        }

        return double.IsPositiveInfinity(x) ? x : Math.Exp(x) - 1 - x;
    }

    /// <summary>log(1 − eˣ) for x &lt; 0.</summary>
    public static double Log1MExp(double x) => x > -0.6931471805599453 ? Math.Log(-ExpM1(x)) : LogP1(-Math.Exp(x));

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static double Sigmoid(double x)
    {
        double small = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : small) / (1 + small);
    }

    /// <summary>−log(1 + e⁻ˣ).</summary>
    public static double LogSigmoid(double x) => Math.Min(x, 0) - LogP1(Math.Exp(-Math.Abs(x)));

    private static double Remainder(double x)
    {
        ReadOnlySpan<double> series = RemainderSeries;
        double sum = series[SeriesTerms - 1];
        for (int i = SeriesTerms - 2; i >= 0; i--)
        {
            sum = Math.FusedMultiplyAdd(sum, x, series[i]);
        }

        return sum;
    }
}
