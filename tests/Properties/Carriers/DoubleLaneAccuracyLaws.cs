using System.Numerics;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>
/// Each lane of doubles agrees with 390-digit arithmetic to a few units in the last place, and with the scalar at the ends.
/// </summary>
public sealed class DoubleLaneAccuracyLaws
{
    private const double Tolerance = 3;

    [Property]
    public void Exp_is_accurate(Number x) => Check(Lanes<double>.Exp, y => HighPrecision.Exp(HighPrecision.Of(y)), x);

    [Property(MaxTest = 300)]
    public void Log_is_accurate(Number x) =>
        Check(Lanes<double>.Log, y => HighPrecision.Log(HighPrecision.Of(y), Math.Log(y)), Math.Abs(x));

    [Property]
    public void ExpM1_is_accurate(Number x) => Check(Lanes<double>.ExpM1, HighPrecision.ExpM1, x);

    [Property]
    public void ExpM1MinusX_is_accurate(Number x) => Check(Lanes<double>.ExpM1MinusX, HighPrecision.ExpM1MinusX, x);

    [Property(MaxTest = 300)]
    public void LogP1_is_accurate(Number x)
    {
        if (x > -1)
        {
            Check(Lanes<double>.LogP1, HighPrecision.LogP1, x);
        }
    }

    [Property(MaxTest = 300)]
    public void Log1MExp_is_accurate(Number x) => Check(Lanes<double>.Log1MExp, HighPrecision.Log1MExp, -Math.Abs(x));

    [Property]
    public void Sigmoid_is_accurate(Number x) => Check(Lanes<double>.Sigmoid, HighPrecision.Sigmoid, x);

    [Property(MaxTest = 300)]
    public void LogSigmoid_is_accurate(Number x) => Check(Lanes<double>.LogSigmoid, HighPrecision.LogSigmoid, x);

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.NaN)]
    [InlineData(0.0)]
    [InlineData(double.MaxValue)]
    [InlineData(double.MinValue)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-310)]
    [InlineData(-1.0)]
    [InlineData(709.7)]
    [InlineData(709.9)]
    [InlineData(-708.5)]
    [InlineData(-745.0)]
    [InlineData(-745.9)]
    [InlineData(-800.0)]
    public void The_ends_of_the_range_have_their_limits(double x)
    {
        Agrees(Lanes<double>.Exp, Math.Exp, x);
        Agrees(Lanes<double>.Log, Math.Log, x);
        Agrees(Lanes<double>.ExpM1, StableMath.ExpM1, x);
        Agrees(Lanes<double>.LogP1, StableMath.LogP1, x);
        Agrees(Lanes<double>.ExpM1MinusX, StableMath.ExpM1MinusX, x);
        Agrees(Lanes<double>.Log1MExp, StableMath.Log1MExp, x);
        Agrees(Lanes<double>.Sigmoid, StableMath.Sigmoid, x);
        Agrees(Lanes<double>.LogSigmoid, StableMath.LogSigmoid, x);
    }

    private static void Check(Func<Lanes<double>, Lanes<double>> function, Func<double, BigInteger> reference, double x)
    {
        if (x != 0)
        {
            double ulps = HighPrecision.Ulps(At(function, x), reference(x));
            Assert.True(ulps <= Tolerance, $"{ulps} ulp at {x:R}");
        }
    }

    private static void Agrees(Func<Lanes<double>, Lanes<double>> function, Func<double, double> reference, double x)
    {
        (double actual, double expected) = (At(function, x), reference(x));
        double unit = double.IsFinite(expected) ? Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected) : 0;
        Assert.True(expected.Equals(actual) || Math.Abs(actual - expected) <= 4 * unit, $"at {x:R}: {actual:R}, but {expected:R} is right");
    }

    private static double At(Func<Lanes<double>, Lanes<double>> function, double x)
    {
        Lanes<double> result = function(Lanes<double>.Broadcast(x));
        for (int lane = 1; lane < Lanes<double>.Count; lane++)
        {
            Assert.Equal(result.Vector[0], result.Vector[lane]);
        }

        return result.Vector[0];
    }
}
