using System.Diagnostics;
using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

public class ExpressionLaws
{
    // docs/rewards.md says why.
    private static readonly int[] Departures = [175];

    private static readonly string[] Atoms = ["x", "y", "2", "3", "7", @"\pi", @"\sqrt{2}", @"\sqrt{3}", "a_1", "0.5", @"\frac{1}{3}", "n"];

    public static TheoryData<string, string, int, int> Cases => new(CaseFile.Rows("expressions.json").Select(row => (
        row[0]!,
        row[1]!,
        int.Parse(row[2]!, CultureInfo.InvariantCulture),
        row.Length > 3 ? int.Parse(row[3]!, CultureInfo.InvariantCulture) : 6)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_answer_is_right_if_it_is_the_same_mathematics(string answer, string completion, int expected, int precision) =>
        Assert.Equal(
            expected,
            Samples.Score($$"""{"type":"expression","precision":{{precision}}}""", Samples.Of(completion, answer)));

    [Fact]
    public void The_cases_of_Math_Verify_are_judged_as_there_with_stated_departures()
    {
        MathVerifyCase[] cases = CaseFile.MathVerify();
        int[] others = [.. cases.Where(row => Score(row.Gold, row.Prediction, row.Precision) != row.Expected).Select(row => row.Index)];
        Assert.Equal(Departures, others);
        Assert.DoesNotContain(others, index => cases[index].Expected == 0);
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "rewards.md"));
        Assert.Contains($"{cases.Length - others.Length} of {cases.Length}", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_is_itself_however_it_is_rewritten() => Laws.Hold(
        from items in Gen.ArrayOf(Gen.Elements(Atoms), 5)
        from factor in Gen.Choose(2, 9)
        from way in Gen.Choose(0, 9)
        select (items, factor, way),
        c =>
        {
            string[] i = c.items;
            string written = $@"\frac{{{i[0]} + {i[1]}{Times(i[2])}}}{{{i[3]} + 11}} - {i[4]}";
            string rewritten = c.way switch
            {
                0 => $@"\dfrac{{{i[0]}+{i[1]}{Times(i[2])}}}{{{i[3]}+11}}-{i[4]}",
                1 => $@"-{i[4]} + \frac{{{i[2]}{Times(i[1])} + {i[0]}}}{{11 + {i[3]}}}",
                2 => $@"\frac{{{c.factor}\left({i[0]} + {i[1]}{Times(i[2])}\right)}}{{{c.factor}({i[3]} + 11)}} - {i[4]}",
                3 => $@"\left( \frac{{ {i[0]} \, + \; {i[1]} {Times(i[2])} }}{{ {i[3]} + 11 }} \right) - \left({i[4]}\right)",
                4 => $@"((({i[0]} + {i[1]}{Times(i[2])})))/({i[3]} + 11) - {i[4]}",
                5 => $@"\frac{{{i[0]}}}{{{i[3]} + 11}} + \frac{{{i[1]}{Times(i[2])}}}{{{i[3]} + 11}} - {i[4]}",
                6 => $@"\frac{{{i[0]} + {i[1]}{Times(i[2])} - {i[4]}({i[3]} + 11)}}{{{i[3]} + 11}}",
                7 => $@"({i[0]} + {i[1]}{Times(i[2])})({i[3]} + 11)^{{-1}} - {i[4]}",
                8 => $@"\text{{}}\tfrac{{{i[0]}+{i[1]}{Times(i[2])}}}{{{i[3]}+11}} - {i[4]} + {c.factor} - {c.factor}",
                _ => $@"{{\frac{{{i[0]} + {i[1]}{Times(i[2])}}}{{{i[3]} + 11}}}} - {{{i[4]}}}",
            };
            return Score($"${written}$", $@"\boxed{{{rewritten}}}") == 1
                && Score($@"\boxed{{{rewritten}}}", $"So it is ${written}$.") == 1
                && Score($"${written}$", $@"\boxed{{{rewritten} + {c.factor}}}") == 0
                && Score($"${written}$", $@"\boxed{{{rewritten} + \sqrt{{5}} z}}") == 0;
        });

    [Fact]
    public void A_set_is_the_same_in_any_order_and_a_tuple_is_not() => Laws.Hold(
        from size in Gen.Choose(2, 6) from items in Gen.ArrayOf(Gen.Choose(-9, 9), size) select items,
        items =>
        {
            string forth = string.Join(", ", items);
            string back = string.Join(",", items.Reverse());
            bool isPalindrome = items.SequenceEqual(items.Reverse());
            return Score($@"$\{{{forth}\}}$", $@"\boxed{{{back}}}") == 1
                && Score($"$({forth})$", $@"\boxed{{({forth})}}") == 1
                && Score($"$({forth})$", $@"\boxed{{({back})}}") == (isPalindrome ? 1 : 0)
                && Score($@"$\{{{forth}\}}$", $@"\boxed{{{back}, 10}}") == 0;
        });

    [Fact]
    public void An_equation_is_the_same_times_a_number_and_with_its_sides_exchanged() => Laws.Hold(
        from a in Gen.Choose(1, 9)
        from b in Gen.Choose(-9, 9)
        from c in Gen.Choose(1, 9)
        from factor in Gen.Choose(1, 9)
        select (a, b, c, factor),
        n =>
        {
            string line = $"${n.a}x + {n.b} < {n.c}y$";
            return Score($"${n.a}x + {n.b} = {n.c}y$", $@"\boxed{{{n.c * n.factor}y - {n.a * n.factor}x = {n.b * n.factor}}}") == 1
                && Score($"${n.a}x + {n.b} = {n.c}y$", $@"\boxed{{{n.c}y - {n.a}x = {n.b + 1}}}") == 0
                && Score(line, $@"\boxed{{{n.c * n.factor}y > {n.a * n.factor}x + {n.b * n.factor}}}") == 1
                && Score(line, $@"\boxed{{-{n.c}y > -{n.a}x - {n.b}}}") == 0;
        });

    [Fact]
    public void A_truncated_completion_scores_nothing_and_no_answer_is_refused()
    {
        Assert.Equal(0, Samples.Score("expression", Samples.Of(@"\boxed{1}", "1", ended: false)));
        var problems = new List<string>();
        var row = new RlCore.Trainers.Datasets.Question("?", "$ $", "test.csv", 2);
        new RewardSettings.Expression().CheckRow(row, (column, found, _) => problems.Add($"{column}: {found}"));
        Assert.Equal(["answer: \"$ $\""], problems);
        new RewardSettings.Expression().CheckRow(row with { Answer = "any words" }, (_, _, _) => problems.Add("no"));
        Assert.Single(problems);
    }

    [Theory]
    [InlineData(@"\boxed{\frac{2}{4}}", "1/2")]
    [InlineData(@"\boxed{x = 0.5}", "1/2")]
    [InlineData("#### 50%", "1/2")]
    [InlineData(@"\boxed{b + a}", "+[a b]")]
    [InlineData(@"\boxed{\text{Yes}}", "\"Yes\"")]
    [InlineData("no value in prose", "")]
    [InlineData(@"\boxed{\unknown{x}}", @"\unknown{x}")]
    public void Completions_vote_by_the_value_of_their_answers(string completion, string expected)
    {
        var reward = new ExpressionAnswer(new RewardSettings.Expression());
        Assert.Equal(expected.Length > 0, reward.TryReadAnswer(completion, out string answer));
        Assert.Equal(expected, answer);
    }

    // Expressions of every kind, damaged at random. The limit is many times what the slowest takes.
    [Fact]
    public void No_text_makes_the_readers_fail_or_stall()
    {
        string[] texts = [.. CaseFile.Rows("expressions.json").Concat(CaseFile.Rows("numeric.json")).SelectMany(row => row.Take(2))
            .OfType<string>().Where(text => text.Length < 300)];
        Parallel.For(0, 16, part =>
        {
            var random = new Random(part);
            for (int i = 0; i < 100_000 / 16; i++)
            {
                string text = Damaged(texts, random);
                long start = Stopwatch.GetTimestamp();
                NumberText.TryReadFinal(text, out _);
                ExpressionText answer = ExpressionText.ReadAnswer(text);
                ExpressionText given = ExpressionText.ReadFinal(text);
                answer.IsAnsweredBy(given, 6);
                ExpressionText.ReadAnswer(texts[random.Next(texts.Length)]).IsAnsweredBy(given, 6);
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), text);
            }
        });
    }

