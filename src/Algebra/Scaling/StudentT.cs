namespace RlCore.Algebra;

/// <summary>Student's t distribution.</summary>
internal static class StudentT
{
    private const int Bisections = 100;

    /// <summary>P(|t| ≤ x), by the finite sums of Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.</summary>
    /// <param name="x">Not negative.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Within(double x, int freedom)
    {
        double angle = Math.Atan(x / Math.Sqrt(freedom));
        double cosine = Math.Cos(angle), square = cosine * cosine;
        bool isOdd = freedom % 2 == 1;
        double term = isOdd ? cosine : 1, sum = freedom == 1 ? 0 : term;
        for (int k = isOdd ? 3 : 2; k < freedom; k += 2)
        {
            term *= square * (k - 1) / k;
            sum += term;
        }

        return isOdd ? 2 / Math.PI * (angle + (Math.Sin(angle) * sum)) : Math.Sin(angle) * sum;
    }

    /// <summary>The x with P(|t| ≤ x) = level.</summary>
    /// <param name="level">In (0, 1).</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double level, int freedom)
    {
        double low = 0, high = 1;
        while (Within(high, freedom) < level)
        {
            high *= 2;
        }

        for (int i = 0; i < Bisections; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Within(middle, freedom) < level ? (middle, high) : (low, middle);
        }

        return high;
    }
}
