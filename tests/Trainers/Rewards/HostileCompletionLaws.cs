using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Any completion is a score: never an exception, and never more work than a constant for each of its characters.</summary>
public class HostileCompletionLaws
{
    private const string Recursive =
        """{"type":["array","object"],"items":{"oneOf":[{"$ref":"#"},{"$ref":"#"},{"type":"number"}]},"additionalProperties":"""
            + """{"anyOf":[{"$ref":"#"},{"$ref":"#"}]},"uniqueItems":true}""";

    private static readonly string[] Rewards =
    [
        "exact", "numeric", "expression", "json", "jsonEqual", "format", "repetition",
        """{"type":"jsonSchema","schemaColumn":"shape"}""",
        """{"type":"numeric","within":"answer"}""",
        """{"type":"expression","within":"```"}""",
        """{"type":"regex","pattern":"(a|aa)+$"}""",
    ];

    // Each is the worst of some reader: what it looks for, over and over.
    private static readonly Dictionary<string, Func<int, string>> Texts = new(StringComparer.Ordinal)
    {
        ["boxes that stay open"] = n => Repeat(@"\boxed{", n),
        ["boxes in boxes"] = n => Repeat(@"\boxed{", n / 2) + Repeat("}", n / 2),
        ["boxes side by side"] = n => Repeat(@"\boxed{1},", n),
        ["open brackets"] = n => Repeat("[", n),
        ["brackets in brackets"] = n => Repeat("[", n / 2) + Repeat("]", n / 2),
        ["objects in objects"] = n => Repeat("{\"a\":", n / 2) + "1" + Repeat("}", n / 2),
        ["formulas that stay open"] = n => Repeat(@"\(", n) + "\n" + @"\)",
        ["dollars"] = n => Repeat("$", n),
        ["dollars and lines"] = n => Repeat("$a\n", n),
        ["formulas"] = n => Repeat("$1$, ", n),
        ["line breaks of another kind"] = n => "The answer is: 1" + Repeat("\r", n) + "x",
        ["a final answer and white space"] = n => "final answer is" + Repeat("\v", n) + "I hop",
        ["final answers"] = n => Repeat("final answer is 1 ", n),
        ["a sum and white space"] = n => "it is = 1" + Repeat("\u0085", n) + "x",
        ["formulas far apart"] = n => "$1$" + Repeat("\f", n) + "$2$",
        ["spaces of LaTeX"] = n => "answer: 1" + Repeat(@"\;", n) + "x",
        ["quotes and blanks"] = n => "answer: 1" + Repeat("` ", n) + "x",
        ["digits"] = n => Repeat("7", n),
        ["numbers"] = n => Repeat("1,2 3.4-5/6 ", n),
        ["thousands"] = n => "1" + Repeat(",000", n),
        ["powers"] = n => "2" + Repeat("^2", n),
        ["huge powers"] = n => Repeat("9^9999 ", n),
        ["fractions"] = n => Repeat(@"\frac{1}{2}", n),
        ["fractions in fractions"] = n => Repeat(@"\frac{", n),
        ["factors of ten"] = n => "answer: " + Repeat(@"1\times ", n),
        ["operators"] = n => "answer: " + Repeat("1+", n),
        ["words"] = n => "answer: 5 " + Repeat("apples ", n),
        ["text"] = n => "answer: 5" + Repeat(@"\text{a ", n),
        ["answers"] = n => Repeat("answer:", n),
        ["lines"] = n => Repeat("####\n", n),
        ["tags"] = n => Repeat("<answer>", n) + Repeat("</answer>", n),
        ["fences"] = n => Repeat("```\n", n),
        ["a half of a surrogate pair"] = n => Repeat("\ud800", n),
        ["an escaped half"] = n => "{\"" + Repeat("\\ud800", n) + "\":1}",
        ["escaped halves"] = n => "[" + Repeat("\"\\udc00\",", n) + "1]",
        ["a large exponent"] = _ => "{\"a\":1e9999999999}",
        ["a long exponent"] = n => "[1e" + Repeat("9", n) + "]",
        ["a long number"] = n => "[" + Repeat("9", n) + "]",
        ["items"] = n => "[" + string.Join(',', Enumerable.Range(0, n / 8)) + "]",
        ["names"] = n => "{" + string.Join(',', Enumerable.Range(0, n / 8).Select(i => $"\"{i}\":1")) + "}",
        ["letters"] = n => Repeat("a", n) + "b",
        ["NUL"] = n => Repeat("\0", n),
        ["sets"] = n => @"\boxed{" + Repeat(@"\{1,", n / 2),
        ["matrices"] = n => "$" + Repeat(@"\begin{pmatrix}", n) + "$",
    };

