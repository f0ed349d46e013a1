using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Algebra;

/// <summary>Constants and polynomials of floats.</summary>
internal readonly struct FloatLanes : ILaneNumber<float>
{
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;
    private const int RootHalfBits = 0x3F3504F3;

    public static float Log2E => 1.44269504f;

    public static float Ln2High => 0.693359375f;

    public static float Ln2Low => -2.12194440e-4f;

    public static float ExpLow => -104f;

    public static float ExpHigh => 89f;

    public static float ExpM1Low => -30f;

    public static float SmallestNormal => 1.17549435e-38f;

    public static float Greatest => float.MaxValue;

    public static float Lift => 33554432f;

    public static float LiftExponent => 25f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(double value) => Vector512.Create((float)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Vector512.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> x) => Vector512.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) => PowerOfTwo(Vector512.ConvertToInt32Native(n));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> TimesPowerOfTwo(Vector512<float> x, Vector512<float> n) =>
        Avx512F.IsSupported ? Avx512F.Scale(x, n) : TimesTwoPowers(x, n);

    // Two factors, of which the first is exact: 2ⁿ itself may be past the range where the product still is a number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> TimesTwoPowers(Vector512<float> x, Vector512<float> n)
    {
        Vector512<int> power = Vector512.ConvertToInt32Native(n);
        Vector512<int> half = power >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(power - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Mantissa, Vector512<float> Exponent) Split(Vector512<float> x)
    {
        Vector512<int> bits = x.AsInt32() - Vector512.Create(RootHalfBits);
        return (
            ((bits & Vector512.Create(0x007FFFFF)) + Vector512.Create(RootHalfBits)).AsSingle(),
            Vector512.ConvertToSingle(bits >> MantissaBits));
    }

    // Error below 2⁻²⁶ of eʳ − 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpSeries(Vector512<float> r)
    {
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(0.001394615259f), r, Vector512.Create(0.008366580016f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.04166628635f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.1666654306f));
        return Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
    }

    // Error below 2⁻²⁷ of eˣ − 1 − x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RemainderSeries(Vector512<float> x)
    {
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(2.772262735e-6f), x, Vector512.Create(2.535483225e-5f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.0001984402739f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.001388545193f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.008333310255f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.04166673454f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.1666666701f));
        return Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.5f));
    }

    // Error below 2⁻³⁷ of the logarithm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogSeries(Vector512<float> z)
    {
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(0.2358355797f), z, Vector512.Create(0.285372407f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.4000033614f));
        return Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.6666666564f));
    }

    // x + x²·p(x), error below 2⁻²⁷: shorter than the series of the inverse hyperbolic tangent, and without its division.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogP1OfUnit(Vector512<float> x)
    {
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(-0.003318501264f), x, Vector512.Create(0.0202047241567f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(-0.0576647267381f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.106805865279f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(-0.153554161797f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.196954080328f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(-0.249585890237f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.333305115009f));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(-0.499999327726f));
        return Vector512.FusedMultiplyAdd(x * x, p, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(ExponentBias)) << MantissaBits).AsSingle();
}
