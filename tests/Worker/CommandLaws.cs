using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Campaigns;
using RlCore.Trainers.Recipes;
using RlCore.Worker.Commands;

namespace RlCore.Worker.Tests;

public class CommandLaws
{
    [Fact]
    public async Task A_run_ends_in_a_table_whose_figures_are_in_the_summary()
    {
        using var session = new Session();
        Ending ending = await session.TrainAsync();
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        foreach (string part in new[]
        {
            "tiny, seed 1: sft for 3 steps, then grpo for 2 steps", "stage 2: grpo, 2 steps", "sft 3/3  loss ", "grpo 2/2  reward ",
            "| before ", "| after sft ", "| after grpo ", "mean of 2 samples", $"run folder: {session.Out}", "try next:",
            "--prompt 3+3= ",
        })
        {
            Assert.Contains(part, ending.Output, StringComparison.Ordinal);
        }

        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(session.Out, "summary.json")));
        Assert.Equal(
            ["before", "sft", "grpo"],
            summary.RootElement.GetProperty("evaluations")
                .EnumerateArray()
                .Select(evaluation => evaluation.GetProperty("label").GetString()));
        Assert.Equal(
            [3, 2],
            summary.RootElement.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("steps").GetInt32()));
    }

    [Fact]
    public async Task Two_runs_of_one_seed_write_the_same_metrics_and_checkpoint_on_any_threads()
    {
        using var first = new Session();
        using var second = new Session();
        Assert.Equal(0, (await first.TrainAsync("--seed", "5", "--threads", "1")).ExitCode);
        Assert.Equal(0, (await second.TrainAsync("--seed", "5", "--threads", "2", "--quiet")).ExitCode);
        Assert.Equal(Metrics(first.Out), Metrics(second.Out));
        AssertSameCheckpoints(first.Out, second.Out);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_as_if_it_had_not_been()
    {
        using var whole = new Session();
        using var parts = new Session();
        Assert.Equal(0, (await whole.TrainAsync()).ExitCode);
        Assert.Equal(0, (await parts.TrainAsync()).ExitCode);
        string checkpoints = Path.Combine(parts.Out, "checkpoints");
        Directory.Delete(Path.Combine(checkpoints, "step-5"), recursive: true);
        File.Delete(Path.Combine(parts.Out, "summary.json"));
        Ending resumed = await parts.TrainAsync("--resume");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(Metrics(whole.Out), Metrics(parts.Out));
        AssertSameCheckpoints(whole.Out, parts.Out);
    }

    [Fact]
    public async Task A_trained_model_is_evaluated_and_completes_prompts()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending evaluation = await Session.RunAsync(
            "eval", "--model", session.Out, "--data", session.In("eval.csv"), "--samples", "2", "--reward", "exact");
        Assert.Equal(0, evaluation.ExitCode);
        Assert.StartsWith(
            "accuracy of step-5 on 2 prompts, 2 samples each",
            Assert.Single(evaluation.Output.Split('\n'), line => line.Contains("accuracy", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Ending generation = await Session.RunAsync(
            "generate", "--model", session.Out, "--prompt", "1+1=", "--temperature", "1", "--samples", "4", "--seed", "3",
            "--max-tokens", "2");
        Assert.Equal((0, 4), (generation.ExitCode, generation.Output.Count(character => character == '\n')));
        Assert.Equal(
            generation,
            await Session.RunAsync(
                "generate", "--model", session.Out, "--prompt", "1+1=", "--temperature", "1", "--samples", "4", "--seed", "3",
                "--max-tokens", "2", "--threads", "1"));
    }

    [Fact]
    public async Task Quiet_leaves_the_result_only()
    {
        using var session = new Session();
        Ending ending = await session.TrainAsync("--quiet");
        Assert.DoesNotContain("stage 1", ending.Output, StringComparison.Ordinal);
        Assert.Contains("| after grpo ", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_reward_has_its_columns()
    {
        using var session = new Session();
        Assert.Equal(
            0,
            (await session.TrainAsync(
                "--quiet",
                "--set",
                "stages.grpo.rewards=[\"numeric\", {\"type\": \"length\", \"weight\": 0.5, \"maxTokens\": 2}]")).ExitCode);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(session.Out, "metrics.csv")).Select(line => line.Split(','))];
        double Value(string column) =>
            double.Parse(rows[^1][Array.IndexOf(rows[0], column)], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Value("rewards/numeric/mean") + (0.5 * Value("rewards/length/mean")), Value("reward"), 1e-12);
        Assert.InRange(Value("rewards/length/std"), 0, 1);
    }

    [Fact]
    public async Task A_reward_that_fails_stops_the_run_with_its_sample_or_scores_what_is_stated()
    {
        using var session = new Session();
        string[] judged =
        [
            "--quiet",
            "--set",
            "stages.grpo.rewards={\"type\": \"judge\", \"model\": \"m\", \"endpoint\": \"http://127.0.0.1:1/v1\", "
                + "\"keyVariable\": \"\", \"retries\": 0}",
        ];
        Ending stopped = await session.TrainAsync(judged);
        Assert.Equal(2, stopped.ExitCode);
        Assert.StartsWith("error: the reward \"judge\" could not score a completion of ", stopped.Error, StringComparison.Ordinal);
        foreach (string part in new[]
        {
            "prompts.csv, row ", "http://127.0.0.1:1/v1 cannot be reached: ", "\n  prompt: \"", "\n  completion: \"",
            "\"onRewardError\": \"score\"",
        })
        {
            Assert.Contains(part, stopped.Error, StringComparison.Ordinal);
        }

        using var scored = new Session();
        Assert.Equal(
            0,
            (await scored.TrainAsync(
            [
                .. judged, "--set", "stages.grpo.onRewardError=score", "--set", "stages.grpo.rewardErrorScore=-0.25",
            ])).ExitCode);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(scored.Out, "metrics.csv")).Select(line => line.Split(','))];
        Assert.Equal(
            ("1", "-0.25"),
            (rows[^1][Array.IndexOf(rows[0], "rewards/judge/failures")], rows[^1][Array.IndexOf(rows[0], "reward")]));
    }

    [Fact]
    public async Task Shuffled_rewards_are_one_setting_away()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet", "--set", "stages.grpo.shuffleRewards=true")).ExitCode);
    }

    [Fact]
    public async Task Help_teaches_by_examples()
    {
        foreach (string[] args in new string[][] { ["--help"], ["train", "--help"], ["eval", "-h"], ["generate", "-h"] })
        {
            Ending help = await Session.RunAsync(args);
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.Contains("Example", help.Output, StringComparison.Ordinal);
            Assert.Contains($"rlcore {(args.Length > 1 ? args[0] : "train")} ", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_of_a_stage_lists_what_is_common_and_all_of_it_on_request()
    {
        Ending help = await Session.RunAsync("train", "grpo", "--help");
        Ending all = await Session.RunAsync("train", "grpo", "--help-all");
        Assert.Equal((0, "", 0, ""), (help.ExitCode, help.Error, all.ExitCode, all.Error));
        string[] Options(string text) =>
        [
            .. Regex.Matches(text, "^ +(--[a-z][A-Za-z0-9.-]*)", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Distinct(),
        ];
        Assert.InRange(Options(help.Output).Length, 12, 25);
        Assert.Equal(
            [
                "--help-all", "--out", "--print-recipe", "--resume", "--seed", "--shard-optimizer", "--skip-bad", "--skip-damaged",
                "--threads", "--watch",
            ],
            Options(help.Output).Except(Options(all.Output)).Order(StringComparer.Ordinal));
        Assert.Equal(
            StageRecipe.Flags("grpo", ["--output", "--resume", "--print-recipe", "--seed", "--threads", "--help", "--help-all", "--quiet"])
                .Select(flag => flag.Name).Order(StringComparer.Ordinal),
            Options(all.Output).Order(StringComparer.Ordinal));
        Assert.Contains("Optimizer:", all.Output, StringComparison.Ordinal);
        Assert.All(all.Output.Split('\n'), line => Assert.InRange(line.TrimEnd('\r').Length, 0, 110));
    }

    [Theory]
    [InlineData("a bb ccc dddd", 5, "a bb|ccc|dddd")]
    [InlineData("aaaaaaaa b", 5, "aaaaaaaa|b")]
    [InlineData("", 5, "")]
    public void Words_are_wrapped_and_none_is_lost(string text, int width, string lines) =>
        Assert.Equal(lines, string.Join('|', StageHelp.Wrap(text, width)));

    private static string[] Metrics(string folder)
    {
        string file = Path.Combine(folder, "metrics.csv");
        string[] columns = File.ReadLines(file).First().Split(',');
        Assert.Contains("step_time", columns);
        Assert.Contains("tokens_per_second", columns);
        return UntimedTable.Read(file);
    }

    private static void AssertSameCheckpoints(string first, string second)
    {
        string Latest(string folder) => Path.Combine(folder, "checkpoints", "step-5");
        string[] names = [.. Directory.GetFiles(Latest(first)).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
        Assert.Contains("model.safetensors", names);
        foreach (string name in names)
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Latest(first), name)), File.ReadAllBytes(Path.Combine(Latest(second), name)));
        }
    }

    [Fact]
    public async Task What_a_run_suggests_can_be_pasted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The words are told apart by a shell.");
        using var session = new Session();
        session.Write("eval.csv", "question;solution\n\"'\"\"$H\";6\n4+3=;7\n");
        Ending trained = await session.TrainAsync(
            "--set", "characters=auto",
            "--set", "evaluation.columns.prompt=question",
            "--set", "evaluation.columns.answer=solution",
            "--set", """evaluation.rewards=[ { "type": "exact", "weight": 2 }, "numeric" ]""",
            "--set", "evaluation.passAt=2",
            "--set", "evaluation.maxCompletionTokens=3");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        string[] suggested =
        [
            .. trained.Output[trained.Output.IndexOf("try next:", StringComparison.Ordinal)..].Split('\n')
                .Select(line => line.Trim()).Where(line => line.Contains("--model", StringComparison.Ordinal)),
        ];
        Assert.Contains(suggested, line => line.Contains(" --max-tokens 3", StringComparison.Ordinal));
        Assert.Equal(2, suggested.Length);
        Assert.Contains("--pass-at 2", suggested[1], StringComparison.Ordinal);
        foreach (string line in suggested)
        {
            string[] words = await WordsAsync(line);
            Ending ending = await Session.RunAsync(words[Array.FindIndex(words, word => word is "generate" or "eval")..]);
            Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        }

        Assert.Contains("'\"$H", await WordsAsync(suggested[0]));
    }

    [Fact]
    public async Task Prompts_of_a_file_are_completed_as_JSON_Lines()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync()).ExitCode);
        session.Write("asked.csv", "question\n1+1=\n2+2=\n");
        Ending ending = await Session.RunAsync(
            "generate", "--model", session.Out, "--prompts", session.In("asked.csv"), "--column", "question", "--json",
            "--temperature", "1", "--samples", "2");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        JsonElement[] lines =
        [
            .. ending.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(
            [("1+1=", 0), ("1+1=", 1), ("2+2=", 0), ("2+2=", 1)],
            lines.Select(line => (line.GetProperty("prompt").GetString(), line.GetProperty("sample").GetInt32())));
        Assert.All(lines, line => Assert.InRange(line.GetProperty("logProb").GetDouble(), -1000, 0));
        Ending alone = await Session.RunAsync(
            "generate", "--model", session.Out, "--prompt", "1+1=", "--temperature", "1", "--samples", "2");
        Assert.Equal(
            alone.Output.TrimEnd().Split('\n').Select(line => line.TrimEnd('\r')),
            lines[..2].Select(line => line.GetProperty("completion").GetString() + (line.GetProperty("ended").GetBoolean() ? "" : "…")));
        Ending neither = await Session.RunAsync("generate", "--model", session.Out);
        Assert.Equal(
            (
                2,
                "error: --prompt, --prompts, --interactive: found none; expected one of them: a text, a CSV file, or a "
                    + $"conversation.{Environment.NewLine}"),
            (neither.ExitCode, neither.Error));
    }

    private static async Task<string[]> WordsAsync(string line)
    {
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"set -- {line}; printf '%s\\n' \"$@\"");
        using var shell = System.Diagnostics.Process.Start(start)!;
        string output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.TrimEnd('\n').Split('\n');
    }
}
