using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RlCore.Algebra;

/// <summary>Constants and polynomials of doubles.</summary>
internal readonly struct DoubleLanes : ILaneNumber<double>
{
    private const int ExponentBias = 1023;
    private const int MantissaBits = 52;

    // 2⁵², and 1.5·2⁵² plus the bias. The last bits of a number so large are an integer: adding converts between integers and doubles,
    // for which hardware without 512-bit registers has no instruction.
    private const double TwoTo52 = 4503599627370496;
    private const double BiasedInteger = (1.5 * TwoTo52) + ExponentBias;
    private const long RootHalfBits = 0x3FE6A09E667F3BCD;
    private const long LeastExponent = 1024;

    public static double Log2E => 1.4426950408889634;

    public static double Ln2High => 0.6931471803691238;

    public static double Ln2Low => 1.9082149292705877e-10;

    public static double ExpLow => -746;

    public static double ExpHigh => 710;

    public static double ExpM1Low => -50;

    public static double SmallestNormal => 2.2250738585072014e-308;

    public static double Greatest => double.MaxValue;

    public static double Lift => 18014398509481984;

    public static double LiftExponent => 54;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Of(double value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> MultiplyAdd(Vector512<double> left, Vector512<double> right, Vector512<double> addend) =>
        Vector512.FusedMultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Round(Vector512<double> x) => Vector512.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> PowerOfTwo(Vector512<double> n) =>
        ((n + Vector512.Create(BiasedInteger)).AsInt64() << MantissaBits).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> TimesPowerOfTwo(Vector512<double> x, Vector512<double> n) =>
        Avx512F.IsSupported ? Avx512F.Scale(x, n) : TimesTwoPowers(x, n);

    // Two factors, of which the first is exact: 2ⁿ itself may be past the range where the product still is a number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> TimesTwoPowers(Vector512<double> x, Vector512<double> n)
    {
        Vector512<double> half = Vector512.Floor(n * 0.5);
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double> Mantissa, Vector512<double> Exponent) Split(Vector512<double> x)
    {
        Vector512<long> bits = x.AsInt64() - Vector512.Create(RootHalfBits);
        Vector512<long> exponent = (bits + Vector512.Create(LeastExponent << MantissaBits)) >>> MantissaBits;
        return (
            ((bits & Vector512.Create(0x000FFFFFFFFFFFFF)) + Vector512.Create(RootHalfBits)).AsDouble(),
            (exponent | Vector512.Create(TwoTo52).AsInt64()).AsDouble() - Vector512.Create(TwoTo52 + LeastExponent));
    }

    // Error below 2⁻⁶¹ of eʳ − 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ExpSeries(Vector512<double> r)
    {
        Vector512<double> p = Vector512.FusedMultiplyAdd(
            Vector512.Create(2.092447773114515e-09), r, Vector512.Create(2.510904488834267e-08));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.755724263258723e-07));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.7557244181991125e-06));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.480158736073158e-05));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.00019841269886158402));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.0013888888888866728));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.008333333333321615));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.0416666666666667));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.16666666666666677));
        return Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5));
    }

    // Error below 2⁻⁶⁶ of eˣ − 1 − x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> RemainderSeries(Vector512<double> x)
    {
        Vector512<double> p = Vector512.FusedMultiplyAdd(
            Vector512.Create(2.822347078463513e-15), x, Vector512.Create(4.8421093656372753e-14));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(7.647455221599401e-13));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(1.146973016409928e-11));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(1.605903598097006e-10));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(2.0876765544978158e-09));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(2.5052108458605766e-08));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(2.755731918409241e-07));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(2.7557319223654974e-06));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(2.480158730168815e-05));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.00019841269841270579));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.0013888888888888764));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.008333333333333333));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.041666666666666664));
        p = Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.16666666666666666));
        return Vector512.FusedMultiplyAdd(p, x, Vector512.Create(0.5));
    }

    // Error below 2⁻⁵⁹ of the logarithm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> LogSeries(Vector512<double> z)
    {
        Vector512<double> p = Vector512.FusedMultiplyAdd(Vector512.Create(0.14797382059094075), z, Vector512.Create(0.15313919071545506));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.18183568989761603));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.22222198492822198));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.28571428743079585));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.39999999999411967));
        return Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.6666666666666735));
    }

    // 2·artanh(s), s = x/(2 + x) ≤ ⅓, as x − (x²/2 − s·(x²/2 + z·g(z))): x itself is exact. Error of g below 2⁻⁶⁴ of the logarithm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> LogP1OfUnit(Vector512<double> x)
    {
        Vector512<double> s = x / (x + Vector512.Create(2.0));
        Vector512<double> z = s * s;
        Vector512<double> p = Vector512.FusedMultiplyAdd(Vector512.Create(0.1646765564631168), z, Vector512.Create(0.06994235521013122));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.10972569434209364));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.11715950350095017));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.13336805840909569));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.1538445193133415));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.18181823202933145));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.22222222125470764));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.28571428572510016));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.3999999999999398));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(0.6666666666666667));
        Vector512<double> halfSquare = x * x * 0.5;
        return x - (halfSquare - (s * Vector512.FusedMultiplyAdd(p, z, halfSquare)));
    }
}
