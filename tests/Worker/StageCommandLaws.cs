using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Recipes;

namespace RlCore.Worker.Tests;

/// <summary>train STAGE --options: the recipe's short form.</summary>
public class StageCommandLaws
{
    private static readonly string[] Model =
    [
        "--characters", "0123456789+=", "--model-layers", "1", "--model-width", "8", "--model-heads", "2", "--model-context", "8",
    ];

    public static TheoryData<string> Stages => [.. StageRecipe.Stages.Keys];

    [Fact]
    public async Task Options_train_what_the_printed_recipe_trains()
    {
        using var session = new Session();
        string[] options =
        [
            "train", "grpo", "--data", session.In("prompts.csv"), "--steps", "2", "--prompts-per-step", "2", "--max-completion-tokens",
            "3", "--group-size", "2", "--seed", "5", "--eval-data", session.In("eval.csv"), "--eval-samples", "2",
            "--eval-max-completion-tokens", "3", .. Model,
        ];
        Ending printed = await Session.RunAsync([.. options, "--print-recipe"]);
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
        string recipe = session.Write("printed.json", printed.Output);
        Ending first = await Session.RunAsync([.. options, "--output", session.In("a"), "--quiet"]);
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.Contains("| after grpo ", first.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Session.RunAsync("train", recipe, "--output", session.In("b"), "--quiet")).ExitCode);
        Assert.Equal(Weights(session.In("a")), Weights(session.In("b")));
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(Path.Combine(session.In("a"), "run.json")));
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(printed.Output).RootElement, run.RootElement.GetProperty("recipe")));
    }

    [Fact]
    public async Task A_stage_starts_from_a_run_and_goes_on_where_it_stopped()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        string[] options =
        [
            "train", "sft", "--data", session.In("sft.csv"), "--model", session.Out, "--steps", "4", "--batch-size", "2",
            "--checkpoint-every", "1", "--output", session.In("more"), "--name", "more", "--quiet",
        ];
        Assert.Equal(0, (await Session.RunAsync(options)).ExitCode);
        byte[] whole = Weights(session.In("more"));
        Directory.Delete(Path.Combine(session.In("more"), "checkpoints", "step-4"), recursive: true);
        Ending resumed = await Session.RunAsync([.. options, "--resume"]);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(whole, Weights(session.In("more")));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task The_help_of_a_stage_ends_in_an_example_that_makes_a_recipe(string stage)
    {
        Ending help = await Session.RunAsync("train", stage, "--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains($"rlcore train {stage} [options]", help.Output, StringComparison.Ordinal);
        Assert.Contains("Peak learning rate. [default: 0.0", help.Output, StringComparison.Ordinal);
        string whole = Regex.Replace(help.Output, @" \\\r?\n +", " ");
        string example = Regex.Match(whole, $"^ +rlcore (train {stage} --.+?)\r?$", RegexOptions.Multiline).Groups[1].Value;
        Ending printed = await Session.RunAsync([.. example.Split(' '), "--print-recipe"]);
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
        Assert.Contains($"\"type\": \"{stage}\"", printed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Bad_rows_are_skipped_by_a_switch_or_by_their_setting_and_not_by_both(string stage)
    {
        string[] options = ["train", stage, "--data", "rows.csv", "--steps", "2", .. Model[..^1], "64", "--print-recipe"];
        string[] teacher = stage is "distill" or "gkd" ? ["--teacher", "runs/quickstart"] : [];
        Ending plain = await Session.RunAsync([.. options, .. teacher]);
        Ending skipping = await Session.RunAsync([.. options, .. teacher, "--skip-bad"]);
        Assert.Equal((0, ""), (skipping.ExitCode, skipping.Error));
        Assert.DoesNotContain("\"onBadRow\": \"skip\"", plain.Output, StringComparison.Ordinal);
        Assert.Contains("\"onBadRow\": \"skip\"", skipping.Output, StringComparison.Ordinal);
        Ending both = await Session.RunAsync([.. options, .. teacher, "--skip-bad", "--on-bad-row", "refuse"]);
        Assert.Equal(2, both.ExitCode);
        Assert.Contains("--skip-bad means --on-bad-row skip: give one of them.", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_of_train_lists_the_stages()
    {
        Ending help = await Session.RunAsync("train", "--help");
        Assert.All(StageRecipe.Stages, stage => Assert.Matches($"(?m)^  {stage.Key} +{Regex.Escape(stage.Value[..20])}", help.Output));
    }

    [Theory]
    [InlineData("error: train: found \"grop\"; expected a recipe's file, or one of the stages ", "grop")]
    [InlineData("Did you mean \"grpo\" instead of \"grop\"?", "grop", "--data", "x")]
    [InlineData(
        "Did you mean \"--learning-rate\" instead of \"--learning-rat\"?", "grpo", "--data", "x", "--steps", "1", "--learning-rat",
        "1")]
    [InlineData("Did you mean \"--seed\" instead of \"--seeed\"?", "grpo", "--data", "x", "--steps", "1", "--seeed", "1")]
    [InlineData("error: Option '--data' is required.", "sft", "--steps", "1")]
    [InlineData(
        "error: --learning-rate 0, stages[0].optimizer.learningRate: found \"0\"; expected a number above 0.", "sft", "--data", "x",
        "--steps", "1", "--model", "y", "--learning-rate", "0")]
    [InlineData(
        "error: --shuffle-rewards maybe, stages[0].shuffleRewards: found \"maybe\"; expected true or false.", "grpo", "--data", "x",
        "--steps", "1", "--model", "y", "--shuffle-rewards", "maybe")]
    [InlineData(
        "y: found no such folder; expected the folder of a model, of a checkpoint or of a run; or a", "sft", "--data", "x", "--steps", "1",
        "--model", "y", "--output", "never-made")]
    public async Task A_bad_stage_or_option_is_named(string message, params string[] args)
    {
        Ending ending = await Session.RunAsync(["train", .. args]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(message, ending.Error, StringComparison.Ordinal);
    }

    private static byte[] Weights(string run)
    {
        string last = Directory.GetDirectories(Path.Combine(run, "checkpoints"))
            .MaxBy(folder => int.Parse(folder[(folder.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture))!;
        return File.ReadAllBytes(Path.Combine(last, "model.safetensors"));
    }
}
