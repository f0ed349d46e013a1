using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A JSON number, exactly: ±0.d₁d₂…·10^order, without zeros at either end of its digits. No operation writes out a power of ten that the
/// text does not, so that 1e999999999 costs no more than 1.
/// </summary>
/// <param name="IsNegative">Whether it is below 0.</param>
/// <param name="Digits">Its digits; empty for 0.</param>
/// <param name="Order">Its order of magnitude.</param>
internal readonly record struct JsonNumber(bool IsNegative, string Digits, BigInteger Order)
{
    /// <summary>Whether it is a whole number.</summary>
    public bool IsWhole => Order >= Digits.Length;

    private int Sign => Digits.Length == 0 ? 0 : IsNegative ? -1 : 1;

    // Reading an exponent takes more than linear time; no number that anybody means has one as long.
    private const int MostExponentDigits = 1000;

    /// <summary>The number of an element.</summary>
    /// <exception cref="OverflowException">Its exponent has more than a thousand digits.</exception>
    public static JsonNumber Of(JsonElement element)
    {
        string text = element.GetRawText();
        int power = text.AsSpan().IndexOfAny('e', 'E');
        if (power >= 0 && text.Length - power > MostExponentDigits)
        {
            throw new OverflowException($"An exponent of {text.Length - power} digits.");
        }

        BigInteger order = power < 0
            ? 0
            : BigInteger.Parse(text.AsSpan(power + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string magnitude = (power < 0 ? text : text[..power]).TrimStart('-');
        int point = magnitude.IndexOf('.', StringComparison.Ordinal);
        order += point < 0 ? magnitude.Length : point;
        string all = magnitude.Replace(".", "", StringComparison.Ordinal);
        string digits = all.TrimStart('0');
        order -= all.Length - digits.Length;
        digits = digits.TrimEnd('0');
        return digits.Length == 0 ? new JsonNumber(false, "", 0) : new JsonNumber(text[0] == '-', digits, order);
    }

    /// <summary>Less than 0, 0 or more than 0, as this is less than, equal to or more than another.</summary>
    public int CompareTo(JsonNumber other)
    {
        if (Sign != other.Sign || Sign == 0)
        {
            return Sign.CompareTo(other.Sign);
        }

        int magnitude = Order != other.Order ? Order.CompareTo(other.Order) : string.CompareOrdinal(Digits, other.Digits);
        return Sign * magnitude;
    }

    /// <summary>Whether it is a whole multiple of a unit other than 0.</summary>
    public bool IsMultipleOf(JsonNumber unit)
    {
        if (Sign == 0)
        {
            return true;
        }

        // This is value·10^shift units of the divisor, with whole numbers for both.
        BigInteger shift = Order - Digits.Length - (unit.Order - unit.Digits.Length);
        if (-shift > Digits.Length)
        {
            return false;
        }

        var value = BigInteger.Parse(Digits, CultureInfo.InvariantCulture);
        var divisor = BigInteger.Parse(unit.Digits, CultureInfo.InvariantCulture);
        return shift.Sign >= 0
            ? (value * BigInteger.ModPow(10, shift, divisor) % divisor).IsZero
            : (value % (divisor * BigInteger.Pow(10, (int)-shift))).IsZero;
    }

    /// <summary>The number as an int, at most the largest; null if it is not a whole number of at least 0.</summary>
    public int? ToCount() => !IsWhole || Sign < 0 ? null
        : Order > 10 ? int.MaxValue
        : (int)Math.Min(int.MaxValue, long.Parse("0" + Digits.PadRight((int)Order, '0'), CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => Sign == 0 ? "0" : $"{(IsNegative ? "-" : "")}{Digits}e{Order}";
}
