using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Engines.Managed;

/// <summary>
/// Functions that cancel near zero, computed in double and rounded once: the float result is then accurate to its last
/// digits everywhere. Below the crossover a Taylor series in Horner form takes the place of the difference.
/// </summary>
internal static class WideFunctions
{
    private const double Crossover = 1.0 / 32;

    public static Vector512<double> ExpM1(Vector512<double> x)
    {
        var series = x * Horner(x, [1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720]);
        return Vector512.ConditionalSelect(Small(x), series, Vector512.Exp(x) - Vector512<double>.One);
    }

    public static Vector512<double> LogP1(Vector512<double> x)
    {
        var series = x * Horner(x, [1, -1.0 / 2, 1.0 / 3, -1.0 / 4, 1.0 / 5, -1.0 / 6, 1.0 / 7]);
        return Vector512.ConditionalSelect(Small(x), series, Vector512.Log(Vector512<double>.One + x));
    }

    public static Vector512<double> ExpM1MinusX(Vector512<double> x)
    {
        var series = x * x * Horner(x, [1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040]);
        return Vector512.ConditionalSelect(Small(x), series, Vector512.Exp(x) - Vector512<double>.One - x);
    }

    public static Vector512<double> Log1MExp(Vector512<double> x)
    {
        var near = Vector512.Log(Vector512<double>.Zero - ExpM1(x));
        var far = LogP1(-Vector512.Exp(x));
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(-0.69314718055994531)), near, far);
    }

    public static Vector512<double> LogSigmoid(Vector512<double> x) =>
        Vector512.Min(x, Vector512<double>.Zero) - LogP1(Vector512.Exp(-Vector512.Abs(x)));

    /// <summary>A double function on float lanes.</summary>
    /// <param name="x">16 floats.</param>
    /// <typeparam name="TFunction">The function.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply<TFunction>(Vector512<float> x)
        where TFunction : struct, IWideFunction
    {
        var (low, high) = Vector512.Widen(x);
        return Vector512.Narrow(TFunction.Of(low), TFunction.Of(high));
    }

    private static Vector512<double> Small(Vector512<double> x) =>
        Vector512.LessThan(Vector512.Abs(x), Vector512.Create(Crossover));

    private static Vector512<double> Horner(Vector512<double> x, ReadOnlySpan<double> coefficients)
    {
        var sum = Vector512.Create(coefficients[^1]);
        for (int i = coefficients.Length - 2; i >= 0; i--)
        {
            sum = (sum * x) + Vector512.Create(coefficients[i]);
        }

        return sum;
    }
}

/// <summary>A function on double lanes.</summary>
internal interface IWideFunction
{
    static abstract Vector512<double> Of(Vector512<double> x);
}
