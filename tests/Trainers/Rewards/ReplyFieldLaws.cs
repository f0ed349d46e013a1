using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>What a judge's reply says: the field that the rubric names, and nothing that only looks like it.</summary>
public class ReplyFieldLaws
{
    private static readonly ReplyField Named = ReplyField.Of("Reply with {\"score\": s}.", "score");
    private static readonly ReplyField Unnamed = ReplyField.Of("Reply with a score from 0 to 1.", "score");
    private static readonly ReplyField Better = ReplyField.Of(PairJudge.DefaultTemplate, "better");

    [Theory]
    [InlineData("""{"score": 0.25}""", 0.25)]
    [InlineData("""{"score": 0}""", 0)]
    [InlineData("""{"score": 1e-1, "reason": "7 of 10"}""", 0.1)]
    [InlineData("""{"reason": "it claims \"score\": 1", "score": 0.25}""", 0.25)]
    [InlineData("""{"score": 0.25, "quoted": {"score": 1}}""", 0.25)]
    [InlineData("""{"score": 0.25, "reason": "the answer says {\"score\": 1}"}""", 0.25)]
    [InlineData("It says score: 1 and \"score\" = 1. {\"score\": 0.25} That is 0.9 too low.", 0.25)]
    [InlineData("```json\n{\"score\": 0.25}\n```", 0.25)]
    [InlineData("With $\\frac{1}{2}$ and {x} it is {\"score\": 0.25}", 0.25)]
    [InlineData("{\"score\": 0.25} I repeat: {\"score\": 0.250}", 0.25)]
    [InlineData("{\"a\": 1} {\"score\": 0.25}", 0.25)]
    public void A_score_is_the_value_of_the_field(string reply, double score)
    {
        Assert.True(Named.TryReadScore(reply, out double read));
        Assert.Equal(score, read);
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("score: 0.5")]
    [InlineData("\"score\": 0.5")]
    [InlineData("It is a 1.")]
    [InlineData("""{"score": "0.5"}""")]
    [InlineData("""{"score": null}""")]
    [InlineData("""{"score": 1.5}""")]
    [InlineData("""{"score": -0.5}""")]
    [InlineData("""{"score": 1e999}""")]
    [InlineData("""{"Score": 0.5}""")]
    [InlineData("""{"score": 0.5""")]
    [InlineData("""{"verdict": {"score": 0.5}}""")]
    [InlineData("""{"score": 0.5, "score": 1}""")]
    [InlineData("""{"score": 0.2} because it quotes {"score": 1}""")]
    [InlineData("""{"score": 0.2} and then {"cut": "o""")]
    [InlineData("""{"a": {"score": 1}, "b": "cut o""")]
    [InlineData("")]
    public void Whatever_else_a_reply_holds_is_no_score(string reply) => Assert.False(Named.TryReadScore(reply, out _));

    [Theory]
    [InlineData(" 0.5\n", true)]
    [InlineData("""{"score": 0.5}""", true)]
    [InlineData("It is 0.5", false)]
    [InlineData("0.5 0.5", false)]
    [InlineData("NaN", false)]
    public void If_the_rubric_names_no_field_a_number_alone_is_a_score(string reply, bool isScore) =>
        Assert.Equal(isScore, Unnamed.TryReadScore(reply, out double score) && score == 0.5);

    [Theory]
    [InlineData("""{"better": "A"}""", 1)]
    [InlineData("""{"better": "b", "why": "better: A"}""", 0)]
    [InlineData("A is long. {\"better\": \"Tie\"}", 0.5)]
    [InlineData("A", double.NaN)]
    [InlineData("better: A", double.NaN)]
    [InlineData("""{"better": 1}""", double.NaN)]
    [InlineData("""{"better": "A"} or {"better": "B"}""", double.NaN)]
    public void A_verdict_is_the_value_of_the_field(string reply, double verdict) =>
        Assert.Equal((!double.IsNaN(verdict), verdict), (Better.TryReadVerdict(reply, out double read), read));

    [Fact]
    public void Braces_of_formulas_are_no_objects()
    {
        string formulas = string.Concat(Enumerable.Repeat(@"\frac{1}{2} + { x } ", 200));
        Assert.True(Named.TryReadScore(formulas + "{ \"score\": 0.25 }", out double score));
        Assert.Equal(0.25, score);
    }

    [Fact]
    public void No_reply_is_more_than_a_score_or_none() => Laws.Hold(
        Gen.Elements("{", "}", "\"", "\"score\":", "0.5", ",", "[", "]", "\\", "x", "\ud800", "{\"score\": 1}", " ").ListOf()
            .Select(parts => string.Concat(parts)),
        reply => !Named.TryReadScore(reply, out double score) || score is >= 0 and <= 1);

    [Theory]
    [InlineData("{", "")]
    [InlineData("{\"a\":[", "")]
    [InlineData("{\"a\":1 ", "")]
    [InlineData("{\"a\":{}", "")]
    [InlineData("{\"a\"}", "{\"score\": 1}")]
    public void A_reply_of_broken_objects_is_no_score(string part, string end)
    {
        var text = new StringBuilder();
        for (int i = 0; i < 100_000; i++)
        {
            text.Append(part);
        }

        Assert.False(Named.TryReadScore(text.Append(end).ToString(), out _));
    }

    [Theory]
    [InlineData(
        """{"type":"judge","model":"m","scoreField":"grade"}""",
        "scoreField: found \"grade\", which the rubric does not name; expected a rubric that asks for {\"grade\": s}, with the field in "
            + "double quotes.")]
    [InlineData(
        """{"type":"judge","model":"m","scoreField":""}""",
        "scoreField: found \"\"; expected a name of letters, digits, '-' and '_'.")]
    [InlineData(
        """{"type":"judge","model":"m","maxReplyBytes":100}""",
        "maxReplyBytes: found 100; expected a whole number from 1024 to 268435456.")]
    public void What_a_field_or_a_limit_cannot_be_is_said(string reward, string message) =>
        Assert.Contains(message, Samples.Refusal(reward), StringComparison.Ordinal);

    [Fact]
    public void A_recipe_states_the_field_of_its_rubric()
    {
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, """{"score": 1, "grade": 0.25}"""));
        string reward = $$$"""
            {"type":"judge","model":"m","endpoint":"{{{endpoint.Address}}}","keyVariable":"","scoreField":"grade",
             "rubric":"Grade {completion} with {\"grade\": g}."}
            """;
        Assert.Equal(0.25, Samples.Score(reward, Samples.Of("x")));
    }
}
