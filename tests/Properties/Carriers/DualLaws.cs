using RlCore.Algebra;
using static RlCore.Properties.Derivative;

namespace RlCore.Properties;

/// <summary>The tangent of a dual number is the derivative, for every primitive, once and twice.</summary>
public sealed class DualLaws
{
    [Property]
    public void Derivatives_of_the_primitives_are_those_of_differences(Signal x)
    {
        Check(new Exp(), x);
        Check(new ExpM1(), x);
        Check(new ExpM1MinusX(), x);
        Check(new Sigmoid(), x);
        Check(new LogSigmoid(), x);
        Check(new Log(), Math.Abs(x) + 0.5);
        Check(new Sqrt(), Math.Abs(x) + 0.5);
        Check(new LogP1(), Math.Abs(x) - 0.5);
        Check(new Log1MExp(), -Math.Abs(x) - 0.5);
        Check(new Product(), x);
        Check(new Quotient(), x);
    }

    [Property]
    public void Second_derivatives_are_derivatives_of_the_first(Signal x)
    {
        CheckSecond(new Exp(), x);
        CheckSecond(new ExpM1MinusX(), x);
        CheckSecond(new LogSigmoid(), x);
        CheckSecond(new Sigmoid(), x);
        CheckSecond(new Log(), Math.Abs(x) + 0.5);
        CheckSecond(new LogP1(), Math.Abs(x) - 0.5);
        CheckSecond(new Log1MExp(), -Math.Abs(x) - 0.5);
        CheckSecond(new Product(), x);
        CheckSecond(new Quotient(), x);
    }

    [Property]
    public void A_tie_gives_each_side_half_the_gradient(Number x, Signal left, Signal right)
    {
        var a = new Dual<Real>((double)x, (double)left);
        var b = new Dual<Real>((double)x, (double)right);
        AssertClose((left + right) / 2, Dual<Real>.Min(a, b).Tangent, 1e-15);
        AssertClose((left + right) / 2, Dual<Real>.Max(a, b).Tangent, 1e-15);
    }

    [Property]
    public void The_smaller_and_the_larger_side_keep_their_own_gradient(Number x, Number y)
    {
        if (x != y)
        {
            var a = new Dual<Real>((double)x, 3);
            var b = new Dual<Real>((double)y, 5);
            Assert.Equal(x < y ? 3 : 5, (double)Dual<Real>.Min(a, b).Tangent);
            Assert.Equal(x < y ? 5 : 3, (double)Dual<Real>.Max(a, b).Tangent);
        }
    }

    [Theory]
    [InlineData(-1.0, 1.0)]
    [InlineData(2.0, 1.0)]
    [InlineData(0.5, 1.0)]
    [InlineData(-1.0000001, 0.0)]
    [InlineData(2.0000001, 0.0)]
    [InlineData(double.NaN, 0.0)]
    public void Clamp_passes_the_gradient_on_its_closed_range(double x, double gradient) =>
        Assert.Equal(gradient, (double)Dual<Real>.Clamp(Dual<Real>.Variable(x), -1, 2).Tangent);

    [Theory]
    [InlineData(-2.0, -1.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(3.0, 1.0)]
    public void The_absolute_value_has_gradient_zero_at_zero(double x, double gradient) =>
        Assert.Equal(gradient, (double)Dual<Real>.Abs(Dual<Real>.Variable(x)).Tangent);

    [Property]
    public void A_stopped_gradient_is_zero_at_every_order(Number x)
    {
        Dual<Dual<Real>> stopped = Dual<Dual<Real>>.StopGradient(Dual<Dual<Real>>.Variable(Dual<Real>.Variable((double)x)));
        Assert.Equal(new Dual<Dual<Real>>(Dual<Real>.Constant((double)x), Dual<Real>.Constant(0)), stopped);
    }

    [Property]
    public void Selection_never_lets_the_tangent_of_another_branch_through(Number x)
    {
        var nan = new Dual<Real>(double.NaN, double.NaN);
        var taken = new Dual<Real>(1, 2);
        Dual<Real> at = Dual<Real>.Variable((double)x);
        Dual<Real> above = Dual<Real>.Shift(at, 1);
        Assert.Equal(taken, Dual<Real>.SelectByOrder(at, above, taken, nan, nan));
        Assert.Equal(taken, Dual<Real>.SelectByOrder(above, at, nan, nan, taken));
        Assert.Equal(taken, Dual<Real>.SelectByOrder(at, at, nan, taken, nan));
        Assert.Equal(taken, Dual<Real>.SelectInside(at, x, x, taken, nan));
        Assert.Equal(taken, Dual<Real>.SelectInside(above, x - 1, x, nan, taken));
    }

    [Property]
    public void Every_lane_has_the_derivative_of_its_own_element(Signal x)
    {
        CheckLanes(new Exp(), x);
        CheckLanes(new ExpM1MinusX(), x);
        CheckLanes(new LogSigmoid(), x);
        CheckLanes(new Quotient(), x);
        CheckLanes(new Sigmoid(), x);
    }

    private static void Check<TFormula>(TFormula formula, double x)
        where TFormula : IFormula => AssertClose(ByDifference(at => formula.At<Real>(at), x), Exact(formula, x));

    private static void CheckSecond<TFormula>(TFormula formula, double x)
        where TFormula : IFormula => AssertClose(ByDifference(at => Exact(formula, at), x), Second(formula, x));

    private static void CheckLanes<TFormula>(TFormula formula, double x)
        where TFormula : IFormula
    {
        float at = (float)x;
        Dual<Lanes<float>> result = formula.At(Dual<Lanes<float>>.Variable(Lanes<float>.Broadcast(at)));
        AssertClose(Exact(formula, at), result.Tangent.Vector[3], 2e-6);
    }

    private readonly struct Exp : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Exp(x);
    }

    private readonly struct ExpM1 : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.ExpM1(x);
    }

    private readonly struct ExpM1MinusX : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.ExpM1MinusX(x);
    }

    private readonly struct Sigmoid : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Sigmoid(x);
    }

    private readonly struct LogSigmoid : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.LogSigmoid(x);
    }

    private readonly struct Log : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Log(x);
    }

    private readonly struct Sqrt : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Sqrt(x);
    }

    private readonly struct LogP1 : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.LogP1(x);
    }

    private readonly struct Log1MExp : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Log1MExp(x);
    }

    private readonly struct Product : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Scale(x, 2) * T.Sigmoid(x) * (x - T.Constant(x, 1)) * -x;
    }

    private readonly struct Quotient : IFormula
    {
        public T At<T>(T x)
            where T : struct, IAlgebra<T> => T.Shift(x, 3) / T.Shift(x * x, 1);
    }
}
