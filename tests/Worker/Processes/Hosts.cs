using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RlCore.Worker.Tests.Processes;

/// <summary>
/// Two machines of a network, as far as Linux can pretend: network namespaces joined by a cable of their own, with a name each. mpirun
/// runs on the first, and reaches the second as it would by ssh.
/// </summary>
internal sealed class Hosts : IDisposable
{
    private const string Network = "10.99.0.0/24";

    private readonly string _folder = Directory.CreateTempSubdirectory("rlcore-hosts-").FullName;

    private Hosts() => Names = [.. Enumerable.Range(1, 2).Select(i => $"rlcore{Environment.ProcessId % 100000}-{i}")];

    /// <summary>Names of the machines, and of their namespaces.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>mpirun on the first machine, for processes on both.</summary>
    public IReadOnlyList<string> Launcher =>
    [
        In("enter"), Names[0], "mpirun", "--hostfile", In("hosts"), "--map-by", "node", "--mca", "plm_rsh_agent", In("enter"),
        "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", Network, "--mca", "oob_tcp_if_include", Network,
        "--mca", "odls_base_sigkill_timeout", "4",
    ];

    /// <summary>mpirun that, besides, ends when the other machine is lost, and leaves the program the time to notice that too.</summary>
    public IReadOnlyList<string> WatchfulLauncher =>
    [
        .. Launcher, "--mca", "oob_tcp_keepalive_time", "1", "--mca", "oob_tcp_keepalive_intvl", "1",
        "--mca", "oob_tcp_keepalive_probes", "2", "-x", "RLCORE_PROCESS_TIMEOUT=8",
    ];

    /// <summary>Makes the machines; skips the test where that is not possible.</summary>
    public static Hosts Make()
    {
        Mpirun.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has network namespaces.");
        bool isThere = TryRun("ip", ["-Version"], out _) && TryRun("unshare", ["--version"], out _);
        const string Missing = "No ip, or no unshare: install iproute2 and util-linux.";
        Assert.False(!isThere && Environment.GetEnvironmentVariable("CI") == "true", Missing);
        Assert.SkipUnless(isThere, Missing);
        var hosts = new Hosts();
        try
        {
            bool isAllowed = TryRun("ip", ["netns", "add", hosts.Names[0]], out string problem)
                && TryRun("ip", ["netns", "exec", hosts.Names[0], "unshare", "--uts", "true"], out problem);
            Assert.SkipUnless(isAllowed, $"Network namespaces are not to be had here, which root may make: {problem.Trim()}");
            hosts.Join();
            return hosts;
        }
        catch
        {
            hosts.Dispose();
            throw;
        }
    }

    /// <summary>Cuts the cable, or joins it again.</summary>
    /// <param name="state">down or up.</param>
    public void SetCable(string state) => Run("ip", "-n", Names[1], "link", "set", "cable2", state);

    /// <summary>The process of a rank.</summary>
    /// <param name="host">Its machine, 0 or 1.</param>
    /// <param name="rank">Its rank.</param>
    public Process Rank(int host, int rank) => Mpirun.Rank(Processes(host), rank);

    /// <summary>Ends what runs on the machines, and removes them.</summary>
    public void Dispose()
    {
        foreach (int id in Enumerable.Range(0, Names.Count).SelectMany(Processes))
        {
            TryRun("kill", ["-9", id.ToString(CultureInfo.InvariantCulture)], out _);
        }

        foreach (string name in Names)
        {
            TryRun("ip", ["netns", "del", name], out _);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Join()
    {
        Run("ip", "netns", "add", Names[1]);
        Run("ip", "link", "add", "cable1", "netns", Names[0], "type", "veth", "peer", "name", "cable2", "netns", Names[1]);
        for (int i = 1; i <= Names.Count; i++)
        {
            Run("ip", "-n", Names[i - 1], "addr", "add", $"10.99.0.{i}/24", "dev", $"cable{i}");
            Run("ip", "-n", Names[i - 1], "link", "set", "lo", "up");
            Run("ip", "-n", Names[i - 1], "link", "set", $"cable{i}", "up");
        }

        // HOST COMMAND, as ssh is called: the words of the command are read by a shell.
        File.WriteAllText(
            In("enter"),
            """
            #!/bin/sh
            host=$1; shift
            exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"

            """.ReplaceLineEndings("\n"));
        Run("chmod", "+x", In("enter"));
        File.WriteAllLines(In("hosts"), Names.Select(name => $"{name} slots=2"));
    }

    private IEnumerable<int> Processes(int host) =>
        TryRun("ip", ["netns", "pids", Names[host]], out string ids)
            ? ids.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))
            : [];

    private string In(string name) => Path.Combine(_folder, name);

    private static void Run(string program, params string[] args) =>
        Assert.True(TryRun(program, args, out string output), $"{program} {string.Join(' ', args)}: {output}");

    private static bool TryRun(string program, string[] args, out string output)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception missing)
        {
            output = missing.Message;
            return false;
        }
    }
}
