using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>
/// What every carrier obeys, stated once. A carrier's suite is a one-line class that says how to put a number in and
/// how to read it out.
/// </summary>
/// <typeparam name="T">The carrier.</typeparam>
public abstract class AlgebraLaws<T>
    where T : struct, IAlgebra<T>
{
    /// <summary>Relative accuracy of the carrier.</summary>
    protected abstract double Tolerance { get; }

    protected abstract T Of(double value);

    protected abstract double Read(T value);

    [Property]
    public void Arithmetic_is_the_arithmetic_of_numbers(Number x, Number y)
    {
        Agrees(Stored(x) + Stored(y), Of(x) + Of(y));
        Agrees(Stored(x) - Stored(y), Of(x) - Of(y));
        Agrees(Stored(x) * Stored(y), Of(x) * Of(y));
        Agrees(-Stored(x), -Of(x));
        if (y != 0)
        {
            Agrees(Stored(x) / Stored(y), Of(x) / Of(y));
        }
    }

    [Property]
    public void Scale_shift_and_constant_take_plain_numbers(Number x, Signal y)
    {
        Agrees(Stored(x) * Stored(y), T.Scale(Of(x), y));
        Agrees(Stored(x) + Stored(y), T.Shift(Of(x), y));
        Agrees(y, T.Constant(Of(x), y));
    }

    [Property]
    public void Elementary_functions_have_the_reference_values(Number x)
    {
        double v = Stored(x);
        Agrees(Math.Exp(v), T.Exp(Of(x)));
        Agrees(Math.Log(Math.Abs(v)), T.Log(Of(Math.Abs(x))));
        Agrees(Math.Sqrt(Math.Abs(v)), T.Sqrt(Of(Math.Abs(x))));
        Agrees(Math.Abs(v), T.Abs(Of(x)));
        Agrees(StableMath.ExpM1(v), T.ExpM1(Of(x)));
        Agrees(StableMath.LogP1(Math.Abs(v)), T.LogP1(Of(Math.Abs(x))));
        Agrees(StableMath.ExpM1MinusX(v), T.ExpM1MinusX(Of(x)));
        Agrees(StableMath.Log1MExp(-Math.Abs(v)), T.Log1MExp(Of(-Math.Abs(x))));
        Agrees(StableMath.Sigmoid(v), T.Sigmoid(Of(x)));
        Agrees(StableMath.LogSigmoid(v), T.LogSigmoid(Of(x)));
    }

    [Property]
    public void Value_with_slope_is_the_value_and_its_derivative(Number x)
    {
        double v = Stored(x);
        (T value, T slope) = T.ExpM1MinusXWithSlope(Of(x));
        Agrees(StableMath.ExpM1MinusX(v), value);
        Agrees(StableMath.ExpM1(v), slope);
        (value, slope) = T.LogSigmoidWithSlope(Of(x));
        Agrees(StableMath.LogSigmoid(v), value);
        Agrees(StableMath.Sigmoid(-v), slope);
    }

    [Property]
    public void The_remainder_of_the_exponential_is_never_negative(Number x) => Assert.True(Read(T.ExpM1MinusX(Of(x))) >= 0);

    [Property]
    public void Minimum_maximum_and_clamp_choose(Number x, Number y)
    {
        Agrees(Math.Min(Stored(x), Stored(y)), T.Min(Of(x), Of(y)));
        Agrees(Math.Max(Stored(x), Stored(y)), T.Max(Of(x), Of(y)));
        Agrees(Math.Clamp(Stored(x), -0.75, 1.5), T.Clamp(Of(x), -0.75, 1.5));
        Agrees(Stored(x), T.StopGradient(Of(x)));
    }

    [Property]
    public void Selection_by_order_takes_one_branch_and_nothing_of_the_others(Number x, Number y)
    {
        double expected = Stored(x) < Stored(y) ? 1 : Stored(x) > Stored(y) ? 3 : 2;
        Agrees(expected, T.SelectByOrder(Of(x), Of(y), Of(1), Of(2), Of(3)));
        T nan = Of(double.NaN);
        Agrees(1, T.SelectByOrder(Of(0), Of(1), Of(1), nan, nan));
        Agrees(2, T.SelectByOrder(Of(x), Of(x), nan, Of(2), nan));
        Agrees(3, T.SelectByOrder(Of(1), Of(0), nan, nan, Of(3)));
    }

    [Property]
    public void Selection_inside_takes_one_branch_and_nothing_of_the_other(Number x)
    {
        bool inside = Stored(x) is >= -0.5 and <= 2;
        T nan = Of(double.NaN);
        Agrees(7, T.SelectInside(Of(x), -0.5, 2, inside ? Of(7) : nan, inside ? nan : Of(7)));
        Agrees(1, T.SelectInside(Of(-0.5), -0.5, 2, Of(1), nan));
        Agrees(1, T.SelectInside(Of(2), -0.5, 2, Of(1), nan));
    }

    [Fact]
    public void NaN_is_unordered_and_outside_but_min_max_and_clamp_pass_it_on()
    {
        T nan = Of(double.NaN);
        Agrees(2, T.SelectByOrder(nan, Of(0), Of(1), Of(2), Of(3)));
        Agrees(2, T.SelectByOrder(Of(0), nan, Of(1), Of(2), Of(3)));
        Agrees(2, T.SelectInside(nan, -1, 1, Of(1), Of(2)));
        foreach (T result in new[] { T.Min(nan, Of(0)), T.Min(Of(0), nan), T.Max(nan, Of(0)), T.Max(Of(0), nan), T.Clamp(nan, -1, 1) })
        {
            Agrees(double.NaN, result);
        }
    }

    [Fact]
    public void Logarithms_have_their_limits()
    {
        Agrees(double.NegativeInfinity, T.Log(Of(0)));
        Agrees(double.NaN, T.Log(Of(-1)));
        Agrees(double.NegativeInfinity, T.Log1MExp(Of(0)));
        Agrees(double.NaN, T.Log1MExp(Of(0.5)));
        Agrees(double.NaN, T.Sqrt(Of(-1)));
    }

    private double Stored(double x) => Read(Of(x));

    private void Agrees(double expected, T actual)
    {
        double value = Read(actual);
        bool close = expected.Equals(value)
            || Math.Abs(expected - value) <= Tolerance * Math.Max(Math.Abs(expected), double.MinValue)
            || (Math.Abs(expected) > float.MaxValue && Math.Abs(value) >= float.MaxValue && Tolerance > 1e-8)
            || (Math.Abs(expected) < 1e-37 && Math.Abs(value) < 1e-37 && Tolerance > 1e-8);
        Assert.True(close, $"{value:R}, but {expected:R} is right");
    }
}
