namespace RlCore.Worker.Tests;

/// <summary><c>rlcore data steps</c>: from questions to labelled steps, to the reward model that learns from them and to its use.</summary>
public class StepDataCommandLaws
{
    [Fact]
    public async Task Steps_are_labelled_and_learnt_and_reward_completions()
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        string steps = session.In("steps.csv");
        string[] command =
        [
            "data", "steps", session.In("prompts.csv"), steps, "--model", session.Out, "--step-separator", ";", "--samples", "3",
            "--continuations", "2", "--max-tokens", "6", "--seed", "5", "--quiet",
        ];
        Ending ending = await Session.RunAsync(command);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Matches(
            @"^.*steps\.csv: [1-6] completions? of 2 prompts with [0-9]+ labelled steps?, mean label [01]\.[0-9]{3}; ", ending.Output);
        Assert.Contains(
            $"train reward --data {steps} --step-end separator --step-separator ';' --model {session.Out}",
            ending.Output,
            StringComparison.Ordinal);
        byte[] written = File.ReadAllBytes(steps);
        Assert.StartsWith("prompt,completion,step_labels\n2+2=,", File.ReadAllText(steps), StringComparison.Ordinal);
        Assert.Equal(["steps.csv"], Directory.EnumerateFiles(session.Path, "steps*").Select(Path.GetFileName));
        Assert.Equal(0, (await Session.RunAsync([.. command, "--force", "--threads", "1"])).ExitCode);
        Assert.Equal(written, File.ReadAllBytes(steps));

        Ending check = await Session.RunAsync("data", "check", steps);
        Assert.Equal((0, ""), (check.ExitCode, check.Error));
        Assert.Contains("train reward --step-end separator --data", check.Output, StringComparison.Ordinal);
        Ending trained = await Session.RunAsync(
            "train", "reward", "--data", steps, "--evaluation-data", steps, "--step-end", "separator", "--step-separator", ";", "--model",
            session.Out, "--steps", "2", "--output", session.In("prm"), "--quiet");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Assert.Matches("reward: accuracy on held-out data [0-9.]+ % before", trained.Output);
        Ending grpo = await Session.RunAsync(
            "train", "grpo", "--data", session.In("prompts.csv"), "--model", session.Out, "--steps", "1", "--max-completion-tokens", "6",
            "--advantage", "stepRelative", "--rewards", $$"""{"type":"process","from":"{{session.In("prm")}}"}""",
            "--prompts-per-step", "2", "--output", session.In("rl"), "--quiet");
        Assert.Equal((0, ""), (grpo.ExitCode, grpo.Error));
    }

    [Theory]
    [InlineData("--samples", "0", "--samples: found 0; expected a whole number of at least 1.")]
    [InlineData("--continuations", "0", "--continuations: found 0; expected a whole number of at least 1.")]
    [InlineData("--temperature", "0", "--temperature: found 0; expected a number above 0, as at 0 all continuations are the same.")]
    [InlineData("--step-tokens", "4", "--step-tokens 4, stepTokens: found \"4\", which the stepEnd separator ignores")]
    [InlineData("--step-pattern", "(", "--step-pattern (, stepPattern: found \"(\", which the stepEnd separator ignores")]
    [InlineData(
        "--step-end",
        "line",
        "--step-end line, stepEnd: found \"line\"; expected one of \"whole\", \"separator\", \"pattern\", \"tokens\"")]
    public async Task An_option_that_cannot_be_used_is_named(string option, string value, string expected)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
            "data", "steps", session.In("prompts.csv"), session.In("steps.csv"), "--model", session.Out, option, value);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(expected, ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.In("steps.csv")), "Nothing is written.");
    }

    [Fact]
    public async Task An_existing_file_is_kept_without_force()
    {
        using var session = new Session();
        string file = session.Write("steps.csv", "mine");
        Ending ending = await Session.RunAsync("data", "steps", session.In("prompts.csv"), file, "--model", session.Out);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("found an existing file", ending.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }
}
