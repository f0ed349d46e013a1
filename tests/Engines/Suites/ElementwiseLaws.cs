using RlCore.Algebra;

namespace RlCore.Engines.Tests;

/// <summary>The members of <see cref="IAlgebra{T}"/>: value and gradient against <see cref="Real"/>, and the contract's edges.</summary>
public abstract class ElementwiseLaws<T> : EngineSuite<T>
    where T : struct, ITensor<T>
{
    [Fact]
    public void Functions_of_one_variable_agree_with_the_reference() =>
        Laws.Hold(25, [9, 40], (random, size) =>
        {
            Matrix Any(double low, double high) => Matrix.Random(random, size[0], size[1], low, high);
            Agrees(random, Any(-3, 3), x => -x, x => -x);
            Agrees(random, Any(-3, 3), x => T.Scale(x, -1.5), x => Real.Scale(x, -1.5));
            Agrees(random, Any(-3, 3), x => T.Shift(x, 0.7), x => Real.Shift(x, 0.7));
            Agrees(random, Any(-3, 3), T.Exp, Real.Exp);
            Agrees(random, Any(0.2, 9), T.Log, Real.Log);
            Agrees(random, Any(0.2, 9), T.Sqrt, Real.Sqrt);
            Agrees(random, Any(0.1, 3), T.Abs, Real.Abs);
            Agrees(random, Any(-3, -0.1), T.Abs, Real.Abs);
            Agrees(random, Any(-3, 3), T.ExpM1, Real.ExpM1);
            Agrees(random, Any(-0.8, 5), T.LogP1, Real.LogP1);
            Agrees(random, Any(-3, 3), T.ExpM1MinusX, Real.ExpM1MinusX);
            Agrees(random, Any(-5, -0.1), T.Log1MExp, Real.Log1MExp);
            Agrees(random, Any(-9, 9), T.Sigmoid, Real.Sigmoid);
            Agrees(random, Any(-9, 9), T.LogSigmoid, Real.LogSigmoid);
            Agrees(
                random, Any(-3, 3).Map(x => Math.Abs(Math.Abs(x) - 1) < 0.01 ? 0 : x), x => T.Clamp(x, -1, 1), x => Real.Clamp(x, -1, 1));
        });

    [Fact]
    public void Functions_of_two_variables_agree_with_the_reference() =>
        Laws.Hold(25, [9, 40], (random, size) =>
        {
            var left = Matrix.Random(random, size[0], size[1]);
            var right = Matrix.Of(
                size[0], size[1], (i, j) => (float)(left[i, j] + (random.Next(2) == 0 ? 0.5 : -0.5) + random.NextDouble() * 0.4));
            var divisor = Matrix.Random(random, size[0], size[1], 0.5, 3);
            Agrees(random, left, right, (x, y) => x + y, (x, y) => x + y);
            Agrees(random, left, right, (x, y) => x - y, (x, y) => x - y);
            Agrees(random, left, right, (x, y) => x * y, (x, y) => x * y);
            Agrees(random, left, divisor, (x, y) => x / y, (x, y) => x / y);
            Agrees(random, left, right, T.Min, Real.Min);
            Agrees(random, left, right, T.Max, Real.Max);
        });

    [Fact]
    public void Selections_agree_with_the_reference() =>
        Laws.Hold(25, [9, 40], (random, size) =>
        {
            var order = Matrix.Of(size[0], size[1], (_, _) => random.Next(3));
            var pivot = Matrix.Of(size[0], size[1], (_, _) => 1);
            Matrix[] branches = [.. Enumerable.Range(0, 3).Select(_ => Matrix.Random(random, size[0], size[1]))];
            AgreesWithReference(
                random,
                branches,
                x => T.SelectByOrder(Constant(order), Constant(pivot), x[0], x[1], x[2]),
                x => Matrix.Of(size[0], size[1], (i, j) => x[(int)order[i, j]][i, j]));
            AgreesWithReference(
                random,
                branches[..2],
                x => T.SelectInside(Constant(order), 0.5, 1, x[0], x[1]),
                x => Matrix.Of(size[0], size[1], (i, j) => x[order[i, j] == 1 ? 0 : 1][i, j]));
        });

    [Fact]
    public void Functions_stay_accurate_at_every_magnitude()
    {
        var magnitudes = Enumerable.Range(-36, 72)
            .SelectMany(i => new[] { Math.Pow(10, i / 2.0), -Math.Pow(10, i / 2.0) })
            .Where(x => Math.Abs(x) < 80);
        double[] values = [.. magnitudes.Select(x => (double)(float)x)];
        var x = Constant(new Matrix(1, values.Length, values));
        Relatively(values, Read(T.ExpM1(x)), x => Real.ExpM1(x));
        Relatively(values, Read(T.ExpM1MinusX(x)), x => Real.ExpM1MinusX(x));
        Relatively(values, Read(T.LogSigmoid(x)), x => Real.LogSigmoid(x));
        Relatively(values, Read(T.Sigmoid(x)), x => Real.Sigmoid(x));
        Relatively(values, Read(T.Exp(x)), x => Real.Exp(x));
        double[] positive = [.. values.Where(x => x > 0)];
        var y = Constant(new Matrix(1, positive.Length, positive));
        Relatively(positive, Read(T.LogP1(y)), x => Real.LogP1(x));
        Relatively(positive, Read(T.Log(y)), x => Real.Log(x));
        Relatively(positive, Read(T.Log1MExp(-y)), x => Real.Log1MExp(-x));
    }

    [Fact]
    public void A_tie_gives_each_side_half_the_gradient()
    {
        Assert.Equal((0.5, 0.5), Gradients(T.Min, 2, 2));
        Assert.Equal((0.5, 0.5), Gradients(T.Max, 2, 2));
        Assert.Equal((1, 0), Gradients(T.Min, 1, 2));
        Assert.Equal((0, 1), Gradients(T.Max, 1, 2));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [InlineData(1.5, 0)]
    [InlineData(-1.5, 0)]
    public void Clamp_passes_the_gradient_on_its_closed_interval(double x, double expected) =>
        Assert.Equal((expected, 0), Gradients((value, _) => T.Clamp(value, -1, 1), x, 0));

    [Fact]
    public void Abs_has_no_gradient_at_zero() => Assert.Equal((0, 0), Gradients((x, _) => T.Abs(x), 0, 0));

    [Fact]
    public void A_stopped_gradient_is_zero_and_the_value_stays() =>
        Assert.Equal((3, 0), Gradients((x, y) => x * T.StopGradient(y) + T.StopGradient(x), 5, 3));

    [Fact]
    public void A_variable_may_be_used_several_times() => Assert.Equal((14, 0), Gradients((x, _) => (x * x) + T.Scale(x, 4), 5, 0));

    [Fact]
    public void A_sum_of_a_variable_with_itself_has_gradient_two() => Assert.Equal((2, 0), Gradients((x, _) => x + x, 5, 0));

    [Fact]
    public void What_is_not_selected_does_not_leak()
    {
        var bad = double.NaN;
        var (picked, dropped) = Gradients(
            (x, y) => T.SelectByOrder(T.Constant(x, 0), T.Constant(x, 1), x, T.Log(y), T.Log(y) / T.Constant(y, 0)), 1, -1);
        Assert.Equal((1, 0), (picked, dropped));
        (picked, dropped) = Gradients((x, y) => T.SelectInside(T.Constant(x, 5), 0, 1, T.Sqrt(y) * T.Constant(y, bad), x), 1, 0);
        Assert.Equal((1, 0), (picked, dropped));
    }

    [Fact]
    public void Nan_takes_the_equal_and_the_outside_branch_but_min_max_and_clamp_pass_it_on()
    {
        var nan = Constant(new Matrix(1, 1, [double.NaN]));
        T Of(double value) => T.Constant(nan, value);
        Assert.Equal(2, Read(T.SelectByOrder(nan, Of(0), Of(1), Of(2), Of(3))).Values[0]);
        Assert.Equal(2, Read(T.SelectInside(nan, -1, 1, Of(1), Of(2))).Values[0]);
        foreach (var x in new[] { T.Min(nan, Of(0)), T.Min(Of(0), nan), T.Max(nan, Of(0)), T.Max(Of(0), nan), T.Clamp(nan, -1, 1) })
        {
            Assert.True(double.IsNaN(Read(x).Values[0]));
        }
    }

    private static void Relatively(double[] inputs, Matrix outputs, Func<double, double> reference)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            Close.Relatively((float)reference(inputs[i]), outputs.Values[i], 1e-6, $"at {inputs[i]:R}");
        }
    }

    private void Agrees(Random random, Matrix x, Func<T, T> operation, Func<Real, Real> reference) =>
        AgreesWithReference(random, [x], v => operation(v[0]), v => v[0].Map(value => reference(value)));

    private void Agrees(Random random, Matrix x, Matrix y, Func<T, T, T> operation, Func<Real, Real, Real> reference) =>
        AgreesWithReference(
            random,
            [x, y],
            v => operation(v[0], v[1]),
            v => Matrix.Of(v[0].Rows, v[0].Columns, (i, j) => reference(v[0][i, j], v[1][i, j])));

    private (double Left, double Right) Gradients(Func<T, T, T> operation, double left, double right)
    {
        using var scope = Engine.Scope();
        var (x, y) = (Parameter(new Matrix(1, 1, [left])), Parameter(new Matrix(1, 1, [right])));
        Engine.Backward(operation(x, y));
        return (ReadGradient(x).Values[0], ReadGradient(y).Values[0]);
    }
}
