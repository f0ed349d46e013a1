using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>Derivatives, exact and by differences, and what it takes to call them equal.</summary>
internal static class Derivative
{
    /// <summary>A formula of one number, on any carrier.</summary>
    public interface IFormula
    {
        T At<T>(T x)
            where T : struct, IAlgebra<T>;
    }

    public static double Exact<TFormula>(TFormula formula, double x)
        where TFormula : IFormula => formula.At(Dual<Real>.Variable(x)).Tangent;

    public static double Second<TFormula>(TFormula formula, double x)
        where TFormula : IFormula => formula.At(Dual<Dual<Real>>.Variable(Dual<Real>.Variable(x))).Tangent.Tangent;

    /// <summary>Fourth-order central difference.</summary>
    public static double ByDifference(Func<double, double> function, double x)
    {
        double h = 1e-3 * Math.Max(1, Math.Abs(x) / 10);
        return ((8 * (function(x + h) - function(x - h))) - (function(x + (2 * h)) - function(x - (2 * h)))) / (12 * h);
    }

    public static void AssertClose(double expected, double actual, double tolerance = 1e-7)
    {
        bool close = expected.Equals(actual)
            || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Max(Math.Abs(expected), Math.Abs(actual)));
        Assert.True(close, $"{actual:R}, but {expected:R} is right");
    }
}
