using System.Numerics;

namespace RlCore.Trainers.Rewards;

/// <summary>The outcome of exact evaluation.</summary>
internal enum ExactOutcome
{
    /// <summary>The value is rational.</summary>
    Known,

    /// <summary>The value may be irrational, or is too large.</summary>
    Inexact,

    /// <summary>There is no value, as in a division by zero.</summary>
    Undefined,
}

/// <summary>
/// Evaluates an expression in exact rational arithmetic at a point. Numbers have at most <see cref="MostBits"/> bits, and one
/// evaluation works on at most <see cref="MostWork"/> bits, so that no tower of powers costs time or memory.
/// </summary>
/// <param name="point">The values of variables.</param>
internal sealed class ExactValue(SamplePoint point)
{
    /// <summary>The largest number, in bits of numerator and denominator.</summary>
    public const int MostBits = 1 << 15;

    /// <summary>The most bits that all results of an evaluation have together.</summary>
    public const int MostWork = 1 << 20;

    private const int MostFactorial = 1000;

    private const int BitsOfStep = 64;

    private long _work;
    private ExactOutcome _outcome;

    /// <summary>Evaluates.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="value">Its value, if it is known.</param>
    public ExactOutcome Evaluate(ExpressionNode node, out Rational value)
    {
        _work = 0;
        _outcome = ExactOutcome.Known;
        value = Value(node);
        return _outcome;
    }

    private static bool TryWhole(Rational number, int most, out int whole)
    {
        bool isWhole = number.Denominator.IsOne && BigInteger.Abs(number.Numerator) <= most;
        whole = isWhole ? (int)number.Numerator : 0;
        return isWhole;
    }

    private Rational Stop(ExactOutcome outcome)
    {
        _outcome = _outcome == ExactOutcome.Known ? outcome : _outcome;
        return default;
    }

    private Rational Value(ExpressionNode node)
    {
        if (_outcome != ExactOutcome.Known)
        {
            return default;
        }

        Rational value = node switch
        {
            NumberNode number => number.Value,
            SymbolNode symbol => ExpressionConstants.IsConstant(symbol.Name) ? Stop(ExactOutcome.Inexact) : point.Exact(symbol.Name),
            ApplyNode apply => Apply(apply),
            _ => Stop(ExactOutcome.Inexact),
        };
        _work += value.Bits;
        return value.Bits > MostBits || _work > MostWork ? Stop(ExactOutcome.Inexact) : value;
    }

    private Rational Apply(ApplyNode node)
    {
        if (ExpressionConstants.IsOpaque(node))
        {
            return Opaque(node);
        }

        Rational[] arguments = [.. node.Parts.Select(Value)];
        return arguments.Length == 0 ? Stop(ExactOutcome.Inexact)
            : _outcome == ExactOutcome.Known ? Apply(node.Function, arguments)
            : default;
    }

    private Rational Apply(string function, Rational[] arguments)
    {
        Rational first = arguments[0];
        return function switch
        {
            "+" => Fold(arguments, (sum, term) => sum.Plus(term)),
            "*" => Fold(arguments, (product, factor) => product.Times(factor)),
            "/" => arguments[1] == default ? Stop(ExactOutcome.Undefined) : first.DividedBy(arguments[1]),
            "^" => Power(first, arguments[1]),
            "root" => Root(first, arguments[1]),
            "%" => first.DividedBy(new Rational(100, 1)),
            "abs" => new Rational(BigInteger.Abs(first.Numerator), first.Denominator),
            "floor" => new Rational(Floor(first), 1),
            "ceil" => new Rational(-Floor(first.Times(new Rational(-1, 1))), 1),
            "min" => arguments.Aggregate((a, b) => a.CompareTo(b) <= 0 ? a : b),
            "max" => arguments.Aggregate((a, b) => a.CompareTo(b) >= 0 ? a : b),
            "!" => Factorial(first),
            "binom" => Binomial(first, arguments[1]),
            "gcd" => Array.TrueForAll(arguments, number => number.Denominator.IsOne)
                ? arguments.Aggregate((a, b) => new Rational(BigInteger.GreatestCommonDivisor(a.Numerator, b.Numerator), 1))
                : Stop(ExactOutcome.Undefined),
            "sin" or "tan" or "arcsin" or "arctan" or "sinh" or "tanh" when first == default => default,
            "cos" or "cosh" or "exp" when first == default => new Rational(1, 1),
            "ln" or "log" or "lg" when first == new Rational(1, 1) && arguments.Length == 1 => default,
            _ => Stop(ExactOutcome.Inexact),
        };
    }

