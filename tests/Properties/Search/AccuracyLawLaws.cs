using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>The law of accuracy against tokens is found again from its own points, and is never worse than the other kind.</summary>
public class AccuracyLawLaws
{
    [Property]
    public void A_logarithmic_law_is_found_again(byte start, byte gain)
    {
        var law = new AccuracyLaw.Logarithmic(start / 1000.0, (gain + 1) / 8000.0, 0);
        var found = Assert.IsType<AccuracyLaw.Logarithmic>(AccuracyLaw.Fit(Tokens, Values(law)));
        AssertClose(law.Intercept, found.Intercept, 1e-9);
        AssertClose(law.Gain, found.Gain, 1e-9);
        Assert.InRange(found.Error, 0, 1e-9);
    }

    [Property]
    public void A_power_law_is_found_again(byte scale, byte exponent)
    {
        var law = new AccuracyLaw.Power(new PowerLaw((scale + 1) / 8.0, 0.05 + (exponent / 300.0)), 0);
        var found = Assert.IsType<AccuracyLaw.Power>(AccuracyLaw.Fit(Tokens, Values(law)));
        AssertClose(law.Wrong.Scale, found.Wrong.Scale, 1e-7);
        AssertClose(law.Wrong.Exponent, found.Wrong.Exponent, 1e-9);
        Assert.InRange(found.Error, 0, 1e-9);
    }

    [Property]
    public void The_error_is_what_the_law_is_off_by_and_no_line_is_nearer(byte[] noise)
    {
        double[] accuracies = [.. Tokens.Select((_, i) => noise.Length == 0 ? i / 20.0 : noise[i % noise.Length] / 256.0)];
        AccuracyLaw law = AccuracyLaw.Fit(Tokens, accuracies);
        AssertClose(Off(law, accuracies), law.Error, 1e-12);
        foreach (double shift in (double[])[-0.01, 0.01])
        {
            // Of lines, least squares is the nearest, and what was chosen is no farther.
            var line = new AccuracyLaw.Logarithmic(accuracies.Average() + shift, 0, 0);
            Assert.True(law.Error <= Off(line, accuracies) + 1e-12);
        }
    }

    [Fact]
    public void Perfect_accuracy_is_no_power_law_and_one_point_no_law()
    {
        Assert.IsType<AccuracyLaw.Logarithmic>(AccuracyLaw.Fit([1, 2, 4], [0.5, 0.9, 1]));
        Assert.IsType<AccuracyLaw.Logarithmic>(AccuracyLaw.Fit([1, 2, 4], [0.5, 0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => AccuracyLaw.Fit([2, 2], [0.5, 0.6]));
        Assert.Throws<ArgumentException>(() => AccuracyLaw.Fit([2, 4], [0.5]));
    }

    private static double[] Tokens { get; } = [8, 16, 50, 100, 400];

    private static double[] Values(AccuracyLaw law) => [.. Tokens.Select(law.At)];

    private static double Off(AccuracyLaw law, double[] accuracies) =>
        Math.Sqrt(Tokens.Zip(accuracies, (tokens, accuracy) => Math.Pow(accuracy - law.At(tokens), 2)).Average());

    private static void AssertClose(double expected, double found, double tolerance)
    {
        double distance = tolerance * Math.Max(1, Math.Abs(expected));
        Assert.InRange(found, expected - distance, expected + distance);
    }
}
