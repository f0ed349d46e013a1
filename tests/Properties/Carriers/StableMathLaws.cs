using System.Numerics;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>The stable primitives agree with 390-digit arithmetic to a few units in the last place.</summary>
public sealed class StableMathLaws
{
    private const double Tolerance = 4;

    [Property]
    public void ExpM1_is_accurate_everywhere(Number x) => Check(StableMath.ExpM1, HighPrecision.ExpM1, x);

    [Property]
    public void ExpM1MinusX_is_accurate_everywhere(Number x) => Check(StableMath.ExpM1MinusX, HighPrecision.ExpM1MinusX, x);

    [Property(MaxTest = 300)]
    public void LogP1_is_accurate_everywhere(Number x)
    {
        if (x > -1)
        {
            Check(StableMath.LogP1, HighPrecision.LogP1, x);
        }
    }

    [Property(MaxTest = 300)]
    public void Log1MExp_is_accurate_everywhere(Number x) => Check(StableMath.Log1MExp, HighPrecision.Log1MExp, -Math.Abs(x));

    [Property]
    public void Sigmoid_is_accurate_everywhere(Number x) => Check(StableMath.Sigmoid, HighPrecision.Sigmoid, x);

    [Property(MaxTest = 300)]
    public void LogSigmoid_is_accurate_everywhere(Number x) => Check(StableMath.LogSigmoid, HighPrecision.LogSigmoid, x);

    [Fact]
    public void Values_at_zero_and_infinity_are_the_limits()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal((0.0, -1.0, Infinity), (StableMath.ExpM1(0), StableMath.ExpM1(-Infinity), StableMath.ExpM1(Infinity)));
        Assert.Equal(
            (0.0, Infinity, Infinity), (StableMath.ExpM1MinusX(0), StableMath.ExpM1MinusX(-Infinity), StableMath.ExpM1MinusX(Infinity)));
        Assert.Equal((0.0, -Infinity, Infinity), (StableMath.LogP1(0), StableMath.LogP1(-1), StableMath.LogP1(Infinity)));
        Assert.Equal((-Infinity, 0.0), (StableMath.Log1MExp(0), StableMath.Log1MExp(-Infinity)));
        Assert.Equal((0.5, 0.0, 1.0), (StableMath.Sigmoid(0), StableMath.Sigmoid(-Infinity), StableMath.Sigmoid(Infinity)));
        Assert.Equal((-Infinity, 0.0), (StableMath.LogSigmoid(-Infinity), StableMath.LogSigmoid(Infinity)));
        Assert.True(double.IsNaN(StableMath.LogP1(-1.5)) && double.IsNaN(StableMath.Log1MExp(0.5)));
    }

    private static void Check(Func<double, double> actual, Func<double, BigInteger> reference, double x)
    {
        if (x != 0)
        {
            double ulps = HighPrecision.Ulps(actual(x), reference(x));
            Assert.True(ulps <= Tolerance, $"{ulps} ulp at {x:R}");
        }
    }
}
