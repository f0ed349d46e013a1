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

    /// <summary>Less than 0, 0 or more than 0, as this is less than, equal to or more than another.</summary>
    /// <param name="other">The other.</param>
    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <inheritdoc/>
    public override string ToString() => Denominator.IsOne ? $"{Numerator}" : $"{Numerator}/{Denominator}";
}
