using System.Numerics;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>Python's equality, order and arithmetic.</summary>
internal static class PythonOperators
{
    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        TemplateList list => list.Items.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    /// <summary>Whether two values are equal.</summary>
    /// <param name="a">A value.</param>
    /// <param name="b">A value.</param>
    /// <param name="limits">Counts the work; null for values that are not nested.</param>
    public static bool AreEqual(object? a, object? b, TemplateLimits? limits)
    {
        limits?.Step(1 + (Math.Min((a as string)?.Length ?? 0, (b as string)?.Length ?? 0) / 16));
        limits?.Enter();
        bool equal = (a, b) switch
        {
            (string x, string y) => x == y,
            (Undefined, Undefined) or (null, null) => true,
            (TemplateList x, TemplateList y) => x.Kind == y.Kind && x.Items.Count == y.Items.Count
                && x.Items.Zip(y.Items).All(pair => AreEqual(pair.First, pair.Second, limits)),
            (TemplateMap x, TemplateMap y) => x.Count == y.Count
                && x.Entries.All(entry => y.TryGet(entry.Key, out object? other) && AreEqual(entry.Value, other, limits)),
            _ when IsNumber(a) && IsNumber(b) => Order(a, b) == 0,
            _ => ReferenceEquals(a, b),
        };
        limits?.Leave();
        return equal;
    }

    /// <summary>Which of two values comes first.</summary>
    /// <returns>Below 0, 0 or above 0; null where one is not a number.</returns>
    public static int? Compare(object? a, object? b, string symbol, TemplateLimits limits)
    {
        limits.Step(1 + (Math.Min((a as string)?.Length ?? 0, (b as string)?.Length ?? 0) / 16));
        limits.Enter();
        int? order = (a, b) switch
        {
            (string x, string y) => Order(x, y),
            (TemplateList x, TemplateList y) when x.Kind == y.Kind && x.IsIndexed => Order(x, y, symbol, limits),
            (Undefined x, _) => throw x.Fault(),
            (_, Undefined y) => throw y.Fault(),
            _ when IsNumber(a) && IsNumber(b) => Order(a, b),
            _ => throw new TemplateFault(
                $"'{symbol}' not supported between instances of '{TemplateTypes.NameOf(a)}' and '{TemplateTypes.NameOf(b)}'"),
        };
        limits.Leave();
        return order;
    }

    /// <summary>Whether a value is a number; true and false are 1 and 0.</summary>
    public static bool IsNumber(object? value) => value is bool or long or double or BigInteger;

    /// <summary>The whole number that a value is, if it is one of 64 bits.</summary>
    public static bool TryWhole(object? value, out long number)
    {
        (bool isWhole, number) = value switch { bool flag => (true, flag ? 1 : 0), long whole => (true, whole), _ => (false, 0) };
        return isWhole;
    }

    /// <summary>Adds, subtracts, multiplies, divides or raises two numbers.</summary>
    public static object Arithmetic(string symbol, object? a, object? b)
    {
        if (a is Undefined or BigInteger || b is Undefined or BigInteger || !IsNumber(a) || !IsNumber(b))
        {
            throw (a as Undefined ?? b as Undefined)?.Fault() ?? new TemplateFault(a is BigInteger || b is BigInteger
                ? "arithmetic beyond 64 bits is not supported"
                : $"unsupported operand types for {symbol}: '{TemplateTypes.NameOf(a)}' and '{TemplateTypes.NameOf(b)}'");
        }

        try
        {
            return TryWhole(a, out long x) && TryWhole(b, out long y) && symbol != "/" && !(symbol == "**" && y < 0)
                ? (object)Whole(symbol, x, y)
                : Real(symbol, ToDouble(a), ToDouble(b));
        }
        catch (OverflowException)
        {
            throw new TemplateFault("arithmetic beyond 64 bits is not supported");
        }
    }

    /// <summary>A number as a double.</summary>
    public static double ToDouble(object? value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        BigInteger number => (double)number,
        double number => number,
        _ => throw new TemplateFault($"a number was expected, not '{TemplateTypes.NameOf(value)}'"),
    };

    private static int? Order(object? a, object? b)
    {
        if (a is double or BigInteger || b is double or BigInteger)
        {
            if (a is not double && b is not double)
            {
                return ToBig(a).CompareTo(ToBig(b));
            }

            double x = ToDouble(a);
            double y = ToDouble(b);
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        }

        TryWhole(a, out long first);
        TryWhole(b, out long second);
        return first.CompareTo(second);
    }

    private static BigInteger ToBig(object? value) =>
        value is BigInteger number ? number : TryWhole(value, out long whole) ? whole : BigInteger.Zero;

    // By code points: surrogates come after all other units.
    private static int Order(string a, string b)
    {
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] != b[i])
            {
                bool pairA = char.IsSurrogate(a[i]);
                return pairA == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : pairA ? 1 : -1;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int? Order(TemplateList a, TemplateList b, string symbol, TemplateLimits limits)
    {
        for (int i = 0; i < a.Items.Count && i < b.Items.Count; i++)
        {
            if (!AreEqual(a.Items[i], b.Items[i], limits))
            {
                return Compare(a.Items[i], b.Items[i], symbol, limits);
            }
        }

        return a.Items.Count.CompareTo(b.Items.Count);
    }

    private static long Whole(string symbol, long a, long b) => symbol switch
    {
        "+" => checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        _ when b == 0 && symbol != "**" => throw new TemplateFault("integer division or modulo by zero"),
        "//" => Floor(a, b),
        "%" => b == -1 ? 0 : checked(a - (Floor(a, b) * b)),
        _ => Power(a, b),
    };

    private static long Floor(long a, long b) => checked((a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0));

    private static long Power(long a, long exponent)
    {
        long power = 1;
        for (long square = a, rest = exponent; rest > 0; rest >>= 1)
        {
            power = (rest & 1) == 1 ? checked(power * square) : power;
            square = rest > 1 ? checked(square * square) : square;
        }

        return power;
    }

    private static double Real(string symbol, double a, double b) => symbol switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "**" when a == 0 && b < 0 => throw new TemplateFault("0.0 cannot be raised to a negative power"),
        "**" when a < 0 && b != Math.Floor(b) => throw new TemplateFault("a root of a negative number is not supported"),
        "**" => Math.Pow(a, b),
        _ when b == 0 => throw new TemplateFault("float division by zero"),
        "/" => a / b,
        "//" => Math.Floor((a - Remainder(a, b)) / b),
        _ => Remainder(a, b),
    };

    // With the sign of the divisor.
    private static double Remainder(double a, double b)
    {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }
}
