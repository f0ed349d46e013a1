using System.Runtime.Intrinsics;

namespace RlCore.Algebra;

/// <summary>
/// The properties of a number type that the elementary functions of <see cref="LaneMath{TNumber, T}"/> need: the constants of its range
/// and the polynomials of its accuracy. The polynomials are minimax, found by Remez' algorithm in 60 digits.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal interface ILaneNumber<T>
    where T : unmanaged
{
    /// <summary>log₂ e.</summary>
    static abstract T Log2E { get; }

    /// <summary>The high part of ln 2, with enough trailing zeros that n·high is exact for every exponent n.</summary>
    static abstract T Ln2High { get; }

    /// <summary>ln 2 minus its high part.</summary>
    static abstract T Ln2Low { get; }

    /// <summary>Below it eˣ is 0.</summary>
    static abstract T ExpLow { get; }

    /// <summary>Above it eˣ is infinite.</summary>
    static abstract T ExpHigh { get; }

    /// <summary>Below it eˣ − 1 is −1, and above it 2ⁿ⁻¹ is a normal number.</summary>
    static abstract T ExpM1Low { get; }

    /// <summary>The smallest normal number.</summary>
    static abstract T SmallestNormal { get; }

    /// <summary>The greatest finite number.</summary>
    static abstract T Greatest { get; }

    /// <summary>A power of two that lifts every subnormal number into the normal range.</summary>
    static abstract T Lift { get; }

    /// <summary>log₂ of <see cref="Lift"/>.</summary>
    static abstract T LiftExponent { get; }

    /// <summary>A number of the type.</summary>
    static abstract Vector512<T> Of(double value);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> addend);

    /// <summary>The nearest integer.</summary>
    static abstract Vector512<T> Round(Vector512<T> x);

    /// <summary>2ⁿ of an integral n, where that is a normal number.</summary>
    static abstract Vector512<T> PowerOfTwo(Vector512<T> n);

    /// <summary>x · 2ⁿ of an integral n, rounded once: to a subnormal number, 0 or infinity if need be.</summary>
    static abstract Vector512<T> TimesPowerOfTwo(Vector512<T> x, Vector512<T> n);

    /// <summary>x = 2ᵏ·m of a normal x, m in [√½, √2).</summary>
    static abstract (Vector512<T> Mantissa, Vector512<T> Exponent) Split(Vector512<T> x);

    /// <summary>(eʳ − 1 − r)/r² for |r| ≤ ½·ln 2.</summary>
    static abstract Vector512<T> ExpSeries(Vector512<T> r);

    /// <summary>(eˣ − 1 − x)/x² for |x| ≤ 1.</summary>
    static abstract Vector512<T> RemainderSeries(Vector512<T> x);

    /// <summary>(2·artanh(s) − 2s)/s³ by z = s², for |s| ≤ 3 − 2√2.</summary>
    static abstract Vector512<T> LogSeries(Vector512<T> z);

    /// <summary>log(1 + x) for x in [0, 1].</summary>
    static abstract Vector512<T> LogP1OfUnit(Vector512<T> x);
}
