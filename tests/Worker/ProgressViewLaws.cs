using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Worker.Commands;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;
using Spectre.Console;

namespace RlCore.Worker.Tests;

/// <summary>What progress leaves on a terminal, and what pages look like on a narrow one.</summary>
public class ProgressViewLaws
{
    [Theory]
    [InlineData(110)]
    [InlineData(80)]
    [InlineData(60)]
    public void Each_task_has_one_line_and_a_notice_leaves_no_other_behind(int width)
    {
        var screen = new Screen(width);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = width;
        var outputs = new Outputs(screen, TextWriter.Null);
        var view = new ProgressView(outputs, TimeProvider.System, console);
        const string Notice = "Stopping after the step in progress, with a checkpoint. Press Ctrl+C again to stop immediately.";
        view.Watch(observer =>
        {
            observer.StepFinished(new StepMetrics(
                "grpo",
                30,
                60,
                [new(MetricNames.Reward, 0.5), new(MetricNames.Entropy, 0.25), new(MetricNames.TokensPerSecond, 123_456)]));
            screen.Await("grpo 30/60");
            outputs.Notice(Notice);
            observer.Evaluated(new EvaluationResult("before the first stage", 500, 8, 12.5)
            {
                Measures = [new Measure(EvaluationMeasures.Greedy, 0.5, 0.4, 0.6), new Measure(EvaluationMeasures.Mean(8), 0.5, 0.4, 0.6)],
            });
            return 0;
        });
        string[] lines = screen.Lines();
        Assert.Equal(Notice, string.Join(' ', lines.TakeWhile(line => line.Length > 0)));
        string[] bars = [.. lines.SkipWhile(line => line.Length > 0).Where(line => line.Length > 0)];
        Assert.Equal(2, bars.Length);
        Assert.StartsWith("grpo 30/60  reward 0.500", bars[0], StringComparison.Ordinal);
        Assert.Contains(" 50%", bars[0], StringComparison.Ordinal);
        Assert.Matches("^accuracy before the first stage.* 100%$", bars[1]);
        Assert.Equal(width >= 110, bars[0].Contains("123,456 tokens/s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("grpo 3/9  reward 0.100  entropy 2.000", 37, "grpo 3/9  reward 0.100  entropy 2.000")]
    [InlineData("grpo 3/9  reward 0.100  entropy 2.000", 36, "grpo 3/9  reward 0.100")]
    [InlineData("accuracy sft: greedy 1.0 %, mean of 8 samples 2.0 %", 40, "accuracy sft: greedy 1.0 %")]
    [InlineData("checking preferences.csv", 10, "checking …")]
    public void A_description_has_the_parts_that_there_is_room_for(string text, int room, string shown) =>
        Assert.Equal(shown, Wording.Fit(text, room));

    [Fact]
    public void Help_fits_a_narrow_terminal_and_its_commands_can_still_be_pasted()
    {
        const string Text = """
            Examples:
              rlcore train grpo --data data/arithmetic/prompts.csv --model runs/quickstart --steps 50

            It prints the number of rows, their lengths, repeated rows and prompts, and the range of
            rewards and margins; then a line for each cell.
              prompt,chosen,rejected[,margin]       preferences  two completions, the better first
            """;
        string[] lines = [.. HelpText.Wrap(Text, 60)];
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 60));
        Assert.Equal(
            [
                "Examples:",
                "  rlcore train grpo --data data/arithmetic/prompts.csv \\",
                "    --model runs/quickstart --steps 50",
                "",
                "It prints the number of rows, their lengths, repeated rows",
                "and prompts, and the range of rewards and margins; then a",
                "line for each cell.",
                "  prompt,chosen,rejected[,margin]       preferences  two",
                "  completions, the better first",
            ],
            lines);
        Assert.Contains(Text.ReplaceLineEndings("\n").Split('\n')[1], HelpText.Wrap(Text, 110));
        Assert.Equal(
            "loss      The mean loss of a step.\n          [nats]\n  L = \\frac{1}{2} \\left(a + b + c + d + e\\right)\n",
            HelpText.WrapPage("loss      The mean loss of a step. [nats]\n  L = \\frac{1}{2} \\left(a + b + c + d + e\\right)\n", 36)
                .ReplaceLineEndings("\n"));
    }

    // A terminal: text, line ends, and the cursor's way up; colours and the cursor's form are left out.
    private sealed class Screen(int width) : StringWriter(CultureInfo.InvariantCulture)
    {
        public void Await(string text) => Assert.True(SpinWait.SpinUntil(() => Text().Contains(text, StringComparison.Ordinal), 20_000));

        public override void Write(char value)
        {
            lock (GetStringBuilder())
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            lock (GetStringBuilder())
            {
                base.Write(value);
            }
        }

        public string[] Lines()
        {
            var rows = new List<StringBuilder> { new() };
            int row = 0;
            int column = 0;
            foreach (Match part in Regex.Matches(Text(), "\u001b\\[([?0-9;]*)([A-Za-z])|\r|\n|[^\u001b]", RegexOptions.Singleline))
            {
                switch (part.Value)
                {
                    case "\r":
                        column = 0;
                        break;
                    case "\n":
                        (row, column) = (row + 1, 0);
                        break;
                    case ['\u001b', ..]:
                        row -= part.Groups[2].Value == "A" ? int.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
                        break;
                    default:
                        (row, column) = column == width ? (row + 1, 0) : (row, column);
                        Put(part.Value[0]);
                        column++;
                        break;
                }

                while (rows.Count <= row)
                {
                    rows.Add(new StringBuilder());
                }
            }

            return [.. rows.Select(line => line.ToString().TrimEnd())];

            void Put(char character)
            {
                while (rows.Count <= row)
                {
                    rows.Add(new StringBuilder());
                }

                rows[row].Append(' ', Math.Max(0, column + 1 - rows[row].Length));
                rows[row][column] = character;
            }
        }

        private string Text()
        {
            lock (GetStringBuilder())
            {
                return ToString();
            }
        }
    }
}
