using System.Text.RegularExpressions;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Worker.Tests;

/// <summary>
/// Files of the shapes that people have (GSM8K, HH-RLHF, Alpaca, LLaMA-Factory) are trained on without an edit: each command is the one
/// that the command before suggests, as it would be pasted. The samples are this repository's own.
/// </summary>
public sealed partial class RealShapeLaws
{
    private static readonly string[] Tiny = ["--model-layers", "1", "--model-width", "8", "--model-heads", "2"];

    public static TheoryData<string, string, string> Shapes => new()
    {
        { "gsm8k.jsonl", "", "grpo" },
        { "gsm8k.jsonl", "sft", "sft" },
        { "hh-rlhf.jsonl", "", "dpo" },
        { "hh-rlhf.jsonl", "", "reward" },
        { "hh-rlhf.jsonl", "sft", "sft" },
        { "alpaca.json", "", "sft" },
        { "alpaca-history.json", "", "sft" },
        { "sharegpt.json", "", "sft" },
        { "pairs.json", "", "dpo" },
        { "kto.json", "", "kto" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_file_becomes_a_run_by_the_suggested_commands(string shape, string kind, string stage)
    {
        using var session = new Session();
        string[] asked = kind.Length > 0 ? ["--kind", kind] : [];
        string[] check = await SuggestedAsync(["data", "convert", Shape(shape), session.In("my data.csv"), .. asked]);
        string[] train = await SuggestedAsync(check);

        // Pairs are for two stages, of which one is suggested; ours is short and small.
        Assert.Equal(stage == "reward" ? "dpo" : stage, train[1]);
        train[1] = stage;
        train[Array.IndexOf(train, "--steps") + 1] = "2";
        Ending ending = await Session.RunAsync([.. train, .. Tiny, .. Short(stage), "--output", session.Out]);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains($"| after {stage}", ending.Output, StringComparison.Ordinal);
        if (stage == "sft" && kind == "sft" && shape.StartsWith("gsm8k", StringComparison.Ordinal))
        {
            // The policy goes on by reinforcement learning with the numeric reward, which reads the answers.
            Assert.Equal(0, (await Session.RunAsync("data", "convert", Shape(shape), session.In("questions.csv"))).ExitCode);
            ending = await Session.RunAsync(
            [
                "train", "grpo", "--data", session.In("questions.csv"), "--model", session.Out, "--steps", "2", "--rewards", "numeric",
                .. Short("grpo"), "--output", session.In("grpo"),
            ]);
            Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        }
    }

    [Theory]
    [InlineData("hh-rlhf.jsonl", "dpo")]
    [InlineData("alpaca-history.json", "sft")]
    [InlineData("sharegpt.json", "sft")]
    [InlineData("pairs.json", "dpo")]
    [InlineData("kto.json", "kto")]
    public async Task Conversations_are_trained_on_in_a_chat_template(string shape, string stage)
    {
        using var session = new Session();
        RandomModels.Write(session.In("my model"), "qwen2");
        session.Write(
            Path.Combine("my model", "chat_template.jinja"),
            "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant: {% endif %}");
        string config = session.In(Path.Combine("my model", "config.json"));
        await File.WriteAllTextAsync(
            config,
            ContextSetting().Replace(
                await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken), "\"max_position_embeddings\": 512"),
            TestContext.Current.CancellationToken);
        string[] check = await SuggestedAsync(["data", "convert", Shape(shape), session.In("data.csv"), "--messages"]);
        Assert.EndsWith("--model DIR", string.Join(' ', await SuggestedAsync(check)), StringComparison.Ordinal);
        string[] train = await SuggestedAsync([.. check, "--tokenizer", session.In("my model")]);
        Assert.Equal(stage, train[1]);
        train[Array.IndexOf(train, "--steps") + 1] = "2";
        Ending ending = await Session.RunAsync([.. train, .. Short(stage), "--output", session.Out]);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
    }

    [Fact]
    public async Task An_object_that_cannot_be_used_is_left_out_when_asked()
    {
        using var session = new Session();
        string file = session.Write(
            "in.jsonl",
            """
            {"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant: c"}
            {"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant:"}
            """);
        Ending refused = await Session.RunAsync("data", "convert", file, session.In("out.csv"));
        Assert.Equal(2, refused.ExitCode);
        Assert.EndsWith("or --on-bad-row skip, which leaves such objects out.", refused.Error.TrimEnd(), StringComparison.Ordinal);
        Ending skipped = await Session.RunAsync("data", "convert", file, session.In("out.csv"), "--on-bad-row", "skip");
        Assert.Equal((0, ""), (skipped.ExitCode, skipped.Error));
        Assert.Contains("out.csv: 1 row of preferences", skipped.Output, StringComparison.Ordinal);
        Assert.Contains("left out, as they cannot be used: 1 object; the first: ", skipped.Output, StringComparison.Ordinal);
        session.Write("in.jsonl", """{"prompt":"a","chosen":"b","rejected":"b"}""");
        Assert.Equal(2, (await Session.RunAsync("data", "convert", file, session.In("none.csv"), "--on-bad-row", "skip")).ExitCode);
    }

    private static string[] Short(string stage) => stage is "grpo"
        ? ["--prompts-per-step", "2", "--group-size", "2", "--max-completion-tokens", "3"]
        : ["--batch-size", "3"];

    private static string Shape(string name) => Path.Combine(ReadmeLaws.Root(), "tests", "Worker", "shapes", name);

    // Runs a command that succeeds without a warning, and returns the words of the one that it suggests.
    private static async Task<string[]> SuggestedAsync(string[] command)
    {
        Ending ending = await Session.RunAsync(command);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string line = Assert.Single(ending.Output.Split('\n'), line => line.StartsWith("try next: ", StringComparison.Ordinal));
        string start = $"try next: {CommandName.Current} ";
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        return [.. Word().Matches(line[start.Length..].TrimEnd())
            .Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value)];
    }

    [GeneratedRegex("\"max_position_embeddings\": [0-9]+")]
    private static partial Regex ContextSetting();

    [GeneratedRegex("'([^']*)'|[^ ]+")]
    private static partial Regex Word();
}
