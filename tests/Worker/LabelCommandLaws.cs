using System.Text.RegularExpressions;
using RlCore.Trainers.Tests.Rewards;

namespace RlCore.Worker.Tests;

/// <summary><c>rlcore data label</c>, against an endpoint in this process.</summary>
public partial class LabelCommandLaws
{
    private const string Pairs = "prompt,completion_1,completion_2\n1+1=,2,22\n1+2=,333,3\n\"a, b\",same,size\n";

    [Fact]
    public async Task Pairs_become_preferences_that_training_takes()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, text) => PreferTheShorter(text));
        Ending ending = await LabelAsync(
            session,
            endpoint,
            session.Write("pairs.csv", "prompt,completion_1,completion_2\n1+1=,2,22\n1+2=,333,3\n2+1=,3,4\n"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Equal("prompt,chosen,rejected,margin\n1+1=,2,22,1\n1+2=,3,333,1\n", File.ReadAllText(session.In("out.csv")));
        Assert.Contains(
            $"{session.In("out.csv")}: 2 of 3 pairs as preferences (prompt,chosen,rejected,margin); 1 tie left out{Environment.NewLine}",
            ending.Output,
            StringComparison.Ordinal);
        Assert.Equal(6, endpoint.Requests);
        Assert.Equal(0, (await Session.RunAsync("data", "check", session.In("out.csv"))).ExitCode);
        Ending trained = await Session.RunAsync(
            "train", "dpo", "--data", session.In("out.csv"), "--steps", "1", "--characters", "0123456789+=", "--model-width", "8",
            "--model-heads", "2", "--model-context", "8", "--output", session.Out, "--quiet");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
    }

    [Fact]
    public async Task A_half_preference_has_half_the_margin_or_is_a_tie()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint(
            (_, text) => new FakeReply(
                200, $"{{\"better\": \"{(AnswerPattern().Match(text).Groups[1].Value == "22" ? "A" : "tie")}\"}}"));
        string file = session.Write("pairs.csv", "prompt,completion_1,completion_2\n\"a, \"\"b\"\"\",2,22\n");
        Assert.Equal(0, (await LabelAsync(session, endpoint, file)).ExitCode);
        Assert.Equal("prompt,chosen,rejected,margin\n\"a, \"\"b\"\"\",22,2,0.5\n", File.ReadAllText(session.In("out.csv")));
        Ending tied = await LabelAsync(session, endpoint, file, "--force", "--tie-within", "0.5");
        Assert.Equal(
            (
                2,
                $"error: {file}: found 1 pairs, all of them ties; expected at least one preference; try another "
                    + $"rubric or model.{Environment.NewLine}"),
            (tied.ExitCode, tied.Error));
        Assert.Equal(2, endpoint.Requests);
    }

    [Fact]
    public async Task A_judge_that_leans_to_a_place_prefers_nothing()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(200, "{\"better\": \"A\"}"));
        Ending ending = await LabelAsync(session, endpoint, session.Write("pairs.csv", Pairs));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("found 3 pairs, all of them ties", ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.In("out.csv")));
    }

    [Fact]
    public async Task What_was_labelled_before_a_failure_is_not_asked_again()
    {
        using var session = new Session();
        bool mends = false;
        using var endpoint = new FakeEndpoint(
            (_, text) => !Volatile.Read(ref mends) && text.Contains("333", StringComparison.Ordinal)
                ? new FakeReply(200, "Hm.")
                : PreferTheShorter(text));
        string file = session.Write("pairs.csv", Pairs);
        Ending failed = await LabelAsync(session, endpoint, file);
        Assert.Equal(2, failed.ExitCode);
        Assert.Equal(
            $"error: {file}, row 3: found no verdict (m at {endpoint.Address} replied \"Hm.\"; expected {{\"better\": \"A\"}}, "
                + "{\"better\": \"B\"} or {\"better\": \"tie\"}); expected a verdict; the others are kept in "
                + $"{session.In("out-replies")}, and running the same command again retries this one.{Environment.NewLine}",
            failed.Error);
        Assert.False(File.Exists(session.In("out.csv")));
        Assert.Empty(Directory.GetFiles(session.Path, ".writing-*"));
        Assert.Equal(4, Directory.GetFiles(session.In("out-replies")).Length);
        int before = endpoint.Requests;
        Volatile.Write(ref mends, true);
        Assert.Equal(0, (await LabelAsync(session, endpoint, file)).ExitCode);
        Assert.Equal(2, endpoint.Requests - before);
        Ending again = await LabelAsync(session, endpoint, file);
        Assert.Equal(
            (
                2,
                $"error: {session.In("out.csv")}: found an existing file; expected a new name, or --force to overwrite "
                    + $"it.{Environment.NewLine}"),
            (again.ExitCode, again.Error));
        Assert.Equal(0, (await LabelAsync(session, endpoint, file, "--force")).ExitCode);
        Assert.Equal(2, endpoint.Requests - before);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_all_is_said_once()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, _) => new FakeReply(401, "who?"));
        Ending ending = await LabelAsync(session, endpoint, session.Write("pairs.csv", Pairs));
        Assert.Equal(2, ending.ExitCode);
        Assert.Equal(
            $"error: {endpoint.Address}: found no verdict ({endpoint.Address} refuses the key (status 401)); expected a judge "
                + $"that replies; the replies so far are kept in {session.In("out-replies")}.{Environment.NewLine}",
            ending.Error);
    }

    [Fact]
    public async Task A_rubric_and_columns_of_ones_own()
    {
        using var session = new Session();
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var endpoint = new FakeEndpoint((_, text) =>
        {
            asked.Add(text);
            return new FakeReply(200, text.StartsWith("{2}", StringComparison.Ordinal) ? "A" : "B");
        });
        string file = session.Write("pairs.csv", "question,reply_1,reply_2\n1+1=,{3},{2}\n");
        Ending ending = await LabelAsync(
            session, endpoint, file, "--columns", "prompt=question,completion=reply", "--rubric", "{first} or {second} to {prompt}?",
            "--cache-folder", session.In("kept"));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Equal(["{2} or {3} to 1+1=?", "{3} or {2} to 1+1=?"], asked.Order(StringComparer.Ordinal));
        Assert.Equal("prompt,chosen,rejected,margin\n1+1=,{2},{3},1\n", File.ReadAllText(session.In("out.csv")));
        Assert.Equal(2, Directory.GetFiles(session.In("kept")).Length);
    }

    [Theory]
    [InlineData(
        "error: --endpoint here, endpoint: found \"here\"; expected an address that begins with http:// or https://.", "--endpoint",
        "here")]
    [InlineData("error: --concurrency 0, concurrency: found \"0\"; expected a whole number of at least 1.", "--concurrency", "0")]
    [InlineData(
        "error: judge, rubric: found \"{first}?\"; expected a text with the placeholders {first} and {second}.", "--rubric",
        "{first}?")]
    [InlineData(
        "error: --rubric: found the placeholder {answer}; expected only the placeholders {prompt}, {first} and {second}, as the pairs "
            + "have no other columns.",
        "--rubric", "{answer} {first} {second}", "--key-variable", "")]
    [InlineData(
        "error: environment variable RLCORE_NO_SUCH_KEY: found nothing; expected the key of https://api.openai.com/v1; or "
            + "--key-variable \"\" if the endpoint needs none.",
        "--key-variable", "RLCORE_NO_SUCH_KEY")]
    [InlineData("error: --columns: found \"x\"; expected role=column", "--columns", "x")]
    public async Task A_bad_option_is_named_before_anything_is_asked(string message, params string[] options)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
        [
            "data", "label", session.Write("pairs.csv", Pairs), session.In("out.csv"), "--judge-model", "m", "--quiet", .. options,
        ]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(message, ending.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "prompt,completion_1,completion_2,completion_3\na,b,c,d\ne,f,g,\n",
        "pairs.csv, row 2: found 3 completions; expected two, as a judge compares pairs.")]
    [InlineData(
        "prompt,completion_1,completion_2\na,b,b\n", "row 2, column completion_2: found \"b\", the same as the completion of rank 1")]
    [InlineData(
        "prompt,completion\na,b\n",
        "column completion_1: found the columns \"prompt\", \"completion\"; expected a column named \"completion_1\"")]
    public async Task Rows_that_are_no_pairs_are_named_before_anything_is_asked(string csv, string message)
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, text) => PreferTheShorter(text));
        Ending ending = await LabelAsync(session, endpoint, session.Write("pairs.csv", csv));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(message, ending.Error, StringComparison.Ordinal);
        Assert.Equal(0, endpoint.Requests);
    }

    [Fact]
    public async Task Missing_files_and_models_are_said()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, text) => PreferTheShorter(text));
        Ending missing = await LabelAsync(session, endpoint, session.In("none.csv"));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("none.csv: found no such file", missing.Error, StringComparison.Ordinal);
        Ending nameless = await Session.RunAsync("data", "label", session.In("sft.csv"), session.In("out.csv"));
        Assert.Equal(2, nameless.ExitCode);
        Assert.Contains("--judge-model", nameless.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_lines_where_nobody_is_at_a_terminal()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, text) => PreferTheShorter(text));
        Ending ending = await Session.RunAsync(
            "data", "label", session.Write("pairs.csv", Pairs), session.In("out.csv"), "--judge-model", "m", "--endpoint",
            endpoint.Address, "--key-variable", "");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.StartsWith($"labelling pairs.csv: 1/3 pairs{Environment.NewLine}", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_online_stage_takes_its_judge_by_options()
    {
        using var session = new Session();
        using var endpoint = new FakeEndpoint((_, text) => PreferTheShorter(text));
        string[] stage =
        [
            "train", "onlinedpo", "--data", session.In("prompts.csv"), "--steps", "2", "--max-completion-tokens", "3", "--characters",
            "0123456789+=", "--model-width", "8", "--model-heads", "2", "--model-context", "8", "--output", session.Out, "--quiet",
        ];
        Ending ending = await Session.RunAsync(
        [
            .. stage, "--judge.model", "m", "--judge.endpoint", endpoint.Address, "--judge.key-variable", "",
        ]);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.True(endpoint.Requests > 0);
        Ending keyless = await Session.RunAsync([.. stage, "--judge.model", "m", "--judge.key-variable", "RLCORE_NO_SUCH_KEY"]);
        Assert.Equal(
            (2, true),
            (
                keyless.ExitCode,
                keyless.Error.StartsWith(
                    "error: environment variable RLCORE_NO_SUCH_KEY: found nothing; expected the key of ",
                    StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Its_help_teaches_by_examples()
    {
        Ending help = await Session.RunAsync("data", "label", "--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        string text = System.Text.RegularExpressions.Regex.Replace(help.Output, @"\s+", " ");
        foreach (string part in new[]
        {
            " rlcore data label pairs.csv preferences.csv --judge-model ", "--judge-model <TEXT> (REQUIRED)", "--tie-within",
            "[default: https://api.openai.com/v1]", "rlcore train dpo --data preferences.csv",
        })
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }
    }

    private static Task<Ending> LabelAsync(Session session, FakeEndpoint endpoint, string input, params string[] more) =>
        Session.RunAsync(
        [
            "data", "label", input, session.In("out.csv"), "--judge-model", "m", "--endpoint", endpoint.Address, "--key-variable", "",
            "--retries", "0", "--quiet", .. more,
        ]);

    private static FakeReply PreferTheShorter(string text)
    {
        int[] lengths = [.. AnswerPattern().Matches(text).Select(match => match.Groups[1].Length)];
        return new FakeReply(200, $"{{\"better\": \"{(lengths[0] < lengths[1] ? "A" : lengths[0] > lengths[1] ? "B" : "tie")}\"}}");
    }

    [GeneratedRegex("<answer id=\"[AB]\">\n(.*?)\n</answer>", RegexOptions.Singleline)]
    private static partial Regex AnswerPattern();
}
