using FsCheck.Fluent;
using RlCore.Algebra;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Rewards that read lengths, patterns, tags and repetitions.</summary>
public class TextRewardLaws
{
    [Fact]
    public void Within_its_limits_a_length_scores_1_and_beyond_them_less() => Laws.Hold(
        from least in Gen.Choose(0, 20)
        from room in Gen.Choose(0, 20)
        from length in Gen.Choose(0, 60)
        from graded in Gen.Elements("true", "false")
        select (least, most: least + room + 1, length, graded),
        c =>
        {
            double score = Samples.Score(
                $$"""{"type":"length","minTokens":{{c.least}},"maxTokens":{{c.most}},"graded":{{c.graded}}}""",
                Samples.Of("x", tokens: c.length));
            bool within = c.length >= c.least && c.length <= c.most;
            return within ? score == 1 : c.graded == "true" ? score is >= 0 and < 1 : score == 0;
        });

    [Fact]
    public void A_graded_length_falls_with_the_distance_to_its_limit() => Laws.Hold(
        from most in Gen.Choose(1, 20) from over in Gen.Choose(1, 40) select (most, over),
        c => Graded(c.most, c.most + c.over) > Graded(c.most, c.most + c.over + 1));

    [Fact]
    public void Characters_are_limited_as_tokens_are()
    {
        Assert.Equal(1, Samples.Score("""{"type":"length","maxCharacters":3}""", Samples.Of("abc")));
        Assert.Equal(0, Samples.Score("""{"type":"length","maxCharacters":3}""", Samples.Of("abcd")));
        Assert.Equal(0.5, Samples.Score("""{"type":"length","minCharacters":4,"maxTokens":1,"graded":true}""", Samples.Of("ab")));
    }

    [Fact]
    public void The_overlong_penalty_is_the_algebras() => Laws.Hold(
        from most in Gen.Choose(1, 40)
        from buffer in Gen.Choose(1, 40)
        where buffer <= most
        from length in Gen.Choose(0, 80)
        select (most, buffer, length),
        c => Samples.Score(
            $$"""{"type":"softOverlong","maxTokens":{{c.most}},"bufferTokens":{{c.buffer}}}""",
            Samples.Of("x", tokens: c.length))
            == LengthPenalties.SoftOverlong(c.length, c.most, c.buffer));

    [Fact]
    public void A_repetition_penalty_is_the_share_of_distinct_n_grams_less_1() => Laws.Hold(
        from length in Gen.Choose(0, 24)
        from items in Gen.ArrayOf(Gen.Choose(0, 2), length)
        from size in Gen.Choose(1, 5)
        select (items, size),
        c =>
        {
            string[] grams = [.. Enumerable.Range(0, Math.Max(0, c.items.Length - c.size + 1))
                .Select(i => string.Join(' ', c.items.Skip(i).Take(c.size)))];
            double expected = grams.Length == 0 ? 0 : ((double)grams.Distinct().Count() / grams.Length) - 1;
            double words = Samples.Score($$"""{"type":"repetition","size":{{c.size}}}""", Samples.Of(string.Join("  ", c.items)));
            return RepetitionPenalty.Of(c.items, c.size) == expected && words == expected;
        });

    [Fact]
    public void Tokens_repeat_by_themselves()
    {
        Assert.Equal(0, Samples.Score("""{"type":"repetition","unit":"tokens","size":1}""", Samples.Of("a a a a", tokens: 4)));
        Assert.Equal(-0.75, Samples.Score("""{"type":"repetition","unit":"words","size":1}""", Samples.Of("a a a a", tokens: 4)));
    }

    [Theory]
    [InlineData("[0-9]+", "false", "a 12", 1)]
    [InlineData("[0-9]+", "true", "a 12", 0)]
    [InlineData("[0-9]+", "true", "12", 1)]
    [InlineData("a|b", "true", "ab", 0)]
    [InlineData("(?i)yes", "false", "YES.", 1)]
    public void A_pattern_is_searched_or_matched_as_a_whole(string pattern, string full, string completion, double expected) =>
        Assert.Equal(expected, Samples.Score($$"""{"type":"regex","pattern":"{{pattern}}","full":{{full}}}""", Samples.Of(completion)));

    [Fact]
    public void No_pattern_runs_away() =>
        Assert.Equal(0, Samples.Score("""{"type":"regex","pattern":"(a+)+$"}""", Samples.Of(new string('a', 100_000) + "b")));

