using System.Numerics;

namespace RlCore.Properties;

/// <summary>
/// Elementary functions in fixed point with 1,300 fractional bits: the reference that the stable primitives are
/// measured against. Arguments of a magnitude in [1e-100, 800].
/// </summary>
internal static class HighPrecision
{
    private const int Bits = 1300;

    private static readonly BigInteger One = BigInteger.One << Bits;

    public static BigInteger Of(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(x));
        int exponent = (int)(bits >> 52);
        long fraction = bits & 0xFFFFFFFFFFFFF;
        (fraction, exponent) = exponent == 0 ? (fraction, -1074) : (fraction | (1L << 52), exponent - 1075);
        int shift = Bits + exponent;
        BigInteger magnitude = shift >= 0 ? (BigInteger)fraction << shift : (BigInteger)fraction >> -shift;
        return x < 0 ? -magnitude : magnitude;
    }

    public static BigInteger Exp(BigInteger x)
    {
        const int Halvings = 24;
        BigInteger r = x >> Halvings;
        BigInteger term = One;
        BigInteger sum = One;
        for (int k = 1; !term.IsZero && k < 400; k++)
        {
            term = (term * r >> Bits) / k;
            sum += term;
        }

        for (int i = 0; i < Halvings; i++)
        {
            sum = sum * sum >> Bits;
        }

        return sum;
    }

    /// <summary>Newton's iteration of third order on the exponential, from the double nearest.</summary>
    public static BigInteger Log(BigInteger x, double start)
    {
        BigInteger y = Of(start);
        for (int i = 0; i < 6; i++)
        {
            BigInteger exp = Exp(y);
            y += (((x - exp) << Bits) / (x + exp)) << 1;
        }

        return y;
    }

    public static BigInteger ExpM1(double x) => Exp(Of(x)) - One;

    public static BigInteger ExpM1MinusX(double x) => ExpM1(x) - Of(x);

    public static BigInteger LogP1(double x) => Log(One + Of(x), Math.Log(1 + x));

    public static BigInteger Log1MExp(double x)
    {
        BigInteger argument = One - Exp(Of(x));
        return Log(argument, ToDouble(argument) is var a && a < 0.5 ? Math.Log(a) : Math.Log(1 - Math.Exp(x)));
    }

    public static BigInteger Sigmoid(double x) => (One << Bits) / (One + Exp(Of(-x)));

    public static BigInteger LogSigmoid(double x) => -Log(One + Exp(Of(-x)), x < 0 ? -x : 0);

    /// <summary>The distance of a double from the reference, in units of the last place of the reference.</summary>
    public static double Ulps(double actual, BigInteger expected)
    {
        double nearest = ToDouble(expected);
        double unit = Math.BitIncrement(Math.Abs(nearest)) - Math.Abs(nearest);
        return ToDouble(BigInteger.Abs(Of(actual) - expected)) / unit;
    }

    public static double ToDouble(BigInteger value)
    {
        // The leading 64 bits carry all that a double holds.
        int excess = (int)Math.Max(0, (long)BigInteger.Abs(value).GetBitLength() - 64);
        return Math.ScaleB((double)(value >> excess), excess - Bits);
    }
}
