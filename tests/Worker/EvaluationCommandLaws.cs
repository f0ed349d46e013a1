using System.Globalization;

namespace RlCore.Worker.Tests;

/// <summary>eval: what it measures, and the file that says it prompt by prompt.</summary>
public class EvaluationCommandLaws
{
    [Fact]
    public async Task Each_measure_has_a_line_with_its_interval_and_each_prompt_a_row()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        string table = session.In(Path.Combine("results", "prompts.csv"));
        string[] command =
        [
            "eval", "--model", session.Out, "--data", session.In("eval.csv"), "--samples", "8", "--output", table, "--quiet",
        ];
        Ending ending = await Session.RunAsync(command);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string[] lines = ending.Output.TrimEnd().Split(Environment.NewLine);
        Assert.StartsWith("accuracy of step-5 on 2 prompts, 8 samples each at temperature 1", lines[0], StringComparison.Ordinal);
        Assert.Equal(["greedy", "mean@8", "pass@2", "pass@4", "pass@8", "maj@4", "maj@8"], lines[1..^1].Select(line => line.Split(' ')[0]));
        Assert.All(lines[1..^1], line => Assert.Matches(@"^[a-z@0-9]+ +[0-9]+\.[0-9] %  95 % interval [0-9.]+ % to [0-9.]+ %$", line));
        Assert.Equal($"2 prompts written to {table}", lines[^1]);
        string[][] rows = [.. File.ReadAllLines(table).Select(line => line.Split(','))];
        Assert.Equal(["prompt", "answer", "greedy", "greedy_right", "samples", "samples_right", "majority", "majority_right"], rows[0]);
        Assert.Equal(["3+3=", "4+3="], rows[1..].Select(row => row[0]));
        double mean = rows[1..].Average(row => double.Parse(row[5], CultureInfo.InvariantCulture) / 8);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.0} %"), lines[2], StringComparison.Ordinal);
        byte[] written = File.ReadAllBytes(table);
        Assert.Equal(0, (await Session.RunAsync([.. command, "--threads", "1"])).ExitCode);
        Assert.Equal(written, File.ReadAllBytes(table));
    }

    [Fact]
    public async Task A_second_attempt_has_measures_and_is_refused_where_it_has_no_room()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        string[] command = ["eval", "--model", session.Out, "--data", session.In("eval.csv"), "--samples", "4", "--quiet"];
        Ending ending = await Session.RunAsync([.. command, "--max-tokens", "1", "--second-prompt", "{prompt}{answer}"]);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Equal(
            ["greedy", "mean@4", "pass@2", "pass@4", "maj@4", "second_greedy", "second_mean@4"],
            ending.Output.TrimEnd().Split(Environment.NewLine)[1..].Select(line => line.Split(' ')[0]));
        foreach ((string[] options, string message) in new (string[], string)[]
        {
            (["--second-prompt", "{answer}"], "error: --max-tokens: found 0, with a second attempt; expected the most tokens of each"),
            (
                ["--max-tokens", "1", "--second-prompt", "{prompt}"],
                "error: --second-prompt: found \"{prompt}\"; expected a prompt with {answer}"),
            (
                ["--max-tokens", "1", "--second-prompt", "{answer}", "--second-prompt-when-right", "{answer}Ω"],
                "error: --second-prompt-when-right: found 'Ω' (U+03A9) in \"{answer}Ω\"; expected characters of the model's"),
            (["--second-prompt-when-right", "{answer}"], "error: --second-prompt-when-right: found a prompt without --second-prompt"),
            (["--max-tokens", "3", "--second-prompt", "{answer}"], $"error: {session.In("eval.csv")}"),
        })
        {
            Ending refused = await Session.RunAsync([.. command, .. options]);
            Assert.Equal(2, refused.ExitCode);
            Assert.StartsWith(message, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_table_that_cannot_be_written_is_told_before_the_model_is_read()
    {
        using var session = new Session();
        string file = session.In("eval.csv");
        foreach ((string output, string message) in new[]
        {
            (Path.Combine(file, "prompts.csv"), $"error: --output: found {Path.Combine(file, "prompts.csv")}, which cannot be written ("),
            (session.Path, $"error: --output: found the folder {session.Path}; expected a file name."),
        })
        {
            Ending ending = await Session.RunAsync("eval", "--model", "nowhere", "--data", file, "--output", output);
            Assert.Equal(2, ending.ExitCode);
            Assert.StartsWith(message, ending.Error, StringComparison.Ordinal);
            Assert.Single(ending.Error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task The_run_keeps_every_measure_of_every_evaluation()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        string[] lines = File.ReadAllLines(Path.Combine(session.Out, "evaluations.csv"));
        Assert.Equal(
            "global_step,label,prompts,samples,seconds,greedy,greedy/low,greedy/high,"
                + "mean@2,mean@2/low,mean@2/high,pass@2,pass@2/low,pass@2/high",
            lines[0]);
        Assert.Equal(["0,before", "3,sft", "5,grpo"], lines[1..].Select(line => string.Join(',', line.Split(',')[..2])));
        string summary = File.ReadAllText(Path.Combine(session.Out, "summary.json"));
        Assert.Contains("\"name\": \"pass@2\"", summary, StringComparison.Ordinal);
    }
}