    [Theory]
    [InlineData(@"\boxed{")]
    [InlineData(@"\boxed{1}")]
    [InlineData("1,")]
    [InlineData("9")]
    [InlineData("$1")]
    [InlineData(@"\(")]
    [InlineData("final answer is ")]
    [InlineData(@"\frac12")]
    [InlineData("1 234,")]
    [InlineData("{")]
    [InlineData("x=")]
    [InlineData("1%")]
    [InlineData("- 1\n")]
    [InlineData(@"\text{a}")]
    public void The_time_of_a_long_text_grows_with_its_length_alone(string unit)
    {
        foreach (string frame in new[] { "{0}", @"\boxed{{{0}}}", "#### {0}", "The answer is {0}" })
        {
            string text = string.Format(CultureInfo.InvariantCulture, frame, new StringBuilder().Insert(0, unit, 200_000 / unit.Length));
            long start = Stopwatch.GetTimestamp();
            NumberText.TryReadFinal(text, out _);
            ExpressionText.ReadAnswer(text).IsAnsweredBy(ExpressionText.ReadFinal(text), 6);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), frame);
        }
    }

    // 2x and x·2, but 7·2 and 2·7.
    private static string Times(string factor) => $@" \cdot {factor}";

    private static int Score(string answer, string completion, int precision = 6) =>
        ExpressionText.ReadAnswer(answer).IsAnsweredBy(ExpressionText.ReadFinal(completion), precision) ? 1 : 0;

    private static string Damaged(string[] texts, Random random)
    {
        const string Letters = "0123456789.,;:-+*/^_(){}[]|\\$%&=<>≤ xyzabefiπ√½²\n'\"#";
        string[] pieces =
        [
            @"\frac", @"\sqrt", @"\boxed{", "^{", "_{", @"\left(", @"\cup", @"\pm", @"\text{", @"\begin{pmatrix}", @"\\", "####", "10^",
            "!", "\ud800",
        ];
        var text = new StringBuilder(texts[random.Next(texts.Length)]);
        for (int times = random.Next(1, 12); times > 0; times--)
        {
            int at = random.Next(text.Length + 1);
            int length = Math.Min(random.Next(1, 40), text.Length - at);
            _ = random.Next(5) switch
            {
                0 => text.Remove(at, Math.Min(length, 6)),
                1 => text.Insert(at, Letters[random.Next(Letters.Length)]),
                2 => text.Insert(at, pieces[random.Next(pieces.Length)]),
                3 => text.Insert(at, text.ToString(at, length), 3),
                _ => text.Append(texts[random.Next(texts.Length)]),
            };
        }

        return text.ToString();
    }
}
