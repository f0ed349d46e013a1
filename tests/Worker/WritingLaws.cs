using System.Diagnostics;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests;

/// <summary>A folder that cannot be written, and a disk that runs full: one line, exit code 2, and the last checkpoint whole.</summary>
public class WritingLaws
{
    [Fact]
    public async Task A_run_folder_that_cannot_be_made_is_told_in_one_line()
    {
        using var session = new Session();
        string folder = Path.Combine(session.In("sft.csv"), "run");
        Ending ending = await Session.RunAsync("train", session.In("tiny.json"), "--output", folder);
        Assert.Equal(2, ending.ExitCode);
        Assert.Matches(
            $"^error: {System.Text.RegularExpressions.Regex.Escape(folder)}: found a run that cannot be written \\(.+\\); "
                + $"expected a writable folder, on a disk with free space\\.{Environment.NewLine}$",
            ending.Error);
    }

    [Fact]
    public async Task A_folder_without_the_right_to_write_is_told_in_one_line()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync(
            ["train", session.In("tiny.json"), "--output", session.Out],
            new Failing(_ => throw new UnauthorizedAccessException("Access to the path 'run' is denied.")));
        Assert.Equal(
            (
                2,
                $"error: {session.Out}: found a run that cannot be written (Access to the path 'run' is denied); "
                    + $"expected a writable folder, on a disk with free space.{Environment.NewLine}"),
            (ending.ExitCode, ending.Error));
    }

    [Fact]
    public async Task A_full_disk_names_the_checkpoint_to_go_on_from()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending ending = await Session.RunAsync(
            ["train", session.In("tiny.json"), "--output", session.Out, "--resume"],
            new Failing(_ => throw new IOException("No space left on device : 'metrics.csv'")));
        Assert.Equal(2, ending.ExitCode);
        Assert.Equal(
            $"error: {session.Out}: found a run that cannot be written (No space left on device : 'metrics.csv'); "
                + "expected a writable folder, on a disk with free space; "
            + $"{Path.Combine(session.Out, "checkpoints", "step-5")} is complete, and --resume continues from it.{Environment.NewLine}",
            ending.Error);
    }

    // A limit on the size of files stands for the full disk: metrics.csv reaches it amid the stage.
    [Fact]
    public async Task A_run_that_fills_its_disk_keeps_its_last_checkpoint_and_goes_on_with_room()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The limit is set by bash.");
        using var session = new Session();
        string[] settings = ["--set", "stages.sft.steps=1000", "--set", "checkpoints.every=10", "--set", "evaluation=null"];
        (int code, string error) = await RunLimitedAsync(session, 64, settings);
        Assert.Equal(2, code);
        Assert.Matches(
            @"^error: .*/run: found a run that cannot be written \(File too large : '.*'\); "
                + @"expected a writable folder, on a disk with free space; "
                + @".*/checkpoints/step-[0-9]+ is complete, and --resume continues from it\.\n$",
            error);
        string checkpoints = Path.Combine(session.Out, "checkpoints");
        Assert.DoesNotContain(Directory.GetDirectories(checkpoints), folder => Path.GetFileName(folder).StartsWith('.'));
        int last = Directory.GetDirectories(checkpoints)
            .Max(folder => int.Parse(Path.GetFileName(folder)["step-".Length..], System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(last, 10, 990);
        Ending resumed = await session.TrainAsync([.. settings, "--resume", "--quiet"]);
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(1000 + 2 + 1, File.ReadAllLines(Path.Combine(session.Out, "metrics.csv")).Length);
    }

    // The runtime's own code pages are files too, unless they are not doubly mapped.
    private static async Task<(int Code, string Error)> RunLimitedAsync(Session session, int kilobytes, string[] settings)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");
        var start = new ProcessStartInfo(
            "bash",
            [
                "-c", $"ulimit -f {kilobytes}; exec dotnet exec \"$@\"", "rlcore", program, "train", "tiny.json", "--output", "run",
                "--quiet", .. settings,
            ])
        {
            WorkingDirectory = session.Path,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }

    private sealed class Failing(Action<RunRequest> fail) : IRunExecutor
    {
        public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop)
        {
            fail(request);
            throw new InvalidOperationException("It was to fail.");
        }
    }
}
