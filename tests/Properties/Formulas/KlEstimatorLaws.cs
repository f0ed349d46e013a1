using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>What k1, k2, k3 and |δ| are, one sample at a time.</summary>
public sealed class KlEstimatorLaws
{
    [Property]
    public void K3_is_never_negative_and_zero_on_the_reference(LogProb logProb, LogProb reference)
    {
        Assert.True(K(KlEstimator.K3, logProb, reference) >= 0);
        Assert.Equal(0, K(KlEstimator.K3, logProb, logProb));
    }

    [Property]
    public void K3_is_positive_off_the_reference(LogProb logProb, LogProb reference) =>
        Assert.Equal(logProb.Value != reference.Value, K(KlEstimator.K3, logProb, reference) > 0);

    [Property]
    public void K1_is_antisymmetric_and_K2_and_Abs_are_symmetric(LogProb x, LogProb y)
    {
        Assert.Equal(K(KlEstimator.K1, x, y), -K(KlEstimator.K1, y, x));
        Assert.Equal(K(KlEstimator.K2, x, y), K(KlEstimator.K2, y, x));
        Assert.Equal(K(KlEstimator.Abs, x, y), K(KlEstimator.Abs, y, x));
        Assert.Equal(K(KlEstimator.Abs, x, y), Math.Abs(K(KlEstimator.K1, x, y)));
        AssertClose(0.5 * K(KlEstimator.K1, x, y) * K(KlEstimator.K1, x, y), K(KlEstimator.K2, x, y), 1e-14);
    }

    [Property]
    public void K3_less_K1_is_the_ratio_less_one(Signal delta) =>
        AssertClose(Math.Exp(-delta) - 1, K(KlEstimator.K3, delta, 0) - K(KlEstimator.K1, delta, 0), 1e-12);

    [Property]
    public void The_gradients_are_1_delta_and_1_less_the_inverse_ratio(Signal delta)
    {
        Assert.Equal(1, Gradient(KlEstimator.K1, delta));
        AssertClose(delta, Gradient(KlEstimator.K2, delta), 1e-15);
        AssertClose(1 - Math.Exp(-delta), Gradient(KlEstimator.K3, delta), 1e-13);
        Assert.Equal(Math.Sign(delta), Gradient(KlEstimator.Abs, delta));
    }

    [Theory]
    [InlineData(KlEstimator.K1, 0.25)]
    [InlineData(KlEstimator.K2, 0.03125)]
    [InlineData(KlEstimator.K3, 0.028800783071404878)]
    [InlineData(KlEstimator.Abs, 0.25)]
    public void The_values_at_a_quarter_are_those_of_the_definition(KlEstimator estimator, double expected) =>
        AssertClose(expected, K(estimator, -1, -1.25), 1e-15);

    [Fact]
    public void An_unknown_estimator_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => K((KlEstimator)9, 0, 0));

    private static double K(KlEstimator estimator, double logProb, double reference) =>
        KlEstimators.Estimate<Real>(estimator, logProb, reference);

    private static double Gradient(KlEstimator estimator, double delta) =>
        KlEstimators.Estimate(estimator, Dual<Real>.Variable(delta), Dual<Real>.Constant(0)).Tangent;
}
