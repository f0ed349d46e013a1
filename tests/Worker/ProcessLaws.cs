using System.Diagnostics;

namespace RlCore.Worker.Tests;

/// <summary>The program as a process of its own.</summary>
public class ProcessLaws
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");

    [Fact]
    public async Task Bad_input_ends_the_process_with_2()
    {
        using var session = new Session();
        using Process process = Start(session, "train", "tinny.json");
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, $"error: {session.In("tinny.json")}: found no such file, but {session.In("tiny.json")}; expected a recipe.{Environment.NewLine}"), (process.ExitCode, await error));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_stops_after_a_checkpoint_and_the_run_goes_on(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using var session = new Session();
        using Process process = Start(session, "train", "tiny.json", "--set", "stages.sft.steps=100000000", "--set", "checkpoints.every=1000000", "--out", "run");
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("sft ", StringComparison.Ordinal))
        {
        }

        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains("Stopped. Go on with: ", await error, StringComparison.Ordinal);
        string state = File.ReadAllText(Directory.GetFiles(session.Out, "state.json", SearchOption.AllDirectories).OrderBy(File.GetLastWriteTimeUtc).Last());
        Assert.Contains("\"stageDone\": false", state, StringComparison.Ordinal);
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

    private static Process Start(Session session, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, .. args])
        {
            WorkingDirectory = session.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }
}
