using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// The stable elementary functions on a register of floats or doubles, to a few units in the last place. The register is 512
/// bits wide; on hardware without such registers the runtime splits it into halves.
/// </summary>
/// <typeparam name="TNumber">Constants and polynomials of the number type.</typeparam>
/// <typeparam name="T">The number type.</typeparam>
internal static class LaneMath<TNumber, T>
    where TNumber : struct, ILaneNumber<T>
    where T : unmanaged
{
    private const double Ln2 = 0.693147180559945309;

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp(Vector512<T> x) =>
        ExpOfLimited(Limit(x, Vector512.Create(TNumber.ExpLow), Vector512.Create(TNumber.ExpHigh)));

    /// <summary>eˣ − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ExpM1(Vector512<T> x)
    {
        x = Limit(x, Vector512.Create(TNumber.ExpM1Low), Vector512.Create(TNumber.ExpHigh));
        Vector512<T> n = TNumber.Round(x * TNumber.Log2E);
        Vector512<T> r = Reduce(x, n);
        Vector512<T> reduced = TNumber.MultiplyAdd(TNumber.ExpSeries(r), r * r, r);

        // 2·(2ⁿ⁻¹·(eʳ − 1) + (2ⁿ⁻¹ − ½)): at n = 0 the second term is exactly zero.
        Vector512<T> scale = TNumber.PowerOfTwo(n - TNumber.Of(1));
        Vector512<T> half = TNumber.MultiplyAdd(reduced, scale, scale - TNumber.Of(0.5));
        return half + half;
    }

    /// <summary>eˣ − 1 − x, never negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ExpM1MinusX(Vector512<T> x) => ExpM1MinusXWithSlope(x).Value;

    /// <summary>eˣ − 1 − x and its derivative eˣ − 1, from one exponential.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) ExpM1MinusXWithSlope(Vector512<T> x)
    {
        Vector512<T> slope = ExpM1(x);
        Vector512<T> near = TNumber.RemainderSeries(x) * x * x;

        // The subtrahend stays finite, so that the value at +∞ is +∞ and not ∞ − ∞.
        Vector512<T> far = slope - Vector512.MinNative(Vector512.Create(TNumber.Greatest), x);
        return (Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), TNumber.Of(1)), near, far), slope);
    }

    /// <summary>Natural logarithm; −∞ at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log(Vector512<T> x)
    {
        // Subnormals are lifted into the normal range first.
        Vector512<T> small = Vector512.LessThan(x, Vector512.Create(TNumber.SmallestNormal));
        Vector512<T> lifted = Vector512.ConditionalSelect(small, x * TNumber.Lift, x);
        Vector512<T> shift = Vector512.ConditionalSelect(small, Vector512.Create(TNumber.LiftExponent), Vector512<T>.Zero);
        (Vector512<T> mantissa, Vector512<T> exponent) = TNumber.Split(lifted);
        Vector512<T> k = exponent - shift;
        Vector512<T> f = mantissa - TNumber.Of(1);

        // log(1 + f) by s = f/(2 + f): an odd series in s.
        Vector512<T> s = f / (f + TNumber.Of(2));
        Vector512<T> z = s * s;
        Vector512<T> halfSquare = f * f * TNumber.Of(0.5);
        Vector512<T> series = TNumber.MultiplyAdd(TNumber.LogSeries(z), z, halfSquare);
        Vector512<T> tail = TNumber.MultiplyAdd(s, series, k * TNumber.Ln2Low) - halfSquare;
        return LogEdges(x, TNumber.MultiplyAdd(k, Vector512.Create(TNumber.Ln2High), f + tail));
    }

    /// <summary>log(1 + x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LogP1(Vector512<T> x)
    {
        Vector512<T> one = TNumber.Of(1);
        Vector512<T> sum = x + one;

        // The exact rounding error of the sum (two-sum), given back to first order.
        Vector512<T> part = sum - one;
        Vector512<T> error = (one - (sum - part)) + (x - part);
        Vector512<T> log = Log(sum);
        Vector512<T> ordinary = Vector512.LessThan(sum, TNumber.Of(double.PositiveInfinity))
            & Vector512.GreaterThan(sum, Vector512<T>.Zero);
        return Vector512.ConditionalSelect(ordinary, log + (error / sum), log);
    }

    /// <summary>log(1 − eˣ) for x &lt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log1MExp(Vector512<T> x)
    {
        Vector512<T> near = Log(-ExpM1(x));
        Vector512<T> far = LogP1(-Exp(x));
        Vector512<T> log = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, TNumber.Of(-Ln2)), far, near);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<T>.Zero), TNumber.Of(double.NaN), log);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid(Vector512<T> x)
    {
        Vector512<T> one = TNumber.Of(1);
        Vector512<T> small = ExpOfMinusMagnitude(x);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<T>.Zero), small, one) / (one + small);
    }

    /// <summary>−log(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LogSigmoid(Vector512<T> x) => LogSigmoid(x, ExpOfMinusMagnitude(x));

    /// <summary>−log(1 + e⁻ˣ) and its derivative 1/(1 + eˣ), from one exponential.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) LogSigmoidWithSlope(Vector512<T> x)
    {
        Vector512<T> one = TNumber.Of(1);
        Vector512<T> small = ExpOfMinusMagnitude(x);
        return (LogSigmoid(x, small), Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<T>.Zero), one, small) / (one + small));
    }

    /// <summary>x limited to [low, high]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Limit(Vector512<T> x, Vector512<T> low, Vector512<T> high) =>
        Vector512.MinNative(high, AtLeast(x, low));

    // The native maximum gives its second operand if one is NaN (x86) or NaN (Arm): x in the second place lets its NaN through.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> AtLeast(Vector512<T> x, Vector512<T> low) => Vector512.MaxNative(low, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LogSigmoid(Vector512<T> x, Vector512<T> expOfMinusMagnitude) =>
        Vector512.MinNative(Vector512<T>.Zero, x) - TNumber.LogP1OfUnit(expOfMinusMagnitude);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> ExpOfMinusMagnitude(Vector512<T> x) =>
        ExpOfLimited(AtLeast(x | TNumber.Of(-0.0), Vector512.Create(TNumber.ExpLow)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> ExpOfLimited(Vector512<T> x)
    {
        Vector512<T> n = TNumber.Round(x * TNumber.Log2E);
        Vector512<T> r = Reduce(x, n);
        Vector512<T> mantissa = TNumber.MultiplyAdd(TNumber.ExpSeries(r), r, TNumber.Of(1));
        return TNumber.TimesPowerOfTwo(TNumber.MultiplyAdd(mantissa, r, TNumber.Of(1)), n);
    }

    // x − n·ln 2, |result| ≤ ½·ln 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Reduce(Vector512<T> x, Vector512<T> n)
    {
        Vector512<T> r = TNumber.MultiplyAdd(n, -Vector512.Create(TNumber.Ln2High), x);
        return TNumber.MultiplyAdd(n, -Vector512.Create(TNumber.Ln2Low), r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LogEdges(Vector512<T> x, Vector512<T> log)
    {
        Vector512<T> infinity = TNumber.Of(double.PositiveInfinity);
        log = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<T>.Zero), -infinity, log);
        log = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<T>.Zero), TNumber.Of(double.NaN), log);

        // Neither below +∞: NaN and +∞ are their own logarithms.
        return Vector512.ConditionalSelect(Vector512.LessThan(x, infinity), log, x);
    }
}
