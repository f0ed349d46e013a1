using System.Diagnostics;

namespace RlCore.Worker.Tests;

/// <summary>The program as a process of its own.</summary>
public class ProcessLaws
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(2);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");

    [Fact]
    public async Task Bad_input_ends_the_process_with_2()
    {
        using var session = new Session();
        using Process process = Start(session, "train", "tinny.json");
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            (
                2,
                $"error: {session.In("tinny.json")}: found no such file, only {session.In("tiny.json")}; expected a "
                    + $"recipe.{Environment.NewLine}"),
            (process.ExitCode, await error));
    }

    [Theory]
    [InlineData("INT", 130, "sft")]
    [InlineData("TERM", 143, "sft")]
    [InlineData("INT", 130, "grpo")]
    [InlineData("TERM", 143, "grpo")]
    public async Task A_signal_stops_after_a_checkpoint_and_the_run_goes_on(string signal, int exitCode, string stage)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using var session = new Session();
        string[] command =
        [
            "train", "tiny.json", "--set", $"stages.{stage}.steps=100000000", "--set", "checkpoints.every=1000000", "--output", "run",
        ];
        using Process process = StartWithSignals(session, command);
        await ReadUntilAsync(
            process,
            line => line.StartsWith($"{stage} ", StringComparison.Ordinal) && line.Contains(" left", StringComparison.Ordinal));
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(LongestStop))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The run went on for {LongestStop.TotalSeconds} seconds after the signal.");
        }

        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains("Stopped. To continue: ", await error, StringComparison.Ordinal);
        string state = File.ReadAllText(Directory.GetFiles(session.Out, "state.json", SearchOption.AllDirectories)
            .OrderBy(File.GetLastWriteTimeUtc)
            .Last());
        Assert.Contains("\"stageDone\": false", state, StringComparison.Ordinal);
        string done = System.Text.RegularExpressions.Regex.Match(state, "\"stageStep\": ([0-9]+)").Groups[1].Value;
        using Process again = Start(session, [.. command, "--resume"]);
        string begun = await ReadUntilAsync(again, line => line.StartsWith("stage ", StringComparison.Ordinal));
        again.Kill(entireProcessTree: true);
        await again.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.EndsWith(
            $"{stage}, 100,000,000 steps, from step {int.Parse(done, System.Globalization.CultureInfo.InvariantCulture) + 1}",
            begun,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_command_the_datasets_and_the_recipe_come_with_the_program()
    {
        using var session = new Session();
        using Process process = Start(session);
        bool began = false;
        while (!began && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            began = line.StartsWith("stage 1", StringComparison.Ordinal);
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(began);
        Assert.True(File.Exists(Path.Combine(session.Path, "runs", "quickstart", "run.json")));
    }

    private static async Task<string> ReadUntilAsync(Process process, Predicate<string> accepts)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (accepts(line))
            {
                return line;
            }
        }

        return "";
    }

    private static Process Start(Session session, params string[] args) => Start(session, "dotnet", ["exec", Program, .. args]);

    // What a shell starts in the background ignores Ctrl+C, and so does all that it starts; env undoes that where it is GNU's.
    private static Process StartWithSignals(Session session, params string[] args) => OperatingSystem.IsLinux()
        ? Start(session, "env", ["--default-signal=INT,TERM", "dotnet", "exec", Program, .. args])
        : Start(session, args);

    private static Process Start(Session session, string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }
}
