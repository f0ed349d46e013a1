using System.Globalization;
using FsCheck.Fluent;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

public class NumberTextLaws
{
    private static readonly string[] Styles =
    [
        "1,234.5", "1.234,5", "1 234,5", "1 234.5", "1\u00A0234,5", "1\u202F234,5", "1\u2009234.5", "1'234.5", "1’234.5", @"1\,234.5",
        "1{,}234.5", @"1,\!234.5", "1234.5", "1234,5", "１，２３４．５",
    ];

    public static TheoryData<string, string?> Cases => new(CaseFile.Rows("numeric.json").Select(row => (row[0]!, row[1])));

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_number_that_was_written_is_the_one_that_is_read(string text, string? expected)
    {
        bool found = NumberText.TryReadFinal(text, out NumberText number);
        Assert.Equal(expected, found ? number.Value.ToString() : null);
    }

    [Fact]
    public void A_number_is_the_same_in_every_style_of_separators_signs_and_marks() => Laws.Hold(
        from whole in Gen.Choose(0, 999_999_999)
        from cents in Gen.Choose(1, 99)
        from style in Gen.Elements(Styles)
        from sign in Gen.Elements("", "-", "−", "–", "－")
        from money in Gen.Elements("", "$", "€", "£ ")
        from frame in Gen.Elements(
            "{0}", @"\boxed{{{0}}}", "#### {0}", "#### {0}\n7 = 8", "The answer is {0}. So 7 = 8.", "it is {0}",
            @"\boxed{{x = {0}}} and 5", "**{0}**")
        select (whole, cents, style, sign, money, frame),
        c =>
        {
            string written = c.sign + c.money + Written(c.whole, c.cents, c.style);
            var expected = new Rational(((c.whole * 100L) + c.cents) * (c.sign.Length > 0 ? -1 : 1), 100);
            return NumberText.TryReadFinal(string.Format(CultureInfo.InvariantCulture, c.frame, written), out NumberText number)
                && number.Value == expected;
        });

    [Theory]
    [InlineData(@"so \boxed{42} it is, by 7 rules", "42")]
    [InlineData(@"\boxed{1} then \boxed{2}", "2")]
    [InlineData(@"\boxed{\frac{3}{4}}", "3/4")]
    [InlineData(@"\boxed{-\dfrac{3}{4}}", "-3/4")]
    [InlineData(@"\boxed{\frac34}", "3/4")]
    [InlineData(@"\boxed{\frac{-3}{4}}", "-3/4")]
    [InlineData(@"\boxed{1\frac{1}{2}}", "3/2")]
    [InlineData(@"\boxed{-1\tfrac{1}{2}}", "-3/2")]
    [InlineData(@"\boxed{x = 5}", "5")]
    [InlineData(@"\boxed{5\text{ cm}^2}", "5")]
    [InlineData(@"\boxed{{{7}}} and \boxed{8", "7")]
    [InlineData(@"\boxed{1{,}234}", "1234")]
    [InlineData(@"\boxed{1\,234\,567}", "1234567")]
    [InlineData("9 #### 72", "72")]
    [InlineData("#### $1,234.50 in 3 days", "2469/2")]
    [InlineData("####-5", "-5")]
    [InlineData("it costs $5", "5")]
    [InlineData("a loss of -$5", "-5")]
    [InlineData("it is 5 kg", "5")]
    [InlineData("12.5%", "1/8")]
    [InlineData(@"12.5\%", "1/8")]
    [InlineData("50 %", "1/2")]
    [InlineData("2.5e-3", "1/400")]
    [InlineData(@"2.5 \times 10^{-3}", "1/400")]
    [InlineData("3×10^2", "300")]
    [InlineData("1e5x", "5")]
    [InlineData(@"\frac{1}{2}", "1/2")]
    [InlineData(@"3 - \frac{1}{2}", "1/2")]
    public void The_number_that_a_text_ends_on_is_read(string text, string expected)
    {
        Assert.True(NumberText.TryReadFinal(text, out NumberText number));
        Assert.True(NumberText.TryReadWhole(expected, out NumberText same));
        Assert.Equal(same.Value, number.Value);
    }

    [Theory]
    [InlineData(@"7, so \boxed{none}")]
    [InlineData(@"\boxed{\frac{1}{0}}")]
    [InlineData("7 #### none")]
    [InlineData("0/0")]
    public void A_final_answer_without_a_number_is_none(string text) => Assert.False(NumberText.TryReadFinal(text, out _));

    [Fact]
    public void However_a_fraction_is_written_it_is_the_same_number() => Laws.Hold(
        from top in Gen.Choose(-999, 999) from bottom in Gen.Choose(1, 999) from factor in Gen.Choose(1, 9) select (top, bottom, factor),
        c =>
        {
            var expected = new Rational(c.top, c.bottom);
            string sign = c.top < 0 ? "-" : "";
            int size = Math.Abs(c.top);
            string[] ways =
            [
                $"{c.top}/{c.bottom}",
                $@"{sign}\frac{{{size * c.factor}}}{{{c.bottom * c.factor}}}",
                $@"\boxed{{\frac{{{c.top}}}{{{c.bottom}}}}}",
                $@"thus \boxed{{{sign}{size / c.bottom}\frac{{{size % c.bottom}}}{{{c.bottom}}}}}",
                $"#### {c.top}/{c.bottom} metres",
            ];
            return ways.All(way => NumberText.TryReadFinal(way, out NumberText number) && number.Value == expected);
        });

    [Fact]
    public void A_percentage_is_its_fraction_and_its_bare_number_where_one_side_has_the_sign() => Laws.Hold(
        Gen.Choose(-500, 500),
        percent =>
        {
            string bare = percent.ToString(CultureInfo.InvariantCulture);
            return Right($"{bare}%", bare)
                && Right(bare, $"{bare}%")
                && Right($"{bare}/100", $"{bare}%")
                && Right($"{bare}%", $"{bare}.0 %")
                && (percent == 0 || !Right($"{bare}%", $"{bare}/10"));
        });

    [Fact]
    public void A_text_of_digits_alone_is_read_in_time()
    {
        string digits = new('9', 20_000);
        Assert.True(NumberText.TryReadFinal(digits, out _));
        Assert.True(NumberText.TryReadFinal(string.Concat(Enumerable.Repeat("1,234 ", 5000)), out _));
    }

    // A number with two decimals in the style of an example.
    private static string Written(int whole, int cents, string style)
    {
        bool isWide = style[0] == '１';
        string digits = whole.ToString(style.StartsWith("1234", StringComparison.Ordinal) ? "D" : "N0", CultureInfo.InvariantCulture);
        string separator = isWide ? "," : style[1..^5];
        string written = $"{digits.Replace(",", separator, StringComparison.Ordinal)}{(isWide ? '.' : style[^2])}{cents:00}";
        return isWide ? string.Concat(written.Select(c => (char)(c - '!' + '！'))) : written;
    }

    private static bool Right(string answer, string completion) => new NumericAnswer().Score(Samples.Of(completion, answer)) == 1;
}
