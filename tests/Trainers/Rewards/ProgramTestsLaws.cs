using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Programs as completions: what they score, and what they may not do.</summary>
[Collection(ProgramTable.Collection)]
public class ProgramTestsLaws
{
    private const string Tests = "Add(1, 2) == 3\nAdd(-1, 1) == 0\n// a remark\n\nAdd(2, 2) == 4";

    [Theory]
    [InlineData("int Add(int a, int b) => a + b;", 1.0)]
    [InlineData("static int Add(int a, int b) { return b + a; }", 1.0)]
    [InlineData("using System.Numerics;\nlong Add(long a, long b) => (long)((BigInteger)a + b);", 1.0)]
    [InlineData("public class Solution { public static int Add(int a, int b) => a + b; }", 1.0)]
    [InlineData("int Add(int a, int b) => Sum(new[] { a, b });\nint Sum(IEnumerable<int> all) => all.Sum();", 1.0)]
    [InlineData("int Add(int a, int b) => a * b;", 1.0 / 3)]
    [InlineData("int Add(int a, int b) => 0;", 1.0 / 3)]
    [InlineData("int Add(int a, int b) => a - ;", 0.0)]
    [InlineData("int Add(string a) => 1;", 0.0)]
    [InlineData("The sum of a and b.", 0.0)]
    [InlineData("", 0.0)]
    [InlineData("Console.WriteLine(1); int Add(int a, int b) => a + b;", 0.0)]
    public void A_program_scores_the_share_of_its_tests(string completion, double expected) =>
        Assert.Equal(expected, Score(completion), 1e-12);

    [Fact]
    public void All_or_nothing_gives_no_part()
    {
        const string All = """{"type":"program","allOrNothing":true}""";
        Assert.Equal(0, Score("int Add(int a, int b) => a * b;", All));
        Assert.Equal(1, Score("int Add(int a, int b) => a + b;", All));
    }

    [Fact]
    public void The_program_may_stand_in_a_fenced_block() =>
        Assert.Equal(
            1,
            Score("Here it is:\n```csharp\nint Add(int a, int b) => a + b;\n```\n", """{"type":"program","within":"```csharp"}"""));

    [Fact]
    public void What_is_passed_before_a_loop_without_an_end_counts() =>
        Assert.Equal(
            2.0 / 3,
            Score("int Add(int a, int b) { while (a == 2) { } return a + b; }", """{"type":"program","timeLimit":3}"""),
            1e-12);

    [Theory]
    [InlineData("int Add(int a, int b) => Add(a, b + 1) + 1;")]
    [InlineData("int Add(int a, int b) { Environment.Exit(0); return a + b; }")]
    [InlineData("int Add(int a, int b) { throw new Exception(); }")]
    [InlineData("int Add(int a, int b) { for (int i = 0; i < 3; i++) Console.Write($\"\\n:{i}\\nTrue\\n\"); return 7; }")]
    public void A_crash_or_a_claim_passes_nothing(string completion) => Assert.Equal(0, Score(completion));

    [Fact]
    public void What_one_program_does_costs_the_others_nothing()
    {
        RewardSettings settings = RecipeReader.ParseRewards("""{"type":"program","timeLimit":3}""", "test")[0];
        string[] completions =
        [
            "int Add(int a, int b) => Add(a, b + 1) + 1;",
            "int Add(int a, int b) => a + b;",
            "int Add(int a, int b) { while (true) { } }",
            "int Add(int a, int b) => b + a;",
        ];
        Assert.Equal([0, 1, 0, 1], settings.Create(new RewardContext()).Score([.. completions.Select(Sample)], CancellationToken.None));
    }

