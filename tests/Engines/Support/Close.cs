namespace RlCore.Engines.Tests;

/// <summary>Comparison of float results with double references.</summary>
public static class Close
{
    /// <summary>
    /// Every element is within <paramref name="tolerance"/> · max(1, largest expected magnitude); NaN and infinity agree.
    /// </summary>
    public static void To(Matrix expected, Matrix actual, double tolerance, string what)
    {
        Assert.True(
            expected.Rows == actual.Rows && expected.Columns == actual.Columns,
            $"{what}: [{expected.Rows}, {expected.Columns}] expected, [{actual.Rows}, {actual.Columns}] found");
        double scale = expected.Values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        double allowed = tolerance * Math.Max(1, scale);
        for (int i = 0; i < expected.Values.Length; i++)
        {
            var (wanted, found) = (expected.Values[i], actual.Values[i]);
            if (!wanted.Equals(found) && !(Math.Abs(wanted - found) <= allowed))
            {
                Assert.Fail(
                    $"{what}: element {i} of [{expected.Rows}, {expected.Columns}] is {found:R}, expected {wanted:R} within {allowed:R}");
            }
        }
    }

    /// <summary>Within a relative tolerance, or below the smallest normal float.</summary>
    public static void Relatively(double expected, double actual, double tolerance, string what)
    {
        bool equal = expected.Equals(actual) || expected == actual
            || Math.Abs(expected - actual) <= (tolerance * Math.Abs(expected)) + 1.2e-38;
        Assert.True(equal, $"{what}: {actual:R}, expected {expected:R}");
    }
}
