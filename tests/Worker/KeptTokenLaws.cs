using RlCore.Campaigns;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests;

/// <summary>A run that is asked to keep the tokens of its samples keeps them, and is otherwise the same.</summary>
public sealed class KeptTokenLaws
{
    [Fact]
    public async Task A_flag_or_the_recipe_keeps_the_tokens_of_every_sample_and_changes_nothing_else()
    {
        using var session = new Session();
        const string Name = "\"name\": \"tiny\"";
        string recipe = session.Write(
            "kept.json", Session.Recipe.Replace(Name, Name + ", \"keepTokens\": true", StringComparison.Ordinal));
        await TrainAsync(session.In("tiny.json"), session.In("plain"));
        await TrainAsync(session.In("tiny.json"), session.In("flag"), "--keep-tokens", "--tensorboard");
        await TrainAsync(recipe, session.In("recipe"));
        Assert.DoesNotContain("keepTokens", File.ReadAllText(Path.Combine(session.In("plain"), "run.json")), StringComparison.Ordinal);
        Assert.Equal(Read("flag", "samples.csv"), Read("recipe", "samples.csv"));
        RunReading plain = Opened("plain"), kept = Opened("flag");
        Assert.Equal([.. plain.SampleColumns, "tokens"], kept.SampleColumns);
        Assert.Equal(8, kept.Samples.Count);
        for (int index = 0; index < kept.Samples.Count; index++)
        {
            IReadOnlyList<string> cells = kept.ReadSample(index);
            Assert.Equal(plain.ReadSample(index), cells.SkipLast(1));
            IReadOnlyList<SampleToken> tokens = kept.TokensOf(cells);
            Assert.InRange(tokens.Count, 1, 3);
            Assert.Equal(cells[3], string.Concat(tokens.Select(token => token.Text)));
            Assert.All(tokens, token => Assert.True(token.LogProb < 0 && token.Advantage is not null));
            Assert.Equal(float.Parse(cells[6]), tokens[0].Advantage);
            Assert.Empty(plain.TokensOf(plain.ReadSample(index)));
        }

        Assert.Equal(
            UntimedTable.Read(Path.Combine(session.In("plain"), "metrics.csv")),
            UntimedTable.Read(Path.Combine(session.In("flag"), "metrics.csv")));

        // TensorBoard shows what people read.
        string[] shown = [.. EventReader.Texts(session.In("flag")).SelectMany(text => text.Cells)];
        Assert.Contains("advantage", shown);
        Assert.DoesNotContain("tokens", shown);
        Assert.DoesNotContain(shown, cell => cell.Contains("[[", StringComparison.Ordinal));
        string Read(string run, string file) => File.ReadAllText(Path.Combine(session.In(run), file));
        RunReading Opened(string run)
        {
            var reading = new RunReading(session.In(run));
            reading.Refresh();
            return reading;
        }
    }

    [Theory]
    [InlineData("reject", false, "--prompts-per-round", "2")]
    [InlineData("onlinedpo", false, "--prompts-per-step", "2")]
    [InlineData("rloo", true, "--prompts-per-step", "2")]
    public async Task Stages_without_advantages_of_tokens_leave_them_out(string stage, bool hasAdvantages, params string[] more)
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
        [
            "train", stage, "--data", session.In("prompts.csv"), "--steps", "1", "--characters", "0123456789+=", "--model-width", "8",
            "--model-heads", "2", "--max-completion-tokens", "3", "--output", session.Out, "--keep-tokens", "--quiet", .. more,
        ]);
        Assert.True(ending.ExitCode == 0, ending.Error);
        var reading = new RunReading(session.Out);
        reading.Refresh();
        Assert.NotEmpty(reading.Samples);
        Assert.All(
            Enumerable.Range(0, reading.Samples.Count).SelectMany(index => reading.TokensOf(reading.ReadSample(index))),
            token => Assert.True(token.LogProb < 0 && token.Advantage is not null == hasAdvantages));
        Assert.NotEmpty(reading.TokensOf(reading.ReadSample(0)));
    }

    private static async Task TrainAsync(string recipe, string output, params string[] more)
    {
        Ending ending = await Session.RunAsync(["train", recipe, "--output", output, "--quiet", .. more]);
        Assert.True(ending.ExitCode == 0, ending.Error);
    }
}
