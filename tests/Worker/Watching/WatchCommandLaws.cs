using System.Diagnostics;
using System.Text.RegularExpressions;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Tests.Watching;

/// <summary><c>rlcore watch</c> and <c>train --watch</c>.</summary>
public sealed partial class WatchCommandLaws
{
    [Fact]
    public async Task A_training_that_is_watched_has_a_page_until_it_ends()
    {
        using var session = new Session();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var client = new HttpClient();
        string address = "", list = "";
        var executor = new Executor(request =>
        {
            // What a run's process has done by its first step.
            new FakeRun(request.OutputFolder, "loss").Step(1, 1, (_, _) => 1);
            address = AddressIn().Match(error.ToString()).Value;
            list = client.GetStringAsync(new Uri(address + "api/runs")).GetAwaiter().GetResult();
        });
        string[] args = ["train", session.In("tiny.json"), "--out", session.Out, "--watch"];
        Assert.Equal(0, await WorkerApplication.RunAsync(args, output, error, executor));
        Assert.StartsWith("http://127.0.0.1:", address, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"run\"", list, StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Watch_prints_where_the_page_is_and_ends_with_0_when_it_is_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using var session = new Session();
        _ = new FakeRun(session.In("runs/one"), "loss");
        var start = new ProcessStartInfo(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll"), "watch", session.In("runs"), "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        Assert.Matches(@"^1 run in runs: http://127\.0\.0\.1:\d+/ \(Ctrl\+C to stop\)$", line);
        using var client = new HttpClient();
        string list = await client.GetStringAsync(
            new Uri(AddressIn().Match(line).Value + "api/runs"), TestContext.Current.CancellationToken);
        Assert.Contains("\"name\":\"one\"", list, StringComparison.Ordinal);
        using Process kill = Process.Start("kill", [$"-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("--port", "70000", "--port: found 70000; expected a whole number from 0 to 65535.")]
    [InlineData("--address", "here", "--address: found here; expected an IP address, such as 127.0.0.1.")]
    public async Task An_option_out_of_range_is_refused(string option, string value, string message)
    {
        Ending ending = await Session.RunAsync("watch", option, value);
        Assert.Equal((2, $"error: {message}{Environment.NewLine}"), (ending.ExitCode, ending.Error));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_refused()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("watch", session.In("none"));
        Assert.Equal(
            (2, $"error: watch: found {session.In("none")}, which is not there; expected the folder of a run, or one of runs."
                + Environment.NewLine),
            (ending.ExitCode, ending.Error));
    }

    [GeneratedRegex("http://[^ ]+/")]
    private static partial Regex AddressIn();

    private sealed class Executor(Action<RunRequest> act) : IRunExecutor
    {
        public RunSummary Execute(RunRequest request, IRunObserver observer, CancellationToken stop)
        {
            act(request);
            return new RunSummary(request.Recipe.Name, request.OutputFolder, 1, "", [], [], 0, 0, "");
        }
    }
}
