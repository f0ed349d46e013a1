using System.Runtime.Intrinsics;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Each lane agrees with the double of the same name, rounded to a float, to a few units in the last place.</summary>
public sealed class LaneAccuracyLaws
{
    private const double Tolerance = 4;

    [Property]
    public void Exp_is_accurate(Number x) => Check(Lanes<float>.Exp, Math.Exp, x * 1.7);

    [Property]
    public void Log_is_accurate(Number x) => Check(Lanes<float>.Log, Math.Log, Math.Abs(x));

    [Property]
    public void Log_of_every_power_of_ten_is_accurate(Number x) => Check(Lanes<float>.Log, Math.Log, Math.Exp(x * 1.4));

    [Property]
    public void ExpM1_is_accurate(Number x) => Check(Lanes<float>.ExpM1, StableMath.ExpM1, x);

    [Property]
    public void LogP1_is_accurate(Number x) => Check(Lanes<float>.LogP1, StableMath.LogP1, x);

    [Property]
    public void ExpM1MinusX_is_accurate(Number x) => Check(Lanes<float>.ExpM1MinusX, StableMath.ExpM1MinusX, x);

    [Property]
    public void Log1MExp_is_accurate(Number x) => Check(Lanes<float>.Log1MExp, StableMath.Log1MExp, -Math.Abs(x));

    [Property]
    public void Sigmoid_is_accurate(Number x) => Check(Lanes<float>.Sigmoid, StableMath.Sigmoid, x);

    [Property]
    public void LogSigmoid_is_accurate(Number x) => Check(Lanes<float>.LogSigmoid, StableMath.LogSigmoid, x);

    [Theory]
    [InlineData(1.4142f)]
    [InlineData(1.41f)]
    [InlineData(0.70711f)]
    [InlineData(2.8284f)]
    [InlineData(0.35356f)]
    public void The_logarithm_is_as_accurate_where_its_series_is_longest(float x)
    {
        float log = Lanes<float>.Log(Lanes<float>.Broadcast(x)).Vector[0];
        double unit = (double)MathF.BitIncrement(MathF.Abs(log)) - MathF.Abs(log);
        Assert.InRange(Math.Abs(log - Math.Log(x)) / unit, 0, 1.5);
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.NaN)]
    [InlineData(0f)]
    [InlineData(float.MaxValue)]
    [InlineData(float.MinValue)]
    [InlineData(float.Epsilon)]
    [InlineData(-1f)]
    [InlineData(88.9f)]
    [InlineData(-103.5f)]
    [InlineData(-110f)]
    public void The_ends_of_the_range_have_their_limits(float x)
    {
        Check(Lanes<float>.Exp, Math.Exp, x);
        Check(Lanes<float>.Log, Math.Log, x);
        Check(Lanes<float>.ExpM1, StableMath.ExpM1, x);
        Check(Lanes<float>.LogP1, StableMath.LogP1, x);
        Check(Lanes<float>.ExpM1MinusX, StableMath.ExpM1MinusX, x);
        Check(Lanes<float>.Log1MExp, StableMath.Log1MExp, x);
        Check(Lanes<float>.Sigmoid, StableMath.Sigmoid, x);
        Check(Lanes<float>.LogSigmoid, StableMath.LogSigmoid, x);
    }

    private static void Check(Func<Lanes<float>, Lanes<float>> function, Func<double, double> reference, double at)
    {
        float x = (float)at;
        Vector512<float> result = function(Lanes<float>.Broadcast(x)).Vector;
        double expected = reference(x);
        for (int lane = 0; lane < Lanes<float>.Count; lane++)
        {
            float actual = result[lane];
            Assert.True(Close(actual, expected), $"lane {lane} at {x:R}: {actual:R}, but {(float)expected:R} is right");
        }
    }

    private static bool Close(float actual, double expected)
    {
        float nearest = (float)expected;
        if (!float.IsFinite(nearest) || !float.IsFinite(actual))
        {
            return nearest.Equals(actual);
        }

        double unit = (double)MathF.BitIncrement(MathF.Abs(nearest)) - MathF.Abs(nearest);
        return Math.Abs(actual - expected) <= Tolerance * unit;
    }
}
