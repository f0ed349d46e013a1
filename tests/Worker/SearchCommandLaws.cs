namespace RlCore.Worker.Tests;

/// <summary><c>rlcore eval --search</c>: accuracy against tokens, in a table, in files, and on a page.</summary>
public class SearchCommandLaws
{
    [Fact]
    public async Task Strategies_are_evaluated_and_written()
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        string[] command =
        [
            "eval", "--model", session.Out, "--data", session.In("prompts.csv"), "--max-tokens", "6", "--verify", "--bins", "2",
            "--search", """["majority", "bestOfN", {"type": "mcts", "rollouts": 1, "exploration": 0.5}]""", "--budget", "1,3",
            "--step-separator", ";", "--seed", "5", "--quiet", "--output", session.In("found.csv"), "--svg", session.In("found.svg"),
            "--page", session.In("found.html"),
        ];
        Ending ending = await Session.RunAsync(command);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Matches(@"(?m)^accuracy on prompts\.csv \(2 prompts\) against tokens for each, in [0-9.]+ seconds\r?$", ending.Output);
        foreach (string strategy in (string[])["majority", "bestOfN ", "mcts    "])
        {
            Assert.Matches($@"(?m)^{strategy} +1 +[0-9.]+ % +[0-9.]+ % to [0-9.]+ % +[0-9]+ +[0-9]+ +[0-9.]+\r?$", ending.Output);
            Assert.Matches($@"(?m)^{strategy} +3 ", ending.Output);
        }

        Assert.Contains("best strategy by budget", ending.Output, StringComparison.Ordinal);
        Assert.All(ending.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 110));
        string[] rows = File.ReadAllLines(session.In("found.csv"));
        Assert.Equal("strategy,budget,prompt,answer,completion,found,right,drawn,scored,calls,difficulty", rows[0]);
        Assert.Equal(1 + (3 * 2 * 2), rows.Length);
        Assert.Contains("majority", File.ReadAllText(session.In("found.svg")), StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(session.In("found.html")), StringComparison.Ordinal);

        // Any number of threads, and any company: the same rows.
        Assert.Equal(0, (await Session.RunAsync([.. command, "--threads", "1"])).ExitCode);
        Assert.Equal(rows, File.ReadAllLines(session.In("found.csv")));
        string[] alone = [.. command.Select(word => word.StartsWith('[') ? "bestOfN" : word == "1,3" ? "3" : word)];
        Assert.Equal(0, (await Session.RunAsync(alone)).ExitCode);
        Assert.Equal(
            rows.Where(row => row.StartsWith("bestOfN,3,", StringComparison.Ordinal)), File.ReadAllLines(session.In("found.csv"))[1..]);
    }

    [Fact]
    public async Task Two_of_a_kind_are_told_apart()
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        Ending ending = await Session.RunAsync(
            "eval", "--model", session.Out, "--data", session.In("prompts.csv"), "--max-tokens", "4", "--verify", "--bins", "0",
            "--budget", "2", "--search", """[{"type": "mcts", "rollouts": 1}, "majority", {"type": "mcts", "rollouts": 2}]""", "--quiet");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Matches(@"(?ms)^mcts      +2 .*^majority +2 .*^mcts-2 +2 ", ending.Output);
    }

    [Fact]
    public async Task Answers_are_refined_merged_and_forced_by_texts()
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        foreach (string[] how in (string[][])
            [
                ["refine", "--verify", "--revision-prompt", "{prompt}"],
                ["""{"type": "force", "least": 3, "most": 4, "extensions": 1}""", "--continue", "2", "--thought-end", ";"],
            ])
        {
            Ending ending = await Session.RunAsync(
            [
                "eval", "--model", session.Out, "--data", session.In("prompts.csv"), "--max-tokens", "5", "--bins", "0", "--budget", "2",
                "--step-end", "tokens", "--step-tokens", "1", "--quiet", "--search", .. how,
            ]);
            Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        }
    }

    [Theory]
    [InlineData("beam", "--reward-model: found nothing to score the steps of \"beam\" by; expected the folder of a reward model")]
    [InlineData("bestOfN", "--reward-model: found nothing to choose the answer of \"bestOfN\" by; expected")]
    [InlineData("refine", "--revision-prompt: found nothing for \"refine\"; expected the prompt of a new answer")]
    [InlineData("graph", "--merge-prompt: found nothing for \"graph\"; expected")]
    [InlineData("""{"type": "force", "least": 2}""", "--continue: found nothing for \"force\"; expected")]
    [InlineData("""{"type": "force", "most": 2}""", "--thought-end: found nothing for \"force\"; expected")]
    [InlineData("best", "--search: found \"best\"; expected")]
    [InlineData("""{"type": "beam", "branching": 0}""", "branching: found 0; expected")]
    [InlineData("majority", "--budget: found \"0\"; expected whole numbers from 1 to 4096", "--budget", "1,0")]
    [InlineData("majority", "--bins: found -1; expected a whole number from 0 to 100", "--bins", "-1")]
    [InlineData("refine", "the prompt of a new answer", "--critique-prompt", "w")]
    [InlineData(
        "refine", " in \"{prompt}w\"; expected characters of the model's", "--revision-prompt",
        "{prompt}w")]
    public async Task What_a_search_lacks_is_named(string search, string expected, params string[] more)
    {
        using var session = new Session();
        await session.TrainStepsAsync();
        Ending ending = await Session.RunAsync(
            ["eval", "--model", session.Out, "--data", session.In("prompts.csv"), "--quiet", "--search", search, .. more]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(expected, ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plot_needs_a_search()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
            "eval", "--model", session.Out, "--data", session.In("prompts.csv"), "--svg", session.In("plot.svg"));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("--svg: found an evaluation without a search", ending.Error, StringComparison.Ordinal);
    }
}