    // An unknown function has one value for equal arguments.
    private Rational Opaque(ApplyNode node)
    {
        string key = node.Key;
        if (node.Function.StartsWith("call ", StringComparison.Ordinal))
        {
            key = node.Function;
            foreach (ExpressionNode part in node.Parts)
            {
                key += $" {Value(part)}";
            }
        }

        return _outcome == ExactOutcome.Known ? point.Exact(key) : default;
    }

    private Rational Fold(Rational[] numbers, Func<Rational, Rational, Rational> combine)
    {
        Rational result = numbers[0];
        for (int i = 1; i < numbers.Length && _outcome == ExactOutcome.Known; i++)
        {
            result = combine(result, numbers[i]);
            _work += result.Bits;
            result = result.Bits > MostBits || _work > MostWork ? Stop(ExactOutcome.Inexact) : result;
        }

        return result;
    }

    private Rational Power(Rational number, Rational exponent)
    {
        if (number == default)
        {
            return exponent.Numerator.Sign > 0 ? default : Stop(ExactOutcome.Undefined);
        }

        if (!TryWhole(exponent, int.MaxValue, out int whole))
        {
            return TryWhole(new Rational(exponent.Denominator, 1), 64, out int index)
                && Root(number, new Rational(index, 1)) is var root && _outcome == ExactOutcome.Known
                    ? Power(root, new Rational(exponent.Numerator, 1))
                    : Stop(ExactOutcome.Inexact);
        }

        return number.TryRaise(whole, MostBits, out Rational power) ? power : Stop(ExactOutcome.Inexact);
    }

    // A root that is rational itself; of a negative number only an odd one.
    private Rational Root(Rational number, Rational index)
    {
        if (!TryWhole(index, 64, out int n) || n < 2 || (number.Numerator.Sign < 0 && n % 2 == 0))
        {
            return Stop(ExactOutcome.Inexact);
        }

        BigInteger size = BigInteger.Abs(number.Numerator);
        return TryRoot(size, n, out BigInteger top) && TryRoot(number.Denominator, n, out BigInteger bottom)
            ? new Rational(top * number.Numerator.Sign, bottom)
            : Stop(ExactOutcome.Inexact);
    }

    private static bool TryRoot(BigInteger number, int n, out BigInteger root)
    {
        // Newton's steps from above, each of which halves the distance at least.
        root = number.IsZero ? number : BigInteger.One << (int)((number.GetBitLength() / n) + 1);
        while (!number.IsZero)
        {
            BigInteger next = (((n - 1) * root) + (number / BigInteger.Pow(root, n - 1))) / n;
            if (next >= root)
            {
                break;
            }

            root = next;
        }

        return BigInteger.Pow(root, n) == number;
    }

    private static BigInteger Floor(Rational number) => (number.Numerator - Modulus(number)) / number.Denominator;

    private static BigInteger Modulus(Rational number) =>
        ((number.Numerator % number.Denominator) + number.Denominator) % number.Denominator;

    private Rational Factorial(Rational number)
    {
        if (!TryWhole(number, MostFactorial, out int n) || n < 0)
        {
            return Stop(number.Denominator.IsOne && number.Numerator.Sign >= 0 ? ExactOutcome.Inexact : ExactOutcome.Undefined);
        }

        _work += n * BitsOfStep;
        BigInteger product = 1;
        for (int i = 2; i <= n; i++)
        {
            product *= i;
        }

        return new Rational(product, 1);
    }

    private Rational Binomial(Rational from, Rational count)
    {
        if (!TryWhole(from, MostFactorial, out int n) || !TryWhole(count, MostFactorial, out int k) || n < 0 || k < 0)
        {
            return Stop(ExactOutcome.Undefined);
        }

        _work += k * BitsOfStep;
        BigInteger value = 1;
        for (int i = 0; i < k && i <= n && _work <= MostWork; i++)
        {
            value = value * (n - i) / (i + 1);
        }

        return new Rational(value, 1);
    }
}