    [Theory]
    [InlineData("using System.Net.Sockets; int Add(int a, int b) { new TcpClient(\"127.0.0.1\", 80); return a + b; }", "")]
    [InlineData("int Add(int a, int b) { System.Diagnostics.Process.Start(\"sh\"); return a + b; }", "System.Diagnostics")]
    [InlineData(
        "using System.Runtime.InteropServices; public static class C { [DllImport(\"libc\")] public static extern int fork(); "
            + "public static int Add(int a, int b) => fork(); }",
        "extern")]
    [InlineData("int Add(int a, int b) => typeof(int).Assembly.GetTypes().Length;", "System.Reflection.Assembly")]
    [InlineData("int Add(int a, int b) => (int)typeof(Math).GetMethod(\"Abs\")!.Invoke(null, null)!;", "System.Reflection.M")]
    [InlineData("int Add(int a, int b) { dynamic x = a; return x + b; }", "dynamic")]
    [InlineData("object Add(int a, int b) => Activator.CreateInstance(Type.GetType(\"System.Net.Sockets.Socket\")!)!;", "System.")]
    [InlineData("int Add(int a, int b) => Environment.GetEnvironmentVariables().Count;", "System.Environment")]
    [InlineData("int Add(int a, int b) => ((Func<int>)(() => 1)).Method.Name.Length;", "System.Reflection.M")]
    [InlineData("object Add(int a, int b) => ((Func<int>)(() => 1)).DynamicInvoke();", "DynamicInvoke")]
    [InlineData(
        "[assembly: CLSCompliant(false)] class X { public static int Add(int a, int b) => a + b; }", "an attribute of the assembly")]
    [InlineData("using E = System.Environment; int Add(int a, int b) => E.CurrentDirectory.Length;", "System.Environment")]
    [InlineData(
        "class C { [System.Runtime.CompilerServices.ModuleInitializer] public static void Go() { } "
            + "public static int Add(int a, int b) => a + b; }",
        "System.Runtime.CompilerServices")]
    [InlineData(
        "int Add(int a, int b) { var t = Type.GetType(\"x\"); return t!.InvokeMember(\"y\", default, null, null, null) is null ? 1 : 2; }",
        "System.Type")]
    public void The_compiler_refuses_what_reaches_out(string completion, string named)
    {
        CompiledProgram program = new ProgramCompiler().Compile(completion, ["Add(1, 2) == 3"], ApiRules.WithFiles);
        Assert.False(program.IsGood);
        Assert.Contains(named, program.Problem, StringComparison.Ordinal);
        Assert.Equal(0, Score(completion));
    }

    [Theory]
    [InlineData("int Add(int a, int b) { var w = System.Diagnostics.Stopwatch.StartNew(); return a + b + (int)(w.ElapsedTicks * 0); }")]
    [InlineData(
        "class Environment { public static int X => 0; } "
            + "class S { public static int Add(int a, int b) => a + b + Environment.X; }")]
    [InlineData("int Add(int a, int b) => int.Parse(string.Join(\"\", (a + b).ToString().OrderBy(c => c)));")]
    [InlineData("int Add(int a, int b) { var s = new System.IO.StringWriter(); s.Write(a + b); return int.Parse(s.ToString()); }")]
    [InlineData("int Add(int a, int b) => System.Text.RegularExpressions.Regex.IsMatch(\"a\", \"a\") ? a + b : typeof(int).Name.Length;")]
    public void The_compiler_lets_pass_what_does_not(string completion) =>
        Assert.Equal("", new ProgramCompiler().Compile(completion, ["Add(1, 2) == 3"], ApiRules.WithoutFiles).Problem);

    [Fact]
    public void Files_are_refused_where_the_sandbox_has_none_of_its_own()
    {
        const string Reads = "int Add(int a, int b) => System.IO.File.Exists(\"/etc/passwd\") ? 1 : 2;";
        Assert.Contains(
            "System.IO.File",
            new ProgramCompiler().Compile(Reads, ["true"], ApiRules.WithoutFiles).Problem,
            StringComparison.Ordinal);
        Assert.True(new ProgramCompiler().Compile(Reads, ["true"], ApiRules.WithFiles).IsGood);
    }

    [Fact]
    public void Tests_that_are_no_expressions_are_refused_with_the_dataset()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("p.csv", "prompt,tests\na,Add(1) == 2\nb,\"int x = 3;\"\nc,// nothing\n");
        var problems = new List<InputProblem>();
        Question[] rows = [.. Dataset.Questions(file, new DatasetChecks { Readers = [new RewardSettings.Program()] }, problems)];
        Assert.Equal(["a"], rows.Select(row => row.Prompt));
        Assert.Equal([3, 4], problems.Select(problem => problem.Row));
        Assert.Contains("column tests: found \"int x = 3;\" (", problems[0].ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "column tests: found no test; expected one C# expression per line, true for a correct completion.",
            problems[1].ToString(),
            StringComparison.Ordinal);
    }

    private static RewardSample Sample(string completion) =>
        Samples.Of(completion, fields: new Dictionary<string, string> { ["tests"] = Tests });

    private static double Score(string completion, string reward = "program") => Samples.Score(reward, Sample(completion));
}
