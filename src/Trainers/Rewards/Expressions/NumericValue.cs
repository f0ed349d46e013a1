using System.Globalization;
using System.Numerics;

namespace RlCore.Trainers.Rewards;

/// <summary>A complex number with a bound of its error.</summary>
/// <param name="Value">The number.</param>
/// <param name="Error">The bound; not finite if there is no number.</param>
internal readonly record struct Approximation(Complex Value, double Error)
{
    /// <summary>No number.</summary>
    public static Approximation None => new(Complex.NaN, double.NaN);

    /// <summary>Whether there is a number.</summary>
    public bool IsKnown => double.IsFinite(Value.Real) && double.IsFinite(Value.Imaginary) && double.IsFinite(Error);
}

/// <summary>
/// Evaluates an expression in complex floating point at a point, with a running bound of the error. An odd root of a negative number is
/// the real one, also as a power with a fraction in lowest terms.
/// </summary>
/// <param name="point">The values of variables.</param>
internal sealed class NumericValue(SamplePoint point)
{
    private const double Epsilon = 4.5e-16;

    /// <summary>Evaluates.</summary>
    /// <param name="node">The expression.</param>
    public Approximation Evaluate(ExpressionNode node) => node switch
    {
        NumberNode number => Of(number.Value),
        SymbolNode { Name: "i" } => new Approximation(Complex.ImaginaryOne, 0),
        SymbolNode { Name: "π" or "e" } symbol => Rounded(ExpressionConstants.Real(symbol.Name)),
        SymbolNode symbol => ExpressionConstants.IsConstant(symbol.Name) ? Approximation.None : Of(point.Near(symbol.Name)),
        ApplyNode apply => Apply(apply),
        _ => Approximation.None,
    };

    private static Approximation Of(Rational number) => Rounded(number.ToDouble());

    private static Approximation Rounded(Complex value, double error = 0) => new(value, error + (Epsilon * Complex.Abs(value)));

    private Approximation Apply(ApplyNode node)
    {
        if (ExpressionConstants.IsOpaque(node))
        {
            return Opaque(node);
        }

        Approximation[] arguments = [.. node.Parts.Select(Evaluate)];
        if (arguments.Length == 0 || !Array.TrueForAll(arguments, argument => argument.IsKnown))
        {
            return Approximation.None;
        }

        Approximation first = arguments[0];
        Approximation last = arguments[^1];
        return node.Function switch
        {
            "+" => arguments.Aggregate((a, b) => Rounded(a.Value + b.Value, a.Error + b.Error)),
            "*" => arguments.Aggregate(Times),
            "/" => Divide(first, last),
            "^" => Power(first, last, node.Parts[1]),
            "root" => Power(
                first,
                Divide(new Approximation(1, 0), last),
                new ApplyNode("/", new NumberNode(new Rational(1, 1), false), node.Parts[1])),
            "%" => Divide(first, new Approximation(100, 0)),
            "°" => Times(first, Rounded(Math.PI / 180)),
            "log" when arguments.Length == 2 => Divide(Through(first, Complex.Log), Through(last, Complex.Log)),
            "lg" => Divide(Through(first, Complex.Log), Rounded(Math.Log(10))),
            _ when arguments.Length == 1 && Function(node.Function) is { } function => Through(first, function),
            "abs" => new Approximation(Complex.Abs(first.Value), first.Error + (Epsilon * Complex.Abs(first.Value))),
            "min" => Select(arguments, Math.Min),
            "max" => Select(arguments, Math.Max),
            _ => Approximation.None,
        };
    }

    private static Func<Complex, Complex>? Function(string name) => name switch
    {
        "sin" => Complex.Sin,
        "cos" => Complex.Cos,
        "tan" => Complex.Tan,
        "cot" => value => 1 / Complex.Tan(value),
        "sec" => value => 1 / Complex.Cos(value),
        "csc" => value => 1 / Complex.Sin(value),
        "arcsin" => Complex.Asin,
        "arccos" => Complex.Acos,
        "arctan" => Complex.Atan,
        "sinh" => Complex.Sinh,
        "cosh" => Complex.Cosh,
        "tanh" => Complex.Tanh,
        "ln" or "log" => Complex.Log,
        "exp" => Complex.Exp,
        "Re" => value => value.Real,
        "Im" => value => value.Imaginary,
        _ => null,
    };

