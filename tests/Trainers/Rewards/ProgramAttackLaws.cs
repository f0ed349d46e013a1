using System.Diagnostics;
using System.Text.RegularExpressions;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>
/// The table of attacks: none earns anything, each is contained by the wall that the table names, and none costs another.
/// </summary>
[Collection(ProgramTable.Collection)]
public class ProgramAttackLaws
{
    // Another user repeats only what depends on the user: what runs.
    private const string Repeated = "RLCORE_ATTACKS_THAT_RUN";

    private static readonly Dictionary<string, string> Walls = new()
    {
        ["language"] = @"error CS|stands in no function",
        ["rules"] = "which a program under test may not use|error CS0234",
        ["meaning"] = "which decides what a test means",
        ["limits"] = "deep$|takes more than|are compiled$|limit|exit code",
        ["verdict"] = "^$",
    };

    private static bool IsRepeated => Environment.GetEnvironmentVariable(Repeated) is not null;

    [Fact]
    public void The_table_is_whole()
    {
        Assert.True(ProgramTable.Attacks.Length >= 150);
        Assert.All(ProgramTable.Attacks, one => Assert.Contains(one.Kind, Walls.Keys.Append("sandbox")));
        Assert.Equal(ProgramTable.Attacks.Length, ProgramTable.Attacks.Select(one => (one.Kind, one.Name)).Distinct().Count());
    }

    [Fact]
    public void No_attack_earns_anything_and_each_is_contained_by_its_wall()
    {
        ProgramCase[] attacks = IsRepeated
            ? [.. ProgramTable.Attacks.Where(one => one.Kind == "verdict").Where((_, i) => i % 3 == 0)]
            : [.. ProgramTable.Attacks.Where(one => one.Kind is not ("limits" or "sandbox"))];
        Assert.Empty(Unlike(attacks, new RewardSettings.Program { TimeLimit = 60 }));
    }

    [Fact]
    public void Bombs_end_at_their_limits()
    {
        Assert.SkipWhen(IsRepeated, "The limits of the compiler are the same for every user.");
        ProgramCase[] bombs = [.. ProgramTable.Attacks.Where(one => one.Kind == "limits" && one.Name != ProgramTable.MemoryBomb)];
        Assert.Empty(Unlike(bombs, new RewardSettings.Program { TimeLimit = 1 }));
    }

    [Fact]
    public void The_kernel_keeps_what_no_rule_has_seen()
    {
        Assert.SkipUnless(ProgramSandbox.Default.Isolation.HasOwnFiles, "The kernel gives no namespaces; only the compiler refuses.");
        ProgramCase[] attacks = [.. ProgramTable.Attacks.Where(one => one.Kind == "sandbox")];
        IEnumerable<string> tries = attacks.Select((one, i) => $$"""
            try { Native.Now = {{i}}; {{one.Completion}} } catch (Exception) { }
            """);
        SandboxResult result = SandboxPrograms.Run(
            $$"""
            static void Through() => Console.WriteLine($"through {Native.Now}");
            {{string.Join('\n', tries.Select(one => $"{{ {one} }}"))}}
            Console.Write("end");
            static class Native
            {
                public static int Now;
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int chroot(string path);
                [System.Runtime.InteropServices.DllImport("libc")]
                public static extern int mount(string source, string target, string type, ulong flags, string data);
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int sethostname(string name, long length);
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int mknod(string path, int mode, long device);
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int setuid(int user);
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int setrlimit(int resource, ulong[] limit);
                [System.Runtime.InteropServices.DllImport("libc")] public static extern int getppid();
                [System.Runtime.InteropServices.DllImport("libc")] public static extern long ptrace(long request, long pid, long a, long d);
            }
            """,
            "",
            new SandboxLimits { Time = TimeSpan.FromSeconds(60) });
        string[] through = [.. Regex.Matches(result.Output, "through ([0-9]+)")
            .Select(match => attacks[int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)].Name)];
        Assert.Empty(through);
        Assert.True(result.Output.EndsWith("end", StringComparison.Ordinal), $"It ended before the last attack: {result}");
    }

    [Fact]
    public void An_attack_in_a_batch_costs_the_honest_nothing()
    {
        ProgramCase[] honest = [.. ProgramTable.Honest.Take(8)];
        ProgramCase[] attacks = [.. ProgramTable.Attacks.Where(one => one.Kind == "verdict").Take(4)];
        ProgramCase[] all = [.. honest.Take(4), .. attacks, .. honest.Skip(4)];
        ProgramScore[] scores = Run(all, new RewardSettings.Program { TimeLimit = 60 });
        Assert.Equal(all.Select(one => one.Kind == "right" ? 1.0 : 0), scores.Select(one => one.Score));
    }

    [Fact]
    public void The_same_holds_for_a_user_without_rights()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can become another user for a test.");
        string tests = typeof(ProgramAttackLaws).Assembly.Location;
        string[] asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];
        Assert.SkipUnless(
            Start("setpriv", [.. asNobody, "test", "-r", tests]).ExitCode == 0,
            "The user nobody cannot read the tests where they lie.");
        (int exit, string output) = Start(
            "setpriv",
            [
                .. asNobody, "env", $"{Repeated}=1", "HOME=/tmp", Isolation.Host, "exec", tests, "-class",
                typeof(ProgramAttackLaws).FullName!,
            ]);
        Assert.True(exit == 0, output);
        Assert.Matches("Total: [0-9]+, Errors: 0, Failed: 0, Skipped: [12],", output);
    }

    private static ProgramScore[] Run(IEnumerable<ProgramCase> cases, RewardSettings.Program settings) =>
        new ProgramTests(settings, new RewardContext()).Run([.. cases.Select(one => (one.Completion, one.Tests))], CancellationToken.None);

    private static IEnumerable<string> Unlike(IEnumerable<ProgramCase> attacks, RewardSettings.Program settings)
    {
        // Each test alone must not pay: what is refused is refused with all its tests, so they are tried one by one.
        ProgramCase[] each = [.. attacks.SelectMany(one => one.Kind == "verdict"
            ? [one]
            : ProgramTests.Lines(one.Tests).Select(test => one with { Tests = test }))];
        return each.Zip(Run(each, settings))
            .Where(pair => pair.Second.Score != 0 || !Regex.IsMatch(pair.Second.Cause, Walls[pair.First.Kind]))
            .Select(pair => $"{pair.First.Kind} {pair.First.Name}: {pair.First.Tests}: {pair.Second.Score} ({pair.Second.Cause})");
    }

    private static (int ExitCode, string Output) Start(string file, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = "/tmp",
        })!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
