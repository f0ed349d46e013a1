using System.Diagnostics;
using RlCore.Campaigns;

namespace RlCore.Worker.Tests.Processes;

/// <summary>A run on two machines, which are network namespaces of this one.</summary>
public sealed class HostLaws
{
    [Fact]
    public async Task Two_machines_leave_the_files_of_one()
    {
        using Hosts hosts = Hosts.Make();
        using var session = new Session();
        string recipe = MpiLaws.Write(session, steps: 4);
        Ending one = await Session.RunAsync("train", recipe, "--output", session.In("one"), "--threads", "1");
        Assert.True(one.ExitCode == 0, one.Error);
        using Process process = Mpirun.Start(hosts.Launcher, 2, "train", recipe, "--output", session.In("two"), "--threads", "1");
        Ending two = await Mpirun.EndAsync(process);
        Assert.True(two.ExitCode == 0, two.Error);
        Assert.DoesNotContain("cannot connect", two.Error + two.Output, StringComparison.Ordinal);
        RunComparison.Require(session.In("one"), session.In("two"));
    }

    [Theory]
    [InlineData("cable", 2, 1, "has not been heard for 8 seconds")]
    [InlineData("processes", 2, 1, "has closed its connection without a word")]
    [InlineData("processes", 4, 0, "has closed its connection without a word")]
    public async Task A_machine_that_is_lost_ends_the_run_with_one_line_and_the_run_goes_on_to_the_same_files(
        string lost, int processes, int machine, string happened)
    {
        using Hosts hosts = Hosts.Make();
        using var session = new Session();
        string recipe = MpiLaws.Write(session, steps: 150);
        Ending one = await Session.RunAsync("train", recipe, "--output", session.In("one"), "--threads", "1", "--quiet");
        Assert.True(one.ExitCode == 0, one.Error);
        IReadOnlyList<string> launcher = lost == "cable" ? hosts.WatchfulLauncher : hosts.Launcher;
        using (Process process = Mpirun.Start(launcher, processes, "train", recipe, "--output", session.In("two"), "--threads", "1"))
        {
            Task<Ending> ending = Mpirun.EndAsync(process);
            await MpiLaws.ReachAsync(session, "two", process);

            // They take the machines in turn.
            int[] ranks = [.. Enumerable.Range(0, processes).Where(rank => rank % 2 == machine)];
            Process[] there = [.. ranks.Select(rank => hosts.Rank(machine, rank))];
            int id = there[0].Id;
            if (lost == "cable")
            {
                hosts.SetCable("down");
            }
            else
            {
                Array.ForEach(there, ranked => ranked.Kill());
            }

            Ending ended = await ending;
            Assert.NotEqual(0, ended.ExitCode);
            string line = Assert.Single(Mpirun.Errors(ended));
            Assert.Contains(
                $"process {machine} of {processes} (PID {id} on {hosts.Names[machine]}) {happened}", line, StringComparison.Ordinal);
            Assert.Contains("is complete, and --resume continues from it", line, StringComparison.Ordinal);

            // Those that are cut off hear nothing of the others either, and end.
            foreach (Process ranked in there)
            {
                await ranked.WaitForExitAsync(TestContext.Current.CancellationToken);
                ranked.Dispose();
            }
        }

        Ending resumed = await Session.RunAsync("train", recipe, "--output", session.In("two"), "--threads", "1", "--resume", "--quiet");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        RunComparison.Require(session.In("one"), session.In("two"));
    }
}