    [Theory]
    [InlineData("<think>a</think><answer>b</answer>", 1)]
    [InlineData(" <think>a\n</think>\n\n<answer>b</answer>\n", 1)]
    [InlineData("<answer>b</answer><think>a</think>", 0)]
    [InlineData("so: <think>a</think><answer>b</answer>", 0)]
    [InlineData("<think>a</think><answer>b</answer> ok", 0)]
    [InlineData("<think>a</think>, <answer>b</answer>", 0)]
    [InlineData("<think>a</think><answer>b</answer><answer>c</answer>", 0)]
    [InlineData("<think>a<answer>b</answer></think>", 0)]
    [InlineData("<think>a</think><answer>b", 0)]
    [InlineData("", 0)]
    public void A_format_is_its_tags_in_order_and_nothing_else(string completion, double expected) =>
        Assert.Equal(expected, Samples.Score("format", Samples.Of(completion)));

    [Fact]
    public void A_graded_format_counts_tags_that_occur_once()
    {
        Assert.Equal(0.5, Samples.Score("""{"type":"format","graded":true}""", Samples.Of("<think><think></think></answer>")));
        Assert.Equal(1, Samples.Score("""{"type":"format","tags":["plan"]}""", Samples.Of("<plan>x</plan>")));
    }

    [Theory]
    [InlineData("<answer>4</answer> or 5", "answer", 1)]
    [InlineData("<answer>5</answer> <answer>4</answer>", "answer", 1)]
    [InlineData("4", "answer", 0)]
    [InlineData("<answer>4", "answer", 0)]
    [InlineData("x\n```json\n4\n```\ny 5", "```json", 1)]
    [InlineData("```\n5\n```\n```json\n4\n```", "```", 1)]
    [InlineData("```csharp\n4\n```", "```json", 0)]
    [InlineData("```json\n4", "```json", 0)]
    public void A_verifier_reads_the_part_that_it_is_told_to(string completion, string part, double expected) =>
        Assert.Equal(expected, Samples.Score($$"""{"type":"exact","within":"{{part}}"}""", Samples.Of(completion, "4")));

    [Fact]
    public void A_failure_within_a_part_is_that_of_its_sample()
    {
        var reward = new PartialReward(SampleReward.Of("x", sample => sample.Completion == "2" ? throw new FormatException() : 1), "a");
        var failure = Assert.Throws<RewardBatchException>(
            () => reward.Score([Samples.Of("none"), Samples.Of("<a>1</a>"), Samples.Of("<a>2</a>")], CancellationToken.None));
        Assert.Equal([2], failure.Failures.Keys);
        Assert.Equal([0, 1], failure.Scores.Take(2));
    }

    [Theory]
    [InlineData("length", "maxTokens: found no limit at all; expected at least one of minTokens, maxTokens, minCharacters, maxCharacters.")]
    [InlineData("""{"type":"length","minTokens":5,"maxTokens":4}""", "minTokens: found 5; expected at most 4, the value of maxTokens.")]
    [InlineData("""{"type":"length","maxTokens":-1}""", "maxTokens: found -1; expected a whole number of at least 0.")]
    [InlineData("""{"type":"length","maxTokns":5}""", "found the unknown setting \"maxTokns\"; expected \"maxTokens\", perhaps.")]
    [InlineData("""{"type":"length","maxTokens":5,"within":"answer"}""", "found the unknown setting \"within\"")]
    [InlineData("softOverlong", "maxTokens: found nothing; expected a whole number of at least 1.")]
    [InlineData(
        """{"type":"softOverlong","maxTokens":4,"bufferTokens":5}""", "bufferTokens: found 5; expected at most 4, the value of maxTokens.")]
    [InlineData("""{"type":"repetition","size":0}""", "size: found 0; expected a whole number of at least 1.")]
    [InlineData("""{"type":"repetition","unit":"letters"}""", "expected one of \"words\", \"tokens\"")]
    [InlineData("regex", "pattern: found nothing; expected a regular expression.")]
    [InlineData("""{"type":"regex","pattern":"("}""", "pattern: found a pattern that cannot be used (")]
    [InlineData("""{"type":"regex","pattern":"(a)\\1"}""", "expected a regular expression without look-around and back-references.")]
    [InlineData("""{"type":"format","tags":[]}""", "tags: found none; expected at least one tag, without duplicates.")]
    [InlineData("""{"type":"format","tags":["a","a"]}""", "tags: found a, a; expected at least one tag, without duplicates.")]
    [InlineData("""{"type":"format","tags":["<a>"]}""", "tags: found [\"<a>\"]; expected a list of tag names without brackets.")]
    [InlineData("""{"type":"format","tags":3}""", "tags: found 3; expected a list of tag names without brackets.")]
    public void What_a_part_cannot_be_is_said(string reward, string message) =>
        Assert.Contains(message, Samples.Refusal(reward), StringComparison.Ordinal);

    private static double Graded(int most, int length) =>
        Samples.Score($$"""{"type":"length","maxTokens":{{most}},"graded":true}""", Samples.Of("x", tokens: length));
}
