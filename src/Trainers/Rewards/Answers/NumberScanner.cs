using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Reads a number at a place of a text: a sign, a currency, a magnitude, a power of it or of ten, a word such as million, a fraction, a
/// mixed number, a percent sign. What is read is bounded, so that no text costs more than its length.
/// </summary>
/// <param name="text">A text cleaned by <see cref="AnswerText"/>, without LaTeX's spacing.</param>
internal sealed partial class NumberScanner(string text)
{
    /// <summary>The largest exponent that is read.</summary>
    public const int MostExponent = 10_000;

    private const int MostBits = 1 << 16;

    private const string Integer = @"(?<exponent>[-+]?[0-9]+)";

    private const string Exponent = $@"\s?(?:{Integer}|\{{\s?{Integer}\s?\}}|\(\s?{Integer}\s?\))(?![0-9])";

    private static readonly Dictionary<string, long> Scales = new(StringComparer.Ordinal)
    {
        ["dozen"] = 12,
        ["hundred"] = 100,
        ["thousand"] = 1000,
        ["million"] = 1_000_000,
        ["billion"] = 1_000_000_000,
        ["trillion"] = 1_000_000_000_000,
    };

    private int _at;
    private bool _isPassing;

    /// <summary>Passes over a number as <see cref="TryRead"/> does, without computing powers in it.</summary>
    /// <param name="start">Where it begins.</param>
    /// <returns>Where it ends.</returns>
    public int Pass(int start)
    {
        _isPassing = true;
        TryRead(start, out int end, out _);
        _isPassing = false;
        return end;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends; where the digits end if they are no number.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryRead(int start, out int end, out NumberText number)
    {
        _at = start;
        number = default;
        bool isNegative = ReadSign();
        bool read = TryReadUnsigned(out Rational value);
        if (read && Percent().Match(text, _at) is { Success: true } percent)
        {
            _at += percent.Length;
            value = value.DividedBy(new Rational(100, 1));
            number = new NumberText(value, true);
        }
        else
        {
            number = new NumberText(value, false);
        }

        number = isNegative ? number with { Value = number.Value.Times(new Rational(-1, 1)) } : number;
        end = Math.Max(_at, start + 1);
        VerifierWork.Spend(end - start);
        return read;
    }

    // A sign and a currency, in either order.
    private bool ReadSign()
    {
        Match prefix = Prefix().Match(text, _at);
        _at += prefix.Length;
        return prefix.ValueSpan.Contains('-');
    }

    private bool TryReadUnsigned(out Rational value)
    {
        if (Fraction().IsMatch(text.AsSpan(_at)))
        {
            return TryReadFraction(out value);
        }

        value = default;
        if (!Magnitude.Begins(text, _at) || !Magnitude.TryRead(text, ref _at, out Magnitude magnitude))
        {
            return false;
        }

        value = magnitude.Value;
        return magnitude.Decimals.Length == 0 && TryReadMixed(ref value) is { } mixed
            ? mixed
            : TryReadPower(ref value) && TryReadQuotient(ref value);
    }

    // Null if no proper fraction follows the whole number.
    private bool? TryReadMixed(ref Rational value)
    {
        int start = _at;
        Match space = Space().Match(text, _at);
        _at += space.Length;
        if (Fraction().IsMatch(text.AsSpan(_at)))
        {
            bool read = TryReadFraction(out Rational part) && part.Numerator.Sign >= 0;
            value = value.Plus(part);
            return read;
        }

        if (space.Length > 0 && Proper().Match(text, _at) is { Success: true } proper)
        {
            var top = BigInteger.Parse(proper.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            var bottom = BigInteger.Parse(proper.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            if (top < bottom)
            {
                _at += proper.Length;
                value = value.Plus(new Rational(top, bottom));
                return true;
            }
        }

        _at = start;
        return null;
    }

    private bool TryReadFraction(out Rational value)
    {
        _at += Fraction().Match(text, _at).Length;
        value = default;
        if (!TryReadArgument(out Rational top) || !TryReadArgument(out Rational bottom) || bottom == default)
        {
            return false;
        }

        value = top.DividedBy(bottom);
        return true;
    }

    // A number in braces, or one digit without.
    private bool TryReadArgument(out Rational value)
    {
        _at += Space().Match(text, _at).Length;
        value = default;
        if (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            value = new Rational(text[_at] - '0', 1);
            _at++;
            return true;
        }

        if (_at >= text.Length || text[_at] != '{')
        {
            return false;
        }

        _at += 1 + Space().Match(text, _at + 1).Length;
        bool isNegative = ReadSign();
        Magnitude magnitude = default;
        bool read = Magnitude.Begins(text, _at) && Magnitude.TryRead(text, ref _at, out magnitude);
        value = read ? magnitude.Value.Times(new Rational(isNegative ? -1 : 1, 1)) : default;
        _at += Space().Match(text, _at).Length;
        bool closes = _at < text.Length && text[_at] == '}';
        _at += closes ? 1 : 0;
        return read && closes;
    }

    private bool TryReadPower(ref Rational value)
    {
        if (OfTen().Match(text, _at) is { Success: true } ten)
        {
            _at += ten.Length;
            bool isRead = TryRaise(new Rational(10, 1), ten.Groups["exponent"].Value, out Rational power);
            value = value.Times(power);
            return isRead;
        }

        if (Scale().Match(text, _at) is { Success: true } scale)
        {
            _at += scale.Length;
            value = value.Times(new Rational(Scales[scale.Groups[1].Value.ToLowerInvariant()], 1));
            return true;
        }

        if (Raised().Match(text, _at) is { Success: true } raised)
        {
            _at += raised.Length;
            return TryRaise(value, raised.Groups["exponent"].Value, out value);
        }

        return true;
    }

    private bool TryReadQuotient(ref Rational value)
    {
        Match slash = Slash().Match(text, _at);
        if (!slash.Success)
        {
            return true;
        }

        _at += slash.Length;
        if (!Magnitude.TryRead(text, ref _at, out Magnitude bottom) || bottom.Value == default)
        {
            return false;
        }

        value = value.DividedBy(bottom.Value);
        return true;
    }

    private bool TryRaise(Rational number, string written, out Rational power)
    {
        power = default;
        return int.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent)
            && Math.Abs((long)exponent) <= MostExponent
            && (_isPassing ? number.CanRaise(exponent, MostBits) : number.TryRaise(exponent, MostBits, out power));
    }

    [GeneratedRegex(@"\G(?:(?:[-+]\s?\p{Sc}?|\p{Sc}\s?[-+]?)?\s?(?=[0-9.\\]))?", RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\G(?:\s?%|\s?(?:percent(?:age)?|per\s?cent|pct)\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Percent();

    [GeneratedRegex(@"\G\\[dtc]?frac(?![a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"\G\s?", RegexOptions.CultureInvariant)]
    private static partial Regex Space();

    [GeneratedRegex(@"\G([0-9]{1,9})\s?/\s?([1-9][0-9]{0,8})(?![0-9.,/]*[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Proper();

    [GeneratedRegex(@"\G\s?/\s?(?=\.?[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Slash();

    // 2.5e-3; 2.5 \times 10^{-3}; 2.5*10^3.
    [GeneratedRegex(
        $@"\G(?:[eE]{Integer}(?![\p{{L}}\p{{N}}])|\s?(?:\\times|\\cdot|[×·⋅∙*])\s?10\s?(?:\^|\*\*){Exponent})",
        RegexOptions.CultureInvariant)]
    private static partial Regex OfTen();

    // 5 million.
    [GeneratedRegex(
        @"\G\s?(dozen|hundred|thousand|million|billion|trillion)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Scale();

    // 2^{100}, 2**100.
    [GeneratedRegex($@"\G(?:\^|\*\*){Exponent}", RegexOptions.CultureInvariant)]
    private static partial Regex Raised();
}
