namespace RlCore.Worker.Tests;

/// <summary>The commands about datasets.</summary>
public class DataCommandLaws
{
    [Fact]
    public async Task A_good_dataset_is_summed_up()
    {
        using var session = new Session();
        string file = session.Write("p.csv", "prompt,chosen,rejected,margin\n1+1=,2,3,0.5\n1+1=,2,44,1.5\n");
        Ending ending = await Session.RunAsync("data", "check", file);
        Assert.Equal(
            (0, "", $"""
                {file}: preferences, 2 valid rows
                  characters      min  median  p95  max  total
                  prompt            4       4    4    4      8
                  chosen            1       1    1    1      2
                  rejected          1       1    2    2      3
                  whole sequence    6       6    7    7     25
                repeated: 0 rows equal to an earlier row, 1 with the prompt of an earlier row
                margin: 0.5 to 1.5, mean 1
                its characters ("auto", the default of a recipe, takes those of all files):
                  "characters": "+1234="
                try next: {CommandName.Current} train dpo --data {file} --steps 100
                (--model DIR|org/name trains a model of yours or of a hub, not a new small one)

                """.ReplaceLineEndings()),
            (ending.ExitCode, ending.Error, ending.Output));
    }

    [Fact]
    public async Task What_training_would_refuse_is_a_line_each_after_the_sum()
    {
        using var session = new Session();
        string file = session.Write("u.csv", "prompt,completion,label\n1+1=,2,good\n,2,bad\n1+x=,3,1\n1+1=,3,maybe\n");
        Ending ending = await Session.RunAsync("data", "check", file, "--characters", "0123456789+=", "--context", "8");
        Assert.Equal(2, ending.ExitCode);
        Assert.StartsWith($"{file}: unpaired, 1 valid row", ending.Output, StringComparison.Ordinal);
        Assert.Contains("labels: 1 good, 0 bad (100.0 % good)", ending.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                $"error: {file}, row 3, column prompt: found an empty cell; expected at least one character.",
                $"error: {file}, row 4, column prompt: found 'x' (U+0078) at position 3 of \"1+x=\"; expected a character of the "
                    + "character tokenizer, 13 tokens: <eos> 0123456789+=.",
                $"error: {file}, row 5, column label: found \"maybe\"; expected true, 1 or good, or false, 0 or bad.",
            ],
            ending.Error.TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public async Task Prompts_that_the_evaluation_has_are_found()
    {
        using var session = new Session();
        session.Write("sft.csv", "prompt,completion\n1+1=,2\n3+3= ,6\n");
        Ending ending = await Session.RunAsync("data", "check", session.In("sft.csv"), "--against", session.In("eval.csv"));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains($"shared with {session.In("eval.csv")}: 1 prompt", ending.Output, StringComparison.Ordinal);
        Assert.Equal(
            $"error: {session.In("sft.csv")}, row 3, column prompt: found \"3+3= \", which is in {session.In("eval.csv")}, row 2, "
                + $"as well; expected a prompt that the other file does not have.{Environment.NewLine}",
            ending.Error);
    }

    [Fact]
    public async Task A_run_brings_its_tokenizer()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        foreach (string tokenizer in new[]
        {
            session.Out,
            Path.Combine(session.Out, "checkpoints", "step-5"),
            Path.Combine(session.Out, "checkpoints", "step-5", "tokenizer.json"),
        })
        {
            Ending ending = await Session.RunAsync("data", "check", session.In("sft.csv"), "--tokenizer", tokenizer);
            Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
            Assert.Contains("  tokens  ", ending.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("5", 2)]
    [InlineData("6", 0)]
    public async Task Rows_of_more_tokens_than_the_context_are_refused(string context, int exitCode)
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending ending = await Session.RunAsync(
            "data", "check", session.In("sft.csv"), "--tokenizer", session.Out, "--context", context);
        Assert.Equal(exitCode, ending.ExitCode);
    }

    [Fact]
    public async Task Columns_by_other_names_train_and_are_checked()
    {
        using var session = new Session();
        session.Write("sft.csv", "question,response\n1+1=,2\n1+2=,3\n");
        Assert.Equal(
            0,
            (await Session.RunAsync("data", "check", session.In("sft.csv"), "--columns", "prompt=question,completion=response")).ExitCode);
        Assert.Equal(2, (await session.TrainAsync()).ExitCode);
        Assert.Equal(
            0,
            (await session.TrainAsync(
                "--quiet", "--set", "stages.sft.columns.prompt=question", "--set", "stages.sft.columns.completion=response")).ExitCode);
    }

    [Fact]
    public async Task A_converted_file_trains()
    {
        using var session = new Session();
        string json = session.Write("in.jsonl", """{"question":"1+1=","answer":"one and one\n#### 2"}""" + "\n");
        File.Delete(session.In("prompts.csv"));
        Ending ending = await Session.RunAsync("data", "convert", json, session.In("prompts.csv"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.StartsWith(
            $"{session.In("prompts.csv")}: 1 row of prompts (prompt,answer,solution), from the layout question, "
                + $"answer{Environment.NewLine}try next: ",
            ending.Output,
            StringComparison.Ordinal);
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending again = await Session.RunAsync("data", "convert", json, session.In("prompts.csv"));
        Assert.Equal(
            (
                2,
                $"error: {session.In("prompts.csv")}: found an existing file; expected a new name, or --force to "
                    + $"overwrite it.{Environment.NewLine}"),
            (again.ExitCode, again.Error));
        Assert.Equal(0, (await Session.RunAsync("data", "convert", json, session.In("prompts.csv"), "--force", "--kind", "sft")).ExitCode);
        Assert.StartsWith("prompt,completion\n", File.ReadAllText(session.In("prompts.csv")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: --columns, promt: found the unknown setting \"promt\"; expected \"prompt\", perhaps.", "--columns", "promt=x")]
    [InlineData(
        "error: --columns: found \"prompt\"; expected role=column, each role once, such as prompt=question,completion=response.",
        "--columns", "prompt")]
    [InlineData("error: --columns: found \"prompt=b\"; expected role=column, each role once", "--columns", "prompt=a,prompt=b")]
    [InlineData(
        "columns.label: found \"x\", which sft data does not have; expected only prompt, messages, system, completion.", "--columns",
        "label=x")]
    [InlineData("error: --context: found 9 tokens, but nothing to count tokens with; expected --tokenizer DIR", "--context", "9")]
    [InlineData("error: --characters: found 'a' (U+0061) twice; expected characters, each once.", "--characters", "aa")]
    [InlineData("error: --tokenizer, --characters: found both; expected one of them.", "--characters", "a", "--tokenizer", "b")]
    [InlineData("nowhere: found no such file", "--tokenizer", "nowhere")]
    [InlineData("nowhere.csv: found no such file", "--against", "nowhere.csv")]
    [InlineData("for option '--kind'", "--kind", "best")]
    [InlineData(
        "row 1, column label: found the columns \"prompt\", \"completion\"; expected a column named \"label\".", "--kind", "unpaired")]
    public async Task A_bad_option_of_the_check_is_named(string message, params string[] options)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(["data", "check", session.In("sft.csv"), .. options]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(message, ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_files_and_files_of_no_kind_are_refused()
    {
        using var session = new Session();
        Ending missing = await Session.RunAsync("data", "check", session.In("sfd.csv"));
        Assert.Equal(
            (
                2,
                $"error: {session.In("sfd.csv")}: found no such file, only {session.In("sft.csv")}; expected a CSV "
                    + $"file.{Environment.NewLine}"),
            (missing.ExitCode, missing.Error));
        Ending strange = await Session.RunAsync("data", "check", session.Write("s.csv", "a,b\n1,2\n"));
        Assert.Equal(2, strange.ExitCode);
        Assert.Contains(
            "row 1: found the columns \"a\", \"b\"; expected prompt with completion (sft), answer (prompts),",
            strange.Error,
            StringComparison.Ordinal);
        Assert.Equal(2, (await Session.RunAsync("data", "convert", session.In("none.jsonl"), session.In("out.csv"))).ExitCode);
    }

    [Fact]
    public async Task Their_help_teaches_by_examples()
    {
        foreach (string[] args in new string[][] { ["data", "--help"], ["data", "check", "--help"], ["data", "convert", "--help"] })
        {
            Ending help = await Session.RunAsync(args);
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.Contains("Example", help.Output, StringComparison.Ordinal);
            Assert.Contains($"  rlcore data {(args.Length > 2 ? args[1] : "check")} ", help.Output, StringComparison.Ordinal);
        }
    }
}
