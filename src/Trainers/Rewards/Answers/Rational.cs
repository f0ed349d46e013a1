using System.Numerics;

namespace RlCore.Trainers.Rewards;

/// <summary>A rational number in lowest terms with a positive denominator, so that equal numbers are equal values.</summary>
internal readonly record struct Rational
{
    private readonly BigInteger _denominatorMinusOne;

    /// <summary>A fraction.</summary>
    /// <param name="numerator">Numerator.</param>
    /// <param name="denominator">Denominator, not zero.</param>
    /// <exception cref="DivideByZeroException">The denominator is zero.</exception>
    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            throw new DivideByZeroException("A fraction needs a denominator other than zero.");
        }

        BigInteger divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        Numerator = numerator / divisor;
        _denominatorMinusOne = (denominator / divisor) - 1;
    }

    /// <summary>Numerator, with the sign.</summary>
    public BigInteger Numerator { get; }

    /// <summary>Denominator, at least 1. The default value is 0/1.</summary>
    public BigInteger Denominator => _denominatorMinusOne + 1;

    /// <summary>The quotient of two numbers.</summary>
    /// <param name="divisor">Not zero.</param>
    public Rational DividedBy(Rational divisor) => new(Numerator * divisor.Denominator, Denominator * divisor.Numerator);

    /// <summary>The product of two numbers.</summary>
    /// <param name="factor">The other.</param>
    public Rational Times(Rational factor) => new(Numerator * factor.Numerator, Denominator * factor.Denominator);

    /// <summary>The sum of two numbers.</summary>
    /// <param name="term">The other.</param>
    public Rational Plus(Rational term) =>
        new((Numerator * term.Denominator) + (term.Numerator * Denominator), Denominator * term.Denominator);

    /// <summary>The nearest number in floating point, but for its last bit.</summary>
    public double ToDouble()
    {
        // A quotient of about 64 bits, so that neither part overflows.
        int shift = (int)(Denominator.GetBitLength() - Numerator.GetBitLength()) + 64;
        BigInteger quotient = shift >= 0 ? (Numerator << shift) / Denominator : Numerator / (Denominator << -shift);
        return Math.ScaleB((double)quotient, -shift);
    }

    /// <summary>The size of numerator and denominator, in bits.</summary>
    public long Bits => Numerator.GetBitLength() + Denominator.GetBitLength();

    private bool IsUnit => Denominator.IsOne && BigInteger.Abs(Numerator) <= 1;

    /// <summary>An integer power, if it is not too large.</summary>
    /// <param name="exponent">The exponent.</param>
    /// <param name="mostBits">The largest size of the power.</param>
    /// <param name="power">The power; 0 without one.</param>
    /// <returns>Whether there is one: not for a power that is too large, nor for a negative power of 0, nor for 0⁰.</returns>
    public bool TryRaise(int exponent, long mostBits, out Rational power)
    {
        power = default;
        if (!CanRaise(exponent, mostBits))
        {
            return false;
        }

        long size = Math.Abs((long)exponent);
        int times = IsUnit ? (int)(size % 2) + 2 : (int)size;
        VerifierWork.Spend(IsUnit ? 1 : Bits * size / 8);
        var (top, bottom) = (BigInteger.Pow(Numerator, times), BigInteger.Pow(Denominator, times));
        power = exponent < 0 ? new Rational(bottom, top) : new Rational(top, bottom);
        return true;
    }

    /// <summary>Whether an integer power is one that <see cref="TryRaise"/> computes.</summary>
    /// <param name="exponent">The exponent.</param>
    /// <param name="mostBits">The largest size of the power.</param>
    public bool CanRaise(int exponent, long mostBits) =>
        (!Numerator.IsZero || exponent > 0) && (IsUnit || Bits * Math.Abs((long)exponent) <= mostBits);

    /// <summary>Less than 0, 0 or more than 0, as this is less than, equal to or more than another.</summary>
    /// <param name="other">The other.</param>
    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <inheritdoc/>
    public override string ToString() => Denominator.IsOne ? $"{Numerator}" : $"{Numerator}/{Denominator}";
}
