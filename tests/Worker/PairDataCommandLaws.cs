namespace RlCore.Worker.Tests;

/// <summary><c>rlcore data pairs</c>: from questions to pairs and traces, and to the stages that learn from them.</summary>
public class PairDataCommandLaws
{
    [Fact]
    public async Task Pairs_and_traces_of_a_search_are_learnt_from()
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        string pairs = session.In("pairs.csv");
        string traces = session.In("traces.csv");
        session.Write("ask.csv", "prompt,answer\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{i % 3}+1=,{i}\n")));
        string[] command =
        [
            "data", "pairs", session.In("ask.csv"), pairs, "--model", session.Out, "--step-separator", ";", "--budget", "8", "--traces",
            traces, "--reward", """{"type":"length","maxTokens":4}""", "--max-tokens", "6", "--quiet",
        ];
        Ending ending = await Session.RunAsync([.. command, "--seed", "5"]);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Matches(
            @"^.*pairs\.csv: [0-9]+ pairs? of 24 prompts, [0-9]+ of them with a right completion; [0-9]+ tokens drawn and 0 scored per ",
            ending.Output);
        Assert.Matches(@"traces\.csv: [0-9]+ right completions?", ending.Output);
        Assert.Contains($"train dpo --data {pairs} --model {session.Out} --steps 100", ending.Output, StringComparison.Ordinal);
        byte[] written = File.ReadAllBytes(pairs);
        byte[] right = File.ReadAllBytes(traces);
        Assert.Equal(["pairs.csv"], Directory.EnumerateFiles(session.Path, "pairs*").Select(Path.GetFileName));
        Assert.Equal(0, (await Session.RunAsync([.. command, "--force", "--threads", "1", "--seed", "5"])).ExitCode);
        Assert.Equal(written, File.ReadAllBytes(pairs));
        Assert.Equal(right, File.ReadAllBytes(traces));
        Assert.Equal(0, (await Session.RunAsync([.. command, "--force", "--seed", "6"])).ExitCode);
        Assert.NotEqual(written, File.ReadAllBytes(pairs));

        foreach (var (stage, data) in (IEnumerable<(string, string)>)[("dpo", pairs), ("sft", traces)])
        {
            Ending trained = await Session.RunAsync(
                "train", stage, "--data", data, "--model", session.Out, "--steps", "1", "--batch-size", "2", "--output",
                session.In(stage), "--quiet");
            Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        }
    }

    [Theory]
    [InlineData("--margin", "-1", "--margin: found -1; expected a number of at least 0.")]
    [InlineData("--temperature", "0", "--temperature: found 0; expected a number above 0, as at 0 all next steps are the same.")]
    [InlineData("--pair-by", "score", "--pair-by: found score, with the search mcts, which does not score steps; expected answer")]
    [InlineData("--budget", "0", "--budget 0, budget: found \"0\"; expected a whole number from 1 to 4096.")]
    [InlineData("--search", "beam", "--scorer: found verifier, with the strategy beam, which scores thoughts before they are complete")]
    [InlineData("--reward-model", "runs/x/", "--reward-model runs/x/, from: found \"runs/x/\", which the scorer verifier ignores")]
    [InlineData("--step-tokens", "4", "--step-tokens 4, stepTokens: found \"4\", which the stepEnd separator ignores")]
    public async Task An_option_that_cannot_be_used_is_named(string option, string value, string expected)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
            "data", "pairs", session.In("prompts.csv"), session.In("pairs.csv"), "--model", session.Out, option, value);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(expected, ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.In("pairs.csv")), "Nothing is written.");
    }

    [Fact]
    public async Task Existing_files_are_kept_without_force_and_no_file_is_written_twice()
    {
        using var session = new Session();
        string file = session.Write("traces.csv", "mine");
        async Task<string> RefusalAsync(string output, string traces)
        {
            Ending ending = await Session.RunAsync(
                "data", "pairs", session.In("prompts.csv"), output, "--model", session.Out, "--traces", traces);
            Assert.Equal(2, ending.ExitCode);
            return ending.Error;
        }

        Assert.Contains("found an existing file", await RefusalAsync(session.In("pairs.csv"), file), StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("found an existing file", await RefusalAsync(file, session.In("other.csv")), StringComparison.Ordinal);
        Assert.Contains(
            "--traces: found the output", await RefusalAsync(session.In("new.csv"), session.In("new.csv")), StringComparison.Ordinal);
    }
}
