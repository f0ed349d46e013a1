using System.Globalization;
using System.Text.RegularExpressions;
using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>The worked thoughts that come with the repository are right, but for the slips that they take back.</summary>
public sealed partial class ThinkLaws
{
    private const int Digits = 5;

    private static readonly string Folder = Path.Combine(Repository.Root, "data", "think");

    [Fact]
    public void Every_step_is_a_column_with_its_carry_and_every_slip_is_taken_back()
    {
        int slips = 0, steps = 0;
        foreach (Demonstration row in Dataset.LoadDemonstrations(Path.Combine(Folder, "cold.csv"), new DatasetChecks()))
        {
            var (a, b) = Terms(row.Prompt);
            int place = 0, carry = 0;
            foreach (Match step in Step().Matches(row.Completion[..row.Completion.IndexOf('#', StringComparison.Ordinal)]))
            {
                int sum = int.Parse(step.Groups["sum"].Value, CultureInfo.InvariantCulture);
                Assert.Equal($"{"abcde"[place]}{DigitOf(a, place)}+{DigitOf(b, place)}+{carry}", step.Groups["terms"].Value);
                int right = DigitOf(a, place) + DigitOf(b, place) + carry;
                bool isSlip = step.Groups["end"].Value == "?";
                Assert.Equal(isSlip, sum != right);
                steps++;
                slips += isSlip ? 1 : 0;
                (place, carry) = isSlip ? (place, carry) : (place + 1, right / 10);
            }

            Assert.Equal(Digits, place);
            Assert.EndsWith($";#{(a + b).ToString("D6", CultureInfo.InvariantCulture)}", row.Completion, StringComparison.Ordinal);
            Assert.Matches(@"^([a-e]\d\+\d\+\d=\d\d[;?])+#\d{6}$", row.Completion);
        }

        Assert.InRange(slips / (double)steps, 0.04, 0.07);
    }

    [Fact]
    public void First_attempts_slip_now_and_then_and_second_ones_are_right_whatever_they_have_read()
    {
        List<Demonstration> cold = Demonstrations("cold.csv"), twice = Demonstrations("twice.csv");
        Assert.Equal(2 * cold.Count, twice.Count);
        int slips = 0, right = 0;
        for (int i = 0; i < cold.Count; i++)
        {
            var (a, b) = Terms(cold[i].Prompt);
            Demonstration first = twice[2 * i], second = twice[(2 * i) + 1];
            Assert.Equal(cold[i].Prompt, first.Prompt);
            slips += SlipsOf(first.Completion, a, b);
            Assert.StartsWith(cold[i].Prompt, second.Prompt, StringComparison.Ordinal);
            string read = second.Prompt[cold[i].Prompt.Length..^1];
            int wrong = SlipsOf(read, a, b);
            Assert.Equal(wrong == 0 ? '.' : '!', second.Prompt[^1]);
            Assert.InRange(wrong, 0, 1);
            right += wrong == 0 ? 1 : 0;
            string sum = $"#{(a + b).ToString("D6", CultureInfo.InvariantCulture)}";
            Assert.EndsWith(sum, second.Completion, StringComparison.Ordinal);
            Assert.True(wrong == 0 ? second.Completion == sum : SlipsOf(second.Completion, a, b) == 0);
        }

        Assert.Equal(cold.Count / 2, right);
        Assert.InRange(slips / (double)(Digits * cold.Count), 0.08, 0.12);
    }

    // Columns whose sum is wrong, in a thought that is worked out from there.
    private static int SlipsOf(string thought, int a, int b)
    {
        Assert.Matches(@"^([a-e]\d\+\d\+\d=\d\d;){5}#\d{6}$", thought);
        int carry = 0, slips = 0;
        string digits = "";
        foreach (Match step in Step().Matches(thought))
        {
            int place = digits.Length, sum = int.Parse(step.Groups["sum"].Value, CultureInfo.InvariantCulture);
            Assert.Equal($"{"abcde"[place]}{DigitOf(a, place)}+{DigitOf(b, place)}+{carry}", step.Groups["terms"].Value);
            slips += sum == DigitOf(a, place) + DigitOf(b, place) + carry ? 0 : 1;
            carry = sum / 10;
            digits = $"{sum % 10}{digits}";
        }

        Assert.EndsWith($"#{carry}{digits}", thought, StringComparison.Ordinal);
        return slips;
    }

    [Fact]
    public void No_file_has_a_question_of_another_and_every_answer_is_right()
    {
        var seen = new HashSet<(int, int)>();
        foreach (string file in (string[])["eval.csv", "questions.csv", "prompts.csv"])
        {
            foreach (Question row in Dataset.LoadQuestions(Path.Combine(Folder, file), new DatasetChecks()))
            {
                var (a, b) = Terms(row.Prompt);
                Assert.True(seen.Add((Math.Min(a, b), Math.Max(a, b))), row.Prompt);
                Assert.Equal((a + b).ToString(CultureInfo.InvariantCulture), row.Answer);
            }
        }

        var cold = Demonstrations("cold.csv");
        var direct = Demonstrations("direct.csv");
        Assert.Equal(cold.Select(row => row.Prompt), direct.Select(row => row.Prompt));
        Assert.Equal(
            cold.Select(row => row.Completion[row.Completion.IndexOf('#', StringComparison.Ordinal)..]),
            direct.Select(row => row.Completion));
        foreach (Demonstration row in cold)
        {
            var (a, b) = Terms(row.Prompt);
            Assert.True(seen.Add((Math.Min(a, b), Math.Max(a, b))), row.Prompt);
        }
    }

    private static List<Demonstration> Demonstrations(string file) =>
        [.. Dataset.LoadDemonstrations(Path.Combine(Folder, file), new DatasetChecks())];

    private static (int A, int B) Terms(string prompt)
    {
        Match match = Sum().Match(prompt);
        Assert.True(match.Success, prompt);
        int[] terms = [.. match.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))];
        return (terms[0], terms[1]);
    }

    private static int DigitOf(int number, int place) => number / (int)Math.Pow(10, place) % 10;

    [GeneratedRegex(@"^(\d{5})\+(\d{5})=$")]
    private static partial Regex Sum();

    [GeneratedRegex(@"(?<terms>[a-e]\d\+\d\+\d)=(?<sum>\d\d)(?<end>[;?])")]
    private static partial Regex Step();
}
