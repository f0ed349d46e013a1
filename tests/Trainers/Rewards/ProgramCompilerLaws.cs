using System.Diagnostics;
using System.Text;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>What goes to the process of a completion and what does not; and the processes around it.</summary>
[Collection(ProgramTable.Collection)]
public class ProgramCompilerLaws
{
    private const string Completion = """
        class Box { public string Text = "a"; public string Read() => Text; }
        class Bag
        {
            List<string> all = new();
            public void Put(string s) => all.Add(s);
            public int Count => all.Count;
            public string Last() => all[^1];
        }

        string Name(int a) => "a";
        string[] Names(int a) => ["a"];
        int Length(string s) => s.Length;
        object Any(int a) => "a";
        (string First, int Second) Both(int a) => ("a", a);
        bool TryName(int a, out string name) { name = "a"; return true; }
        IEnumerable<string> Endless() { while (true) yield return "a"; }
        Func<int, string> Maker() => a => "a";
        """;

    [Theory]
    [InlineData("Name(1) == \"EXPECTED\"")]
    [InlineData("\"EXPECTED\".Equals(Name(1))")]
    [InlineData("Name(1) is \"EXPECTED\" or \"b\"")]
    [InlineData("Names(1).SequenceEqual(new[] { \"EXPECTED\" })")]
    [InlineData("Names(1).Contains(\"EXPECTED\")")]
    [InlineData("string.Join(\",\", Names(1).Select(n => n + \"!\")) == \"EXPECTED\"")]
    [InlineData("$\"{Name(1)}:{Length(Name(2))}\" == \"EXPECTED\"")]
    [InlineData("Any(1).Equals(\"EXPECTED\")")]
    [InlineData("Both(1) == (\"EXPECTED\", 1)")]
    [InlineData("Both(1).First == \"EXPECTED\"")]
    [InlineData("TryName(1, out var name) && name == \"EXPECTED\"")]
    [InlineData("Endless().Take(2).SequenceEqual([\"a\", \"EXPECTED\"])")]
    [InlineData("new Box().Text == \"EXPECTED\"")]
    [InlineData("new Box().Read() == \"EXPECTED\" ? true : false")]
    [InlineData("Maker()(1) == \"EXPECTED\"")]
    [InlineData("Name(1) switch { \"EXPECTED\" => true, _ => false }")]
    [InlineData("Name(1)?.Length == \"EXPECTED\".Length")]
    [InlineData("((Func<bool>)(() => { var b = new Bag(); b.Put(\"a\"); return b.Last() == \"EXPECTED\" && b.Count == 1; }))()")]
    [InlineData("new Func<bool>(() => { var n = Name(1); return n == \"EXPECTED\"; })()")]
    [InlineData("Name(1) == \"b\" || !(Names(1)[0] != \"EXPECTED\")")]
    public void What_a_test_expects_does_not_go_to_the_completion(string test)
    {
        CompiledProgram program = new ProgramCompiler().Compile(Completion, [test], ApiRules.WithFiles);
        Assert.Equal("", program.Problem);
        Assert.Contains("EXPECTED", program.Verdicts, StringComparison.Ordinal);
        Assert.Equal(-1, program.Assembly.AsSpan().IndexOf(Encoding.Unicode.GetBytes("EXPECTED")));
    }

    [Fact]
    public void A_process_that_ends_is_replaced_and_says_why()
    {
        ProgramCase bomb = ProgramTable.Attacks.Single(one => one.Name == ProgramTable.MemoryBomb);
        var reward = new ProgramTests(new RewardSettings.Program { Parallelism = 1, TimeLimit = 60 }, new RewardContext());
        (string, string) good = ("int Add(int a, int b) => a + b;", "Add(1, 2) == 3");
        ProgramScore[] scores = reward.Run([(bomb.Completion, bomb.Tests), good], CancellationToken.None);
        Assert.Equal([0.0, 1.0], scores.Select(one => one.Score));
        Assert.Equal("compiling it takes more than 768 MiB", scores[0].Cause);
    }

    [Fact]
    public void A_process_that_was_killed_while_nobody_asked_costs_no_score()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by /proc.");
        var reward = new ProgramTests(new RewardSettings.Program { TimeLimit = 60 }, new RewardContext());
        (string, string) good = ("int Add(int a, int b) => b + a;", "Add(1, 2) == 3");
        Assert.Equal(1, reward.Run([good], CancellationToken.None)[0].Score);
        ProcessTree.KillAllNaming(SandboxFolders.Root);
        Assert.Equal(1, reward.Run([good], CancellationToken.None)[0].Score);
    }

    [Fact]
    public void A_stop_ends_a_compilation()
    {
        ProgramCase bomb = ProgramTable.Attacks.Single(one => one.Name.StartsWith("eight nested", StringComparison.Ordinal));
        var reward = new ProgramTests(new RewardSettings.Program { TimeLimit = 600 }, new RewardContext());
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var clock = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => reward.Run([(bomb.Completion, bomb.Tests)], stop.Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"It ended after {clock.Elapsed}.");
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_with_its_processes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by /proc.");
        using var parent = new TemporaryFolder();
        string[] folders =
        [
            parent.In($"{SandboxFolders.Prefix}dead"), parent.In($"{SandboxFolders.Prefix}alive"),
            parent.In($"{SandboxFolders.Prefix}new"),
        ];
        foreach (string folder in folders.Append(parent.In("other")))
        {
            Directory.CreateDirectory(Path.Combine(folder, "work"));
        }

        File.WriteAllText(Path.Combine(folders[0], "owner"), "");
        using var alive = new FileStream(Path.Combine(folders[1], "owner"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        using var left = Process.Start("sh", ["-c", "sleep 600; true", Path.Combine(folders[0], "root")]);
        using var other = Process.Start("sh", ["-c", "sleep 600; true", Path.Combine(folders[1], "root")]);
        SandboxFolders.Sweep(parent.Path);
        Assert.True(left.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.False(other.HasExited);
        other.Kill(entireProcessTree: true);
        Assert.Equal(
            ["alive", "new", "other"],
            Directory.EnumerateDirectories(parent.Path)
                .Select(path => Path.GetFileName(path).Replace(SandboxFolders.Prefix, "", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_namespaces_a_setting_has_to_allow_programs()
    {
        Isolation weak = Isolation.Candidates.Last();
        InputProblem problem = Assert.IsType<InputProblem>(new RewardSettings.Program().WeakIsolation(weak));
        Assert.Contains("set its \"allowWeakIsolation\" to true", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains(weak.Name, problem.ToString(), StringComparison.Ordinal);
        Assert.Null(new RewardSettings.Program { AllowWeakIsolation = true }.WeakIsolation(weak));
        Assert.Null(new RewardSettings.Program().WeakIsolation(Isolation.Candidates.First()));
    }
}
