namespace RlCore.Worker.Tests;

/// <summary>Whatever is wrong with an input: one line a problem, that names it, and exit code 2.</summary>
public class BadInputLaws
{
    [Fact]
    public Task A_missing_dataset_is_named_in_full() => Refused(
        session => File.Delete(session.In("prompts.csv")),
        session => $"error: {Path.GetFullPath("prompts.csv")}: found no such file; expected a CSV file with the columns prompt, answer.");

    [Fact]
    public Task A_missing_column_is_named_with_those_there_are() => Refused(
        session => session.Write("sft.csv", "prompt,answer\n1+1=,2\n"),
        session => $"error: {session.In("sft.csv")}, row 1, column completion: found the columns \"prompt\", \"answer\"; expected "
            + "a column named \"completion\".");

    [Fact]
    public Task An_empty_prompt_is_named_by_row_and_column() => Refused(
        session => session.Write("sft.csv", "prompt,completion\n1+1=,2\n,3\n"),
        session => $"error: {session.In("sft.csv")}, row 3, column prompt: found an empty cell; expected at least one character.");

    [Fact]
    public Task A_character_outside_the_tokenizer_is_named_with_its_position() => Refused(
        session => session.Write("sft.csv", "prompt,completion\n1-1=,0\n"),
        session => $"error: {session.In("sft.csv")}, row 2, column prompt: found '-' (U+002D) at position 2 of \"1-1=\"; expected "
            + "a character of the character tokenizer, 13 tokens: <eos> 0123456789+=.");

    [Fact]
    public Task An_answer_that_is_no_number_is_shown() => Refused(
        session => session.Write("eval.csv", "prompt,answer\n3+3=,six\n"),
        session => $"error: {session.In("eval.csv")}, row 2, column answer: found \"six\"; expected a number, as the reward is "
            + "numeric (such as 95, -1,234.5 or 3/4).");

    [Fact]
    public Task An_unknown_recipe_key_is_answered_with_the_nearest_known_one() => Refused(
        session => session.Write("tiny.json", Session.Recipe.Replace("\"batchSize\"", "\"bathSize\"", StringComparison.Ordinal)),
        session => $"error: {session.In("tiny.json")}, stages[0].bathSize: found the unknown setting \"bathSize\"; expected "
            + "\"batchSize\", perhaps.");

    [Fact]
    public Task A_bad_setting_is_shown_as_typed() => Refused(
        _ => { },
        _ => "error: --set stages.grpo.steps=many, stages[1].steps: found \"many\"; expected a whole number of at least 1.",
        "--set",
        "stages.grpo.steps=many");

    [Fact]
    public async Task A_missing_recipe_is_answered_with_the_one_nearby()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("train", session.In("tinny.json"));
        Assert.Equal(
            (
                2,
                $"error: {session.In("tinny.json")}: found no such file, only {session.In("tiny.json")}; expected a "
                    + $"recipe.{Environment.NewLine}"),
            (ending.ExitCode, ending.Error));
    }

    [Fact]
    public async Task A_truncated_checkpoint_is_named_by_its_file()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync()).ExitCode);
        string file = Path.Combine(session.Out, "checkpoints", "step-5", "model.safetensors");
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^100]);
        foreach (string[] args in new string[][]
        {
            ["generate", "--model", session.Out, "--prompt", "1+1="],
            ["eval", "--model", session.Out, "--data", session.In("eval.csv")],
            ["train", session.In("tiny.json"), "--out", session.Out, "--resume"],
        })
        {
            Ending ending = await Session.RunAsync(args);
            Assert.Equal(2, ending.ExitCode);
            Assert.Matches(
                $"^error: {System.Text.RegularExpressions.Regex.Escape(file)}: found [0-9,]+ bytes; expected [0-9,]+ bytes, "
                    + "as manifest.json says; restore it from a copy, or use another checkpoint"
                    + $"(; or --skip-damaged, which sets this checkpoint aside and goes on from step-[0-9]+)?.{Environment.NewLine}$",
                ending.Error);
        }
    }

    [Fact]
    public async Task All_problems_of_all_files_are_told_at_once()
    {
        using var session = new Session();
        session.Write("sft.csv", "prompt,completion\n,2\n1+1=,x\n");
        session.Write("eval.csv", "prompt,answer\n");
        Ending ending = await session.TrainAsync();
        Assert.Equal((2, 3), (ending.ExitCode, ending.Error.TrimEnd().Split('\n').Length));
    }

    [Fact]
    public async Task A_folder_with_a_run_is_not_written_over()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync()).ExitCode);
        Ending again = await session.TrainAsync();
        Assert.Equal(2, again.ExitCode);
        Assert.Contains(
            "found a folder that is not empty; expected a new folder; add --resume to continue its run",
            again.Error,
            StringComparison.Ordinal);
        Ending other = await session.TrainAsync("--resume", "--seed", "9");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("run.json, seed: found 9 asked for; expected 1, which the run began with.", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: Unrecognized command or argument 'evl'.", "evl")]
    [InlineData("Did you mean \"eval\" instead of \"evl\"?", "evl")]
    [InlineData("error: Option '--data' is required.", "eval", "--model", "x")]
    [InlineData("error: --threads (or RLCORE_THREADS): found \"-1\"; expected a whole number from 0 to 4096.", "--threads", "-1")]
    [InlineData(
        "error: --frozen-weights (or RLCORE_FROZENWEIGHTS): found \"q4\"; expected f32, bf16, q8_0.", "--frozen-weights", "q4")]
    [InlineData(
        "error: --samples: found -1; expected a whole number from 0 to 1000.", "eval", "--model", "x", "--data", "y", "--samples",
        "-1")]
    [InlineData("error: --samples: found 3; expected 1 at temperature 0", "generate", "--model", "x", "--prompt", "y", "--samples", "3")]
    [InlineData(
        "error: --top-p: found 0; expected a number above 0 and at most 1.", "generate", "--model", "x", "--prompt", "y", "--top-p",
        "0")]
    [InlineData(
        "found no such folder; expected the folder of a model, of a checkpoint or of a run; or a", "generate", "--model", "nowhere",
        "--prompt", "y")]
    [InlineData("error: --reward: found \"best\"; expected one of ", "eval", "--model", "x", "--data", "y", "--reward", "best")]
    public async Task A_bad_option_is_named(string message, params string[] args)
    {
        Ending ending = await Session.RunAsync(args);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(message, ending.Error, StringComparison.Ordinal);
    }

    private static async Task Refused(Action<Session> spoil, Func<Session, string> message, params string[] more)
    {
        using var session = new Session();
        spoil(session);
        Ending ending = await session.TrainAsync(more);
        Assert.Equal((2, message(session) + Environment.NewLine), (ending.ExitCode, ending.Error));
        Assert.False(Directory.Exists(session.Out));
    }
}