    // The error grows as the function does over it.
    private static Approximation Through(Approximation argument, Func<Complex, Complex> function)
    {
        Complex value = function(argument.Value);
        double step = Math.Max(argument.Error, Epsilon * Complex.Abs(argument.Value));
        double spread = Complex.Abs(function(argument.Value + step) - value);
        return Rounded(value, (2 * spread) + (8 * Epsilon * Complex.Abs(value)));
    }

    private static Approximation Times(Approximation a, Approximation b) => Rounded(
        a.Value * b.Value, (a.Error * Complex.Abs(b.Value)) + (b.Error * Complex.Abs(a.Value)) + (a.Error * b.Error));

    private static Approximation Divide(Approximation a, Approximation b)
    {
        double size = Complex.Abs(b.Value);
        if (size <= 2 * b.Error || size == 0)
        {
            return Approximation.None;
        }

        Complex value = a.Value / b.Value;
        return Rounded(value, (a.Error + (b.Error * Complex.Abs(value))) / (size - b.Error));
    }

    private static Approximation Power(Approximation number, Approximation exponent, ExpressionNode written)
    {
        double size = Complex.Abs(number.Value);
        Rational fraction = default;
        bool isExact = IsConstant(written)
            && new ExactValue(new SamplePoint(0, false)).Evaluate(written, out fraction) == ExactOutcome.Known;
        if (size <= 2 * number.Error)
        {
            return size == 0 && number.Error == 0 && exponent.Value.Real > 0 ? new Approximation(0, 0) : Approximation.None;
        }

        bool isNegative = number.Value.Imaginary == 0 && number.Value.Real < 0;
        Complex value = isExact && isNegative && !fraction.Denominator.IsEven
            ? Math.Pow(size, fraction.ToDouble()) * (fraction.Numerator.IsEven ? 1 : -1)
            : isExact && fraction.Denominator.IsOne && BigInteger.Abs(fraction.Numerator) <= 1024
                ? Whole(number.Value, (int)fraction.Numerator)
                : Complex.Exp(exponent.Value * Complex.Log(number.Value));
        double relative = (Complex.Abs(exponent.Value) * ((number.Error / size) + (4 * Epsilon)))
            + ((exponent.Error + (Epsilon * Complex.Abs(exponent.Value))) * Complex.Abs(Complex.Log(number.Value)));
        return Rounded(value, Complex.Abs(value) * relative);
    }

    private static Complex Whole(Complex number, int exponent)
    {
        Complex power = Complex.One;
        Complex square = number;
        for (int rest = Math.Abs(exponent); rest > 0; rest /= 2)
        {
            power = rest % 2 == 1 ? power * square : power;
            square *= square;
        }

        return exponent < 0 ? 1 / power : power;
    }

    private static bool IsConstant(ExpressionNode node) => node is NumberNode || (node is ApplyNode apply && apply.Parts.All(IsConstant));

    private static Approximation Select(Approximation[] arguments, Func<double, double, double> choose) =>
        Array.TrueForAll(arguments, argument => argument.Value.Imaginary == 0)
            ? new Approximation(
                arguments.Select(argument => argument.Value.Real).Aggregate(choose), arguments.Max(argument => argument.Error))
            : Approximation.None;

    private Approximation Opaque(ApplyNode node)
    {
        string key = node.Key;
        if (node.Function.StartsWith("call ", StringComparison.Ordinal))
        {
            Approximation[] arguments = [.. node.Parts.Select(Evaluate)];
            if (!Array.TrueForAll(arguments, argument => argument.IsKnown))
            {
                return Approximation.None;
            }

            key = node.Function + string.Concat(arguments.Select(
                argument => string.Create(CultureInfo.InvariantCulture, $" {argument.Value.Real:E8} {argument.Value.Imaginary:E8}")));
        }

        return Of(point.Near(key));
    }
}
