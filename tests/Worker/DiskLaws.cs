using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RlCore.Worker.Tests;

/// <summary>What reaches the disk, and in which order, as the kernel sees it.</summary>
public sealed partial class DiskLaws
{
    private const string Temporary = ".writing-";

    [Fact]
    public async Task Files_and_tables_are_on_the_disk_before_the_name_that_tells_of_them()
    {
        Assert.SkipUnless(await TracesAsync(), "strace is not here, or may not trace.");
        using var session = new Session();
        string log = session.In("calls.txt");
        string program = Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");
        string[] command = ["dotnet", "exec", program, "train", "tiny.json", "--output", "run", "--threads", "1", "--quiet"];
        Assert.Equal(0, await RunAsync(
            session.Path, ["-f", "-y", "-s", "4096", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o", log, .. command]));
        var synced = new HashSet<string>(StringComparer.Ordinal);
        var renamed = new HashSet<string>(StringComparer.Ordinal);
        int checkpoints = 0;
        foreach (string line in await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken))
        {
            if (SyncPattern().Match(line) is { Success: true } sync)
            {
                synced.Add(sync.Groups[1].Value);
                renamed.Remove(sync.Groups[1].Value);
            }
            else if (RenamePattern().Match(line) is { Success: true } rename && Path.GetFileName(rename.Groups[1].Value).StartsWith(
                Temporary, StringComparison.Ordinal) && !rename.Groups[2].Value.EndsWith("-deleted", StringComparison.Ordinal))
            {
                // A new name is on the disk once its folder is.
                Assert.Empty(renamed);
                renamed.Add(Path.GetDirectoryName(Path.GetFullPath(rename.Groups[2].Value, session.Path))!);
                AssertSynced(session, rename.Groups[1].Value, rename.Groups[2].Value, synced);
                if (Path.GetFileName(rename.Groups[2].Value).StartsWith("step-", StringComparison.Ordinal))
                {
                    string[] tables = ["metrics.csv", "samples.csv", "evaluations.csv", "warnings.csv"];
                    Assert.All(tables, table => Assert.Contains(Path.Combine(session.Out, table), synced));

                    // The next checkpoint tells of rows that have yet to be written.
                    synced.RemoveWhere(file => tables.Contains(Path.GetFileName(file)));
                    checkpoints++;
                }
            }
        }

        Assert.Empty(renamed);
        Assert.InRange(checkpoints, 6, 20);
    }

    // A file is synced itself; of a folder, each of its files and their names.
    private static void AssertSynced(Session session, string from, string to, HashSet<string> synced)
    {
        string full = Path.GetFullPath(to, session.Path);
        if (Directory.Exists(full))
        {
            Assert.Contains(Path.GetFullPath(from, session.Path), synced);
            Assert.All(
                Directory.EnumerateFiles(full).Select(Path.GetFileName),
                name => Assert.Contains(Path.GetFullPath(Path.Combine(from, name!), session.Path), synced));
        }
        else if (File.Exists(full))
        {
            Assert.Contains(Path.GetFullPath(from, session.Path), synced);
        }
    }

    private static async Task<bool> TracesAsync() =>
        File.Exists("/usr/bin/strace") && await RunAsync("/", ["-f", "-o", "/dev/null", "true"]) == 0;

    private static async Task<int> RunAsync(string folder, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/strace", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("strace did not start.");
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    // With -y, the file of a descriptor is in angle brackets.
    [GeneratedRegex(@"f(?:data)?sync\(\d+<([^>]+)>")]
    private static partial Regex SyncPattern();

    [GeneratedRegex(@"rename\w*\((?:[^,""]+, )?""([^""]+)"", (?:[^,""]+, )?""([^""]+)""")]
    private static partial Regex RenamePattern();
}
