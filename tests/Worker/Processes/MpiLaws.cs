using System.Diagnostics;
using System.Globalization;
using RlCore.Campaigns;
using RlCore.Engines;
using RlCore.Processes.Mpi;

namespace RlCore.Worker.Tests.Processes;

/// <summary>A run in several processes: it leaves what one process leaves, and it ends in all of them.</summary>
public sealed class MpiLaws
{
    private const string Prompts =
        "\"data\": \"prompts.csv\", \"promptsPerStep\": 4, \"maxCompletionTokens\": 3, "
            + "\"rewards\": [{ \"type\": \"length\", \"maxTokens\": 1 }]";

    [Fact]
    public async Task Two_and_four_processes_leave_the_files_of_one()
    {
        Mpirun.Require();
        using var session = new Session();
        string recipe = Write(session, steps: 4);
        Ending one = await Session.RunAsync("train", recipe, "--output", session.In("one"), "--threads", "1");
        Assert.True(one.ExitCode == 0, one.Error);
        Ending two = await Mpirun.RunAsync(2, "train", recipe, "--output", session.In("two"), "--threads", "1");
        Assert.True(two.ExitCode == 0, two.Error);
        RunComparison.Require(session.In("one"), session.In("two"));
        Assert.Single(two.Output.Split('\n'), line => line.StartsWith("run folder:", StringComparison.Ordinal));
        foreach (int processes in (int[])[2, 4])
        {
            string run = session.In($"shared-{processes}");
            Ending shared = await Mpirun.RunAsync(processes, "train", recipe, "--output", run, "--threads", "1", "--shard-optimizer");
            Assert.True(shared.ExitCode == 0, shared.Error);
            RunComparison.Require(session.In("one"), run);
        }
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 0)]
    public async Task A_process_that_is_killed_ends_the_run_with_one_line_and_the_run_goes_on_to_the_same_files(int processes, int rank)
    {
        Mpirun.Require();
        using var session = new Session();
        string recipe = Write(session, steps: 40);
        Ending one = await Session.RunAsync("train", recipe, "--output", session.In("one"), "--threads", "1", "--quiet");
        Assert.True(one.ExitCode == 0, one.Error);
        using (Process process = Mpirun.Start(processes, "train", recipe, "--output", session.In("shared"), "--threads", "1"))
        {
            Task<Ending> ending = Mpirun.EndAsync(process);
            await ReachAsync(session, "shared", process);
            using Process killed = Mpirun.Rank(process, rank);
            killed.Kill();
            Ending ended = await ending;
            Assert.NotEqual(0, ended.ExitCode);

            // The first process speaks for all; where it is the one that is gone, the next one does.
            string line = Assert.Single(Mpirun.Errors(ended));
            Assert.Contains($"process {rank} of {processes} (PID {killed.Id}", line, StringComparison.Ordinal);
            Assert.Contains("is complete, and --resume continues from it", line, StringComparison.Ordinal);
        }

        Ending resumed = await Mpirun.RunAsync(
            processes, "train", recipe, "--output", session.In("shared"), "--threads", "1", "--resume");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        RunComparison.Require(session.In("one"), session.In("shared"));
    }

    [Fact]
    public async Task A_signal_that_mpirun_passes_on_stops_all_processes_with_a_checkpoint()
    {
        Mpirun.Require();
        using var session = new Session();
        string recipe = Write(session, steps: 5000);
        using Process process = Mpirun.Start(2, "train", recipe, "--output", session.In("two"), "--threads", "1");
        Task<Ending> ending = Mpirun.EndAsync(process);
        await ReachAsync(session, "two", process);
        using (Process kill = Process.Start("kill", ["-USR1", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Ending ended = await ending;
        Assert.Contains("Stopped. To continue:", ended.Output + ended.Error, StringComparison.Ordinal);
        Assert.Empty(Mpirun.Errors(ended));
        string table = Path.Combine(session.In("two"), "metrics.csv");
        string last = (await File.ReadAllLinesAsync(table, TestContext.Current.CancellationToken))[^1];
        Assert.True(Directory.Exists(Path.Combine(session.In("two"), "checkpoints", $"step-{last.Split(',')[0]}")), last);
    }

    [Fact]
    public async Task What_the_processes_cannot_use_is_told_once()
    {
        Mpirun.Require();
        using var session = new Session();
        string recipe = Write(session, steps: 4);
        Ending three = await Mpirun.RunAsync(3, "train", recipe, "--output", session.In("three"));
        Assert.Equal(2, three.ExitCode);
        Assert.Contains("found 4 shards of a step for 3 processes", Assert.Single(Mpirun.Errors(three)), StringComparison.Ordinal);
        Ending none = await Mpirun.RunAsync(2, "train", session.In("none.json"));
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("none.json", Assert.Single(Mpirun.Errors(none)), StringComparison.Ordinal);
        Ending alone = await Session.RunAsync("train", recipe, "--output", session.In("alone"), "--shard-optimizer");
        Assert.Equal(2, alone.ExitCode);
        Assert.Contains("--shard-optimizer: found one process; expected several", alone.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libnothing-of-this-name.so", "MPI: found no libnothing-of-this-name.so", "install openmpi-bin")]
    [InlineData("libc.so.6", "MPI: found libc.so.6, which is not Open MPI's", "install openmpi-bin")]
    public void A_missing_library_is_told_with_what_to_install(string library, string found, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library of another system has another name.");
        var refused = Assert.Throws<ProcessFailedException>(() => MpiLibrary.Load([library]));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_no_launcher_has_started_does_not_look_for_the_library()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null, "The tests themselves run under mpirun.");
        var mpi = new MpiProvider();
        Assert.False(mpi.IsLaunched);
        Assert.Equal(0, mpi.LaunchedRank);
    }

    // Until there is a checkpoint within the run.
    internal static async Task ReachAsync(Session session, string run, Process process)
    {
        string folder = Path.Combine(session.In(run), "checkpoints");
        while (!process.HasExited && !(Directory.Exists(folder) && Directory.EnumerateDirectories(folder, "step-*").Count() > 2))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(process.HasExited, "the run has ended before it was stopped");
    }

    internal static string Write(Session session, int steps)
    {
        session.Write("sft.csv", "prompt,completion\n1+1=,2\n1+2=,3\n2+1=,3\n2+2=,4\n3+1=,4\n1+4=,5\n2+3=,5\n4+1=,5\n");
        session.Write("prompts.csv", "prompt,answer\n2+2=,4\n3+2=,5\n1+4=,5\n3+3=,6\n2+4=,6\n");
        session.Write(
            "pairs.csv",
            "prompt,chosen,rejected\n1+1=,2,3\n1+2=,3,4\n2+1=,3,1\n2+2=,4,1\n1+3=,4,2\n2+3=,5,2\n4+1=,5,1\n3+1=,4,9\n");
        return session.Write("shared.json", $$"""
            {
              "name": "shared",
              "characters": "0123456789+=", "shardWork": 0,
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 12 },
              "stages": [
                { "type": "sft", "data": "sft.csv", "batchSize": 8, "steps": {{steps}} },
                { "type": "grpo", {{Prompts}}, "algorithm": { "groupSize": 2, "klCoefficient": 0.1 }, "steps": {{steps}} },
                { "type": "ppo", {{Prompts}}, "algorithm": { "groupSize": 2, "iterations": 2 }, "steps": {{steps}} },
                { "type": "dpo", "data": "pairs.csv", "batchSize": 8, "steps": {{steps}} }
              ],
              "checkpoints": { "every": 3, "keep": 2 }
            }
            """);
    }
}
