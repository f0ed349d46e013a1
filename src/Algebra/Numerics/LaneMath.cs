using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// The stable elementary functions on a register of floats, to a few units in the last place. The register is 512
/// bits wide; on hardware without such registers the runtime splits it into halves.
/// </summary>
internal static class LaneMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 = high + low, the high part with enough trailing zeros that n·high is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Ln2 = 0.693147181f;

    // Past these eˣ is 0 or infinite, and eˣ − 1 is −1, in single precision.
    private const float ExpLow = -104f;
    private const float ExpHigh = 89f;
    private const float ExpM1Low = -30f;

    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Limit(x, ExpLow, ExpHigh);
        Vector512<float> n = Vector512.Round(x * Log2E);
        Vector512<float> mantissa = Vector512.Create(1f) + ReducedExpM1(Reduce(x, n));

        // Two factors: 2ⁿ itself may be past the range where the result is subnormal or just overflows.
        Vector512<int> power = Vector512.ConvertToInt32Native(n);
        Vector512<int> half = power >> 1;
        return mantissa * PowerOfTwo(half) * PowerOfTwo(power - half);
    }

    /// <summary>eˣ − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpM1(Vector512<float> x)
    {
        x = Limit(x, ExpM1Low, ExpHigh);
        Vector512<float> n = Vector512.Round(x * Log2E);

        // 2·(2ⁿ⁻¹·(eʳ − 1) + (2ⁿ⁻¹ − ½)): at n = 0 the second term is exactly zero.
        Vector512<float> scale = PowerOfTwo(Vector512.ConvertToInt32Native(n) - Vector512.Create(1));
        Vector512<float> half = Vector512.FusedMultiplyAdd(ReducedExpM1(Reduce(x, n)), scale, scale - Vector512.Create(0.5f));
        return half + half;
    }

    /// <summary>eˣ − 1 − x, never negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpM1MinusX(Vector512<float> x)
    {
        Vector512<float> series = Vector512.Create(1f / 39916800);
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 3628800));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 362880));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 40320));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 5040));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 720));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 120));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 24));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 6));
        series = Vector512.FusedMultiplyAdd(series, x, Vector512.Create(1f / 2));
        Vector512<float> near = series * x * x;

        // The subtrahend stays finite, so that the value at +∞ is +∞ and not ∞ − ∞.
        Vector512<float> far = ExpM1(x) - Vector512.MinNative(Vector512.Create(float.MaxValue), x);
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), Vector512.Create(1f)), near, far);
    }

    /// <summary>Natural logarithm; −∞ at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // Subnormals are lifted into the normal range first.
        Vector512<float> small = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        Vector512<float> lifted = Vector512.ConditionalSelect(small, x * 33554432f, x);
        Vector512<float> shift = Vector512.ConditionalSelect(small, Vector512.Create(-25f), Vector512<float>.Zero);

        // x = 2ᵏ·m with m in [√½, √2).
        Vector512<int> bits = lifted.AsInt32() - Vector512.Create(0x3F3504F3);
        Vector512<float> k = Vector512.ConvertToSingle(bits >> MantissaBits) + shift;
        Vector512<float> m = ((bits & Vector512.Create(0x007FFFFF)) + Vector512.Create(0x3F3504F3)).AsSingle();
        Vector512<float> f = m - Vector512.Create(1f);

        // log(1 + f) by s = f/(2 + f): an odd series in s.
        Vector512<float> s = f / (f + Vector512.Create(2f));
        Vector512<float> z = s * s;
        Vector512<float> series = Vector512.Create(2f / 11);
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 9));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 7));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 5));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 3)) * z;
        Vector512<float> halfSquare = f * f * 0.5f;
        Vector512<float> tail = Vector512.FusedMultiplyAdd(s, halfSquare + series, k * Ln2Low) - halfSquare;
        Vector512<float> log = Vector512.FusedMultiplyAdd(k, Vector512.Create(Ln2High), f + tail);
        return LogEdges(x, log);
    }

    /// <summary>log(1 + x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogP1(Vector512<float> x)
    {
        Vector512<float> one = Vector512.Create(1f);
        Vector512<float> sum = x + one;

        // The exact rounding error of the sum (two-sum), given back to first order.
        Vector512<float> part = sum - one;
        Vector512<float> error = (one - (sum - part)) + (x - part);
        Vector512<float> corrected = Log(sum) + (error / sum);
        Vector512<float> ordinary = Vector512.LessThan(sum, Vector512.Create(float.PositiveInfinity)) & Vector512.GreaterThan(sum, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(ordinary, corrected, Log(sum));
    }

    /// <summary>log(1 − eˣ) for x &lt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log1MExp(Vector512<float> x)
    {
        Vector512<float> near = Log(-ExpM1(x));
        Vector512<float> far = LogP1(-Exp(x));
        Vector512<float> log = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512.Create(-Ln2)), far, near);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), log);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        Vector512<float> one = Vector512.Create(1f);
        Vector512<float> small = Exp(-Vector512.Abs(x));
        Vector512<float> numerator = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), small, one);
        return numerator / (one + small);
    }

    /// <summary>−log(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogSigmoid(Vector512<float> x) =>
        Vector512.MinNative(Vector512<float>.Zero, x) - LogP1OfUnit(Exp(-Vector512.Abs(x)));

    // log(1 + x) for x in [0, 1]: 2·artanh(s) by its series, s = x/(2 + x) ≤ ⅓. No cancellation, no edges.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LogP1OfUnit(Vector512<float> x)
    {
        Vector512<float> s = x / (x + Vector512.Create(2f));
        Vector512<float> z = s * s;
        Vector512<float> series = Vector512.Create(2f / 15);
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 13));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 11));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 9));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 7));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 5));
        series = Vector512.FusedMultiplyAdd(series, z, Vector512.Create(2f / 3)) * z;
        return Vector512.FusedMultiplyAdd(s, series, s + s);
    }

    /// <summary>x limited to [low, high]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Limit(Vector512<float> x, float low, float high)
    {
        // Selection by ordered comparison lets NaN through on every hardware; the native minimum does not.
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(low)), Vector512.Create(low), x);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(high)), Vector512.Create(high), x);
    }

    // x − n·ln 2, |result| ≤ ½·ln 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Reduce(Vector512<float> x, Vector512<float> n)
    {
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
    }

    // eʳ − 1 for |r| ≤ ½·ln 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ReducedExpM1(Vector512<float> r)
    {
        Vector512<float> series = Vector512.Create(1f / 5040);
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1f / 720));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1f / 120));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1f / 24));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1f / 6));
        series = Vector512.FusedMultiplyAdd(series, r, Vector512.Create(1f / 2));
        return Vector512.FusedMultiplyAdd(series, r * r, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(ExponentBias)) << MantissaBits).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LogEdges(Vector512<float> x, Vector512<float> log)
    {
        Vector512<float> infinity = Vector512.Create(float.PositiveInfinity);
        log = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), -infinity, log);
        log = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), log);

        // Neither below +∞: NaN and +∞ are their own logarithms.
        return Vector512.ConditionalSelect(Vector512.LessThan(x, infinity), log, x);
    }
}