    public static TheoryData<string> Kinds => [.. Texts.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_hostile_text_is_a_score(string kind)
    {
        foreach (string reward in Rewards)
        {
            Assert.InRange(Score(reward, Texts[kind](100_000)), -1, 1);
        }
    }

    /// <summary>A bug that looks again at what was seen makes this grow with the square: 50 times as much at these lengths.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_text_costs_more_than_a_constant_for_each_character(string kind)
    {
        foreach (string reward in Rewards)
        {
            string text = Texts[kind](100_000);
            long work = VerifierWork.Of(() => Score(reward, text));
            Assert.True(
                work <= (64L * text.Length) + 10_000, $"{reward} looked at {work} characters of a text of {text.Length}.");
        }
    }

    [Fact]
    public void Every_verifier_counts_its_work() => Assert.All(Rewards, reward => Assert.InRange(
        VerifierWork.Of(() => Score(reward, "<answer>\n```\n12\n```\n</answer>")), 1, 10_000));

    [Fact]
    public void Any_text_is_a_score() => Laws.Hold(
        from reward in Gen.Elements(Rewards)
        from parts in Gen.Elements(Parts).ListOf()
        select (reward, text: string.Concat(parts)),
        c => Score(c.reward, c.text) is >= -1 and <= 1);

    [Fact]
    public void Cleaned_texts_have_no_long_runs_of_white_space() => Laws.Hold(
        Gen.Elements(" ", "\t", "\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u00a0", "x", "\u200b", "`", @"\;", "**").ListOf()
            .Select(parts => string.Concat(parts)),
        text => LongestRun(AnswerText.Clean(text)) <= 4 && LongestRun(NumberText.Simplify(AnswerText.Clean(text))) <= 4);

    [Fact]
    public void References_may_be_longer_than_the_stack()
    {
        const int Length = 30_000;
        string schema = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
            + string.Concat(Enumerable.Range(0, Length).Select(i => $"\"d{i}\":{{\"$ref\":\"#/$defs/d{i + 1}\"}},"))
            + $"\"d{Length}\":{{\"type\":\"number\"}}}}}}";
        Assert.Equal(1, Schema(schema, "1"));
        Assert.Equal(0, Schema(schema, "\"1\""));
        string circle = schema.Replace("{\"type\":\"number\"}", "{\"$ref\":\"#\"}", StringComparison.Ordinal);
        Assert.False(JsonSchema.TryRead(circle, out _, out var found));
        Assert.Equal("a schema that refers to itself for the same value", Assert.Single(found).Found);
    }

    [Theory]
    [InlineData("""{"pattern":"\ud800"}""")]
    [InlineData("""{"type":"\ud800"}""")]
    [InlineData("""{"required":["\ud800"]}""")]
    [InlineData("""{"properties":{"\ud800":{}}}""")]
    [InlineData("""{"$ref":"\ud800"}""")]
    [InlineData("""{"title":"\ud800"}""")]
    public void A_schema_with_half_of_a_surrogate_pair_is_refused(string schema)
    {
        Assert.False(JsonSchema.TryRead(schema, out _, out var problems));
        Assert.NotEmpty(Assert.Single(problems).Found);
    }

    [Fact]
    public void A_schema_that_is_no_Unicode_is_refused()
    {
        Assert.False(JsonSchema.TryRead("{\"const\":\"\ud800\"}", out _, out var problems));
        Assert.StartsWith("text that is not JSON", Assert.Single(problems).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_with_a_number_that_is_not_read_is_refused()
    {
        Assert.False(JsonSchema.TryRead($"{{\"minimum\":1e{Repeat("9", 5000)}}}", out _, out var problems));
        Assert.StartsWith("a number that is not read", Assert.Single(problems).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void What_passes_the_limit_of_work_scores_0_and_is_counted()
    {
        string branches = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"{{\"minimum\":{i + 1}}}").Append("{\"maximum\":0}"));
        var fields = new Dictionary<string, string> { ["shape"] = $"{{\"items\":{{\"anyOf\":[{branches}]}}}}" };
        RewardSettings[] settings =
        [
            new RewardSettings.Numeric(),
            new RewardSettings.JsonSchema { SchemaColumn = "shape" },
            new RewardSettings.JsonSchema { SchemaColumn = "shape", Name = "inner", Within = "answer" },
            new RewardSettings.Numeric { Name = "within", Within = "answer" },
        ];
        using RewardSum sum = RewardSum.Create(settings, RewardErrors.Stop, new RewardContext());
        string heavy = $"[{string.Join(',', Enumerable.Repeat("0", 2000))}]";
        string[] texts = [heavy, "[3000]", $"<answer>{heavy}</answer>"];
        RewardSample[] batch = [.. texts.Select(text => Samples.Of(text, "1", fields: fields))];
        RewardScores scores = sum.ScoreParts(batch, CancellationToken.None);
        Assert.Equal([0, 1, 0], scores.Parts[1].Scores);
        Assert.Equal([0, 1, 1, 0], scores.Parts.Select(part => part.Undecided));
        Assert.Equal(
            [("rewards/jsonSchema/undecided", 1.0 / 3), ("rewards/inner/undecided", 1.0 / 3)],
            RolloutMetrics.Of(new Rollout(batch, 1, scores), new RewardReporting(Failures: false))
                .Where(metric => metric.Key.EndsWith("undecided", StringComparison.Ordinal)).Select(metric => (metric.Key, metric.Value)));

        // Each batch is counted anew.
        Assert.Equal([0, 0, 0, 0], sum.ScoreParts(batch[1..2], CancellationToken.None).Parts.Select(part => part.Undecided));
    }

    [Theory]
    [InlineData("\"jsonSchema\", \"schemaColumn\": \"shape\"", true)]
    [InlineData("\"json\"", false)]
    public void A_run_has_a_column_for_what_a_limit_refused_where_there_is_a_limit(string reward, bool has) => Assert.Equal(
        has,
        RecipeMetrics.Of(RecipeReader.Parse(
            $$"""
            {"characters":"ab","stages":[{"type":"grpo","data":"d.csv","steps":1,"rewards":[{"type":{{reward}},"name":"x"}]}]}
            """,
            "r.json",
            [])).Contains("rewards/x/undecided"));

    private static readonly string[] Parts =
    [
        "{", "}", "[", "]", "\"", ",", ":", "1", "e", "9", ".", "-", "\\", @"\boxed{", @"\frac", "$", @"\(", @"\)", "####", "answer:", "\n",
        " ", "\ud800", "\\ud800", "<answer>", "</answer>", "```", "^", "_", "=", @"\sqrt", @"\begin{matrix}", "&", @"\\", "%", "½", "x",
    ];

    private static double Score(string reward, string text) => Samples.Score(
        reward, Samples.Of(text, "1", fields: new Dictionary<string, string> { ["shape"] = Recursive }));

    private static double Schema(string schema, string text) => Samples.Score(
        """{"type":"jsonSchema","schemaColumn":"shape"}""",
        Samples.Of(text, fields: new Dictionary<string, string> { ["shape"] = schema }));

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (char c in text)
        {
            run = char.IsWhiteSpace(c) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    // About as many characters as are asked for.
    private static string Repeat(string part, int length)
    {
        var text = new StringBuilder(length);
        while (text.Length < length)
        {
            text.Append(part);
        }

        return text.ToString();
    }
}
