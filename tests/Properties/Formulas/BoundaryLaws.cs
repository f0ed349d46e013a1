using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>What happens exactly on a bound, and what is refused: the places where a formula is most easily off by one.</summary>
public sealed class BoundaryLaws
{
    [Theory]
    [InlineData(0.0, 1.0, 0.7, 1.6)]
    [InlineData(0.3, 0.8, -0.2, 1.3)]
    [InlineData(-0.5, 1.4, 0.4, 2.1)]
    public void The_mean_of_k1_and_of_k3_over_normals_of_any_width_is_the_KL(double qMean, double qStd, double pMean, double pStd)
    {
        foreach (KlEstimator estimator in (KlEstimator[])[KlEstimator.K1, KlEstimator.K3])
        {
            Assert.Equal(0, GaussianEstimators.Moments(estimator, qMean, qStd, pMean, pStd).BiasOverTrue, 1e-9);
        }

        Assert.Equal(Quadrature(qMean, qStd, pMean, pStd), GaussianEstimators.Kl(qMean, qStd, pMean, pStd), 1e-9);
    }

    [Fact]
    public void The_spread_of_k1_over_normals_has_its_closed_form()
    {
        // log q/p = log(b/a) − z²/2 + (m + a·z)²/(2b²) for q = N(m, a²), p = N(0, b²): variance ½(a²/b² − 1)² + (m·a/b²)².
        const double M = 0.6, A = 0.8, B = 1.5;
        double linear = M * A / (B * B);
        double quadratic = 0.5 * ((A * A / (B * B)) - 1);
        double expected = Math.Sqrt((2 * quadratic * quadratic) + (linear * linear)) / GaussianEstimators.Kl(M, A, 0, B);
        Assert.Equal(expected, GaussianEstimators.Moments(KlEstimator.K1, M, A, 0, B).StdOverTrue, 1e-9);
    }

    [Fact]
    public void An_epoch_stops_only_past_one_and_a_half_times_the_target()
    {
        Assert.False(KlController.ShouldStopEpoch(0.75, 0.5));
        Assert.True(KlController.ShouldStopEpoch(0.7500001, 0.5));
        Assert.False(KlController.ShouldStopEpoch(2.9, 2));
    }

    [Fact]
    public void A_ratio_on_a_bound_and_an_advantage_of_zero_are_not_clipped()
    {
        SequenceMask mask = SequenceMask.Full(1, 6);
        ClipFractions fractions = PolicyDiagnostics.Clipping([0.8, 0.79, 0.79, 1.2, 1.21, 1.21], [-1, -1, 0, 1, 1, 0], mask, 0.8, 1.2);
        Assert.Equal((1 / 6.0, 1 / 6.0), (fractions.Low, fractions.High));
    }

    [Fact]
    public void A_weight_on_a_bound_is_kept()
    {
        Assert.Equal([0.5, 2, 0, 0], ImportanceWeights.Mask([0.5, 2, 0.49, 2.01], 0.5, 2));
    }

    [Fact]
    public void What_has_no_mask_or_options_is_refused_by_name()
    {
        Assert.Equal("mask", Assert.Throws<ArgumentNullException>(() => PolicyDiagnostics.Clipping([1], [1], null!, 0.8, 1.2)).ParamName);
        Assert.Equal("mask", Assert.Throws<ArgumentNullException>(() => new Aggregation.TokenMean().RowWeights(null!)).ParamName);
        Assert.Equal("mask", Assert.Throws<ArgumentNullException>(() => new Aggregation.TokenMean().TotalWeight(null!)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => GroupAdvantages.Relative([1, 2], 2, null!)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => GroupAdvantages.BestOfGroup([1, 2], [0, 0], null!)).ParamName);
    }

    [Fact]
    public void Options_of_the_group_advantage_are_checked_wherever_they_are_read()
    {
        var bad = new GroupAdvantageOptions { Ddof = 2 };
        Assert.Contains(
            "Ddof is 2",
            Assert.Throws<ArgumentException>(() => GroupAdvantages.Relative([1, 2], 2, bad)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Ddof is 2",
            Assert.Throws<ArgumentException>(() => GroupAdvantages.BestOfGroup([1, 2], [0, 0], bad)).Message,
            StringComparison.Ordinal);
    }

    // KL(q‖p) by the rectangle rule, told without the library.
    private static double Quadrature(double qMean, double qStd, double pMean, double pStd)
    {
        double Density(double x, double mean, double std) =>
            Math.Exp(-0.5 * Math.Pow((x - mean) / std, 2)) / (std * Math.Sqrt(2 * Math.PI));
        const double Width = 1e-3;
        double sum = 0;
        for (double x = qMean - (12 * qStd); x <= qMean + (12 * qStd); x += Width)
        {
            double q = Density(x, qMean, qStd);
            sum += q * Math.Log(q / Density(x, pMean, pStd)) * Width;
        }

        return sum;
    }
}
