using System.Numerics;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Tests.Rewards;

public class RewardLaws
{
    private static readonly FsCheck.Gen<long> Wide =
        from high in Gen.Choose(-1_000_000, 1_000_000)
        from low in Gen.Choose(0, 999_999)
        select (high * 1_000_000L) + low;

    [Fact]
    public void A_number_is_its_own_answer_however_it_is_written() => Laws.Hold(Wide, number =>
    {
        string plain = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string grouped = number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
        return new[] { plain, grouped, plain + ".", plain + ".00", $"it is {grouped}", $"1+1 = 2, so {plain}", $"{plain}/1", $"${grouped}" }
            .All(completion => Score(new NumericAnswer(), plain, completion) == 1);
    });

    [Fact]
    public void Another_number_is_not_the_answer() => Laws.Hold(
        from number in Wide from other in Wide where number != other select (number, other),
        pair => Score(new NumericAnswer(), $"{pair.number}", $"{pair.other}") == 0);

    [Fact]
    public void Equal_fractions_are_equal_numbers() => Laws.Hold(
        from top in Gen.Choose(-500, 500) from bottom in Gen.Choose(1, 500) from factor in Gen.Choose(1, 99) select (top, bottom, factor),
        part => Score(new NumericAnswer(), $"{part.top}/{part.bottom}", $"{part.top * part.factor}/{part.bottom * part.factor}") == 1);

    [Fact]
    public void A_completion_that_never_ended_scores_nothing()
    {
        foreach (IReward reward in new IReward[] { new NumericAnswer(), new ExactAnswer() })
        {
            Assert.Equal([1, 0], reward.Score([Sample("95", "95", ended: true), Sample("95", "95", ended: false)], CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("37-58", "58")]
    [InlineData("37 -58", "-58")]
    [InlineData("x = −4", "-4")]
    [InlineData("+7", "7")]
    [InlineData("0.1", "1/10")]
    [InlineData(".5 of it", "1/2")]
    [InlineData("1,2,3", "3")]
    [InlineData("1,2345", "12345/10000")]
    [InlineData("12,345,678.90", "1234567890/100")]
    [InlineData("0.30000000000000000000000000000000001", "30000000000000000000000000000000001/100000000000000000000000000000000000")]
    [InlineData("a1b22", "22")]
    public void The_last_number_is_read(string text, string expected)
    {
        Assert.True(NumericAnswer.TryReadLast(text, out Rational number));
        Assert.True(NumericAnswer.TryReadWhole(expected, out Rational same));
        Assert.Equal(same, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("none")]
    [InlineData("5/0")]
    [InlineData("٣")]
    public void A_text_without_a_number_scores_nothing(string completion) => Assert.Equal(0, Score(new NumericAnswer(), "5", completion));

    [Theory]
    [InlineData("95 apples")]
    [InlineData("1 2")]
    [InlineData("")]
    [InlineData("5/0")]
    public void An_answer_is_one_number_and_nothing_else(string answer)
    {
        Assert.False(NumericAnswer.TryReadWhole(answer, out _));
        Assert.Throws<ArgumentException>(() => Score(new NumericAnswer(), answer, "1"));
    }

    [Fact]
    public void Rationals_are_in_lowest_terms()
    {
        Assert.Equal(new Rational(-1, 2), new Rational(3, -6));
        Assert.Equal(default, new Rational(0, -7));
        Assert.Equal((new BigInteger(-1), new BigInteger(2)), (new Rational(3, -6).Numerator, new Rational(3, -6).Denominator));
    }

    [Fact]
    public void Exact_answers_differ_by_white_space_around_them_at_most()
    {
        Assert.Equal(1, Score(new ExactAnswer(), "yes", " yes\n"));
        Assert.Equal(0, Score(new ExactAnswer(), "yes", "Yes"));
        Assert.Equal(0, Score(new ExactAnswer(), "yes", "yes yes"));
    }

    [Theory]
    [InlineData("a\nb", "a\r\nb", 1)]
    [InlineData("a\r\nb\r\n", "a\nb", 1)]
    [InlineData("a\rb", "a\r\nb", 1)]
    [InlineData("a\n\nb", "a\r\nb", 0)]
    [InlineData("a b", "a\r\nb", 0)]
    public void Exact_answers_are_the_same_with_every_line_ending(string answer, string completion, double expected)
    {
        Assert.Equal(expected, Score(new ExactAnswer(), answer, completion));
        Assert.True(new ExactAnswer().TryReadAnswer(completion, out string read));
        Assert.DoesNotContain('\r', read);
    }

    private static double Score(SampleReward reward, string answer, string completion) =>
        reward.Score(Sample(answer, completion, ended: true));

    private static RewardSample Sample(string answer, string completion, bool ended) =>
        new(new Question("?", answer, "test.csv", 2), completion, ended, new TokenSequence([0], 1));
}
