using System.Diagnostics;
using System.Globalization;
using RlCore.Campaigns;

namespace RlCore.Worker.Tests;

/// <summary>What a run shows in TensorBoard is what its tables say.</summary>
public sealed class TensorBoardLaws
{
    [Fact]
    public async Task The_events_of_a_run_are_the_numbers_of_its_tables_its_samples_and_its_recipe()
    {
        using var session = new Session();
        Ending ending = await session.TrainAsync("--tensorboard", "--quiet");
        Assert.True(ending.ExitCode == 0, ending.Error);
        Check(session.Out);
        var settings = EventReader.Settings(session.Out).ToDictionary(setting => setting.Name, setting => setting.Value);
        Assert.Equal("tiny", settings["name"]);
        Assert.Equal(1.0, settings["seed"]);
        Assert.Equal(true, settings["tensorboard"]);
        Assert.Equal(3.0, settings["stages.sft.steps"]);
        Assert.Equal("grpo", settings["stages.grpo.type"]);
        Assert.Equal(2.0, settings["stages.grpo.algorithm.groupSize"]);
        Assert.Equal("numeric", settings["stages.grpo.rewards.0.type"]);
        Assert.Contains(
            EventReader.Events(EventReader.Files(session.Out)[0]).SelectMany(written => written.Values),
            value => value.Text(1) == "_hparams_/session_end_info" && value.At(9, 1, 2, 4).Long(1) == 1);
    }

    [Fact]
    public async Task Killed_and_resumed_a_run_has_every_step_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A process is killed as the kernel kills one.");
        using var session = new Session();
        string[] more =
        [
            "--set", "stages.sft.steps=400", "--set", "checkpoints.every=7", "--tensorboard", "--quiet", "--threads", "1",
        ];
        for (int kill = 1; kill <= 3; kill++)
        {
            using Process process = Start(session, [.. more, .. kill > 1 ? ["--resume"] : Array.Empty<string>()]);
            _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            long reached = 0;
            while (!process.HasExited && reached < 100 * kill)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
                reached = Reached(session.Out);
            }

            Assert.False(process.HasExited, "The run has ended before it could be killed.");
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Ending ending = await session.TrainAsync([.. more, "--resume"]);
        Assert.True(ending.ExitCode == 0, ending.Error);
        Assert.Equal(4, EventReader.Files(session.Out).Length);
        Assert.Single(EventReader.Settings(session.Out), setting => setting.Name == "name");
        Check(session.Out);
    }

    [Fact]
    public async Task A_run_that_goes_on_with_events_has_those_of_its_earlier_steps_too()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Assert.Equal([], EventReader.Files(session.Out));
        Assert.DoesNotContain(
            "tensorboard", File.ReadAllText(Path.Combine(session.Out, "run.json")), StringComparison.OrdinalIgnoreCase);
        Directory.Delete(Path.Combine(session.Out, "checkpoints", "step-5"), recursive: true);
        Ending ending = await session.TrainAsync("--tensorboard", "--quiet", "--resume");
        Assert.True(ending.ExitCode == 0, ending.Error);
        Check(session.Out);
    }

    [Fact]
    public async Task A_stage_and_a_recipe_ask_for_events_too_and_nothing_else_changes()
    {
        using var session = new Session();
        string[] stage =
        [
            "train", "sft", "--data", session.In("sft.csv"), "--steps", "2", "--characters", "0123456789+=", "--model-width", "8",
            "--model-heads", "2", "--quiet",
        ];
        Assert.Equal(0, (await Session.RunAsync([.. stage, "--output", session.In("plain")])).ExitCode);
        Assert.Equal(0, (await Session.RunAsync([.. stage, "--output", session.In("shown"), "--tensorboard"])).ExitCode);
        string recipe = session.Write("recipe.json", (await Session.RunAsync([.. stage, "--tensorboard", "--print-recipe"])).Output);
        Assert.Equal(0, (await Session.RunAsync("train", recipe, "--output", session.In("file"), "--quiet")).ExitCode);
        Check(session.In("shown"));
        Check(session.In("file"));
        string[] plain = UntimedTable.Read(Path.Combine(session.In("plain"), "metrics.csv"));
        Assert.Equal(plain, UntimedTable.Read(Path.Combine(session.In("shown"), "metrics.csv")));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(session.In("plain"), "checkpoints", "step-2", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(session.In("shown"), "checkpoints", "step-2", "model.safetensors")));
    }

    // Every number of metrics.csv and evaluations.csv, and every sample, once and in its order.
    internal static void Check(string run)
    {
        (string[] columns, string[][] rows) = Table(run, "metrics.csv");
        (long, string, float)[] numbers =
        [
            .. from row in rows
               from column in columns.Index()
               where column.Item is not ("global_step" or "stage") && row[column.Index].Length > 0
               select (Step(row), column.Item, (float)Number(row[column.Index])),
        ];
        Assert.NotEmpty(numbers);
        (string[] measures, string[][] evaluations) = Table(run, "evaluations.csv");
        (long, string, float)[] evaluated =
        [
            .. from row in evaluations
               from column in measures.Index().Skip(5)
               where !column.Item.Contains('/')
               select (Step(row), $"evaluation/{column.Item}", (float)Number(row[column.Index])),
        ];
        var scalars = EventReader.Scalars(run).ToLookup(scalar => scalar.Name.StartsWith("evaluation/", StringComparison.Ordinal));
        Assert.Equal(numbers, scalars[false]);
        Assert.Equal(evaluated, scalars[true]);
        (string[] parts, string[][] samples) = Table(run, "samples.csv");
        Assert.Equal(
            samples.GroupBy(Step).Select(step => (step.Key, string.Join('|', [.. parts[1..], .. step.SelectMany(row => row[1..])]))),
            EventReader.Texts(run).Select(text =>
            {
                Assert.Equal("samples", text.Name);
                return (text.Step, string.Join('|', text.Cells.Select((cell, i) => i < parts.Length - 1 ? cell : cell[4..])));
            }));
    }

    private static (string[] Columns, string[][] Rows) Table(string run, string name)
    {
        string[][] lines = [.. File.ReadLines(Path.Combine(run, name)).Select(line => line.Split(','))];
        return (lines[0], lines[1..]);
    }

    private static long Step(string[] row) => long.Parse(row[0], CultureInfo.InvariantCulture);

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    // The last step of the metrics that has been written so far.
    private static long Reached(string run)
    {
        string file = Path.Combine(run, "metrics.csv");
        if (!File.Exists(file))
        {
            return 0;
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        string[] lines = reader.ReadToEnd().Split('\n');
        return lines.Length > 2 ? Step(lines[^2].Split(',')) : 0;
    }

    private static Process Start(Session session, string[] more) => Process.Start(
        new ProcessStartInfo(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), "train", "tiny.json", "--output", "run", .. more])
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The process did not start.");
}
