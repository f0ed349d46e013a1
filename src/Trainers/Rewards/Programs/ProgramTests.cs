using System.Globalization;
using System.Text;
using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>The score of a program.</summary>
/// <param name="Score">The score.</param>
/// <param name="Cause">Why it did not compile, or what stopped it; empty if it ran to its end.</param>
internal sealed record ProgramScore(double Score, string Cause);

/// <summary>
/// The fraction of a row's tests that a completion passes as a C# program, or 1 if all pass and otherwise 0. A completion is compiled in
/// one process (<see cref="CompilerServer"/>) and runs in another (<see cref="TestRunner"/>), both in the sandbox; its values come back to
/// the first, which computes the verdict. A program that does not compile, crashes, or uses what is not allowed
/// (<see cref="ApiRules"/>) passes none; one that is stopped at a limit keeps the tests passed before.
/// </summary>
internal sealed class ProgramTests : IReward
{
    private readonly RewardSettings.Program _settings;
    private readonly ProgramSandbox _sandbox = ProgramSandbox.Default;
    private readonly SandboxLimits _limits;

    /// <summary>A reward by the tests of a column.</summary>
    /// <param name="settings">The column and the limits.</param>
    /// <param name="context">A line in its folder records how programs are isolated.</param>
    /// <exception cref="InputException">Only the compiler would isolate programs, and the settings do not allow that.</exception>
    public ProgramTests(RewardSettings.Program settings, RewardContext context)
    {
        _settings = settings;
        _limits = new SandboxLimits { Time = TimeSpan.FromSeconds(settings.TimeLimit), MemoryMegabytes = settings.MemoryMegabytes };
        if (settings.WeakIsolation(_sandbox.Isolation) is { } problem)
        {
            throw new InputException([problem]);
        }

        if (context.Folder.Length > 0)
        {
            Directory.CreateDirectory(context.Folder);
            DurableFiles.WriteFile(
                Path.Combine(context.Folder, $"{settings.Name}-isolation.txt"),
                stream => stream.Write(Encoding.UTF8.GetBytes($"Programs under test run with: {_sandbox.Isolation.Name}.\n")));
        }
    }

    /// <inheritdoc/>
    public string Name => _settings.Name;

    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<RewardSample> batch, CancellationToken stop)
    {
        ProgramScore[] scores = Run([.. batch.Select(sample => (sample.Completion, sample.Question.Fields[_settings.TestsColumn]))], stop);
        return [.. scores.Select(one => one.Score)];
    }

    /// <summary>Scores completions with the cells of their tests.</summary>
    /// <param name="batch">The completions.</param>
    /// <param name="stop">Stops between programs.</param>
    internal ProgramScore[] Run(IReadOnlyList<(string Completion, string Tests)> batch, CancellationToken stop)
    {
        // Equal completions of a question have the same score.
        var distinct = batch.Distinct().ToArray();
        var scores = new ProgramScore[distinct.Length];
        int workers = _settings.Parallelism == 0 ? Environment.ProcessorCount : _settings.Parallelism;
        Parallel.For(
            0,
            distinct.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = stop },
            i => scores[i] = Run(distinct[i].Completion, Lines(distinct[i].Tests), stop));
        var byKey = distinct.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. batch.Select(key => byKey[key])];
    }

    /// <summary>The tests in a cell, one per line; empty lines and lines that begin with // are ignored.</summary>
    /// <param name="cell">The cell.</param>
    internal static string[] Lines(string cell) =>
        [.. cell.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("//", StringComparison.Ordinal))];

    private ProgramScore Run(string completion, string[] tests, CancellationToken stop)
    {
        try
        {
            ApiRules rules = ApiRules.For(_sandbox.Isolation);
            CompiledProgram program = CompilerPool.Shared.Use(
                compiler => compiler.Compile(completion, tests, rules, _limits.Time, stop));
            if (!program.IsGood)
            {
                return new ProgramScore(0, program.Problem);
            }

            SandboxProgram runner = SandboxLauncher.Program(SandboxEntry.Test, _sandbox.Isolation);
            SandboxResult result = _sandbox.Run(runner, program.Assembly, _limits, stop);
            bool[] holds = CompilerPool.Shared.Use(
                compiler => compiler.Judge(program.Verdicts, result.Bytes, _limits.Time, stop));
            int passed = holds.Count(one => one);
            double score = _settings.AllOrNothing ? passed == tests.Length ? 1 : 0 : (double)passed / tests.Length;
            return new ProgramScore(score, Cause(result));
        }
        catch (CompilerEndedException ended)
        {
            return new ProgramScore(0, ended.Message);
        }
    }

    private static string Cause(SandboxResult result) => result.Ending switch
    {
        SandboxEnding.OutOfTime => "it was stopped at its time limit",
        SandboxEnding.OutOfMemory => "it was stopped at its memory limit",
        SandboxEnding.TooMuchOutput => "it was stopped at the limit of its output",
        _ when result.ExitCode == 0 => "",
        _ => string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {result.ExitCode}"),
    };
}

public abstract partial record RewardSettings
{
    /// <summary>The fraction of a row's tests that the completion passes as a C# program.</summary>
    public sealed record Program : Verifier
    {
        /// <summary>Column with the tests: one C# expression per line, true for a correct completion.</summary>
        /// <value>"tests".</value>
        [Matches(@"^(?!(prompt|answer)\z)", "a column other than prompt and answer")]
        public string TestsColumn { get; init; } = "tests";

        /// <summary>Whether the score is 1 if all tests pass and otherwise 0, rather than the fraction passed.</summary>
        /// <value>false.</value>
        public bool AllOrNothing { get; init; }

        /// <summary>Time limit of one program, in seconds: for compiling it (processor time) and for running it.</summary>
        /// <value>10.</value>
        [Within(1, 3600, Unit = "seconds")]
        public double TimeLimit { get; init; } = 10;

        /// <summary>Memory limit of one program, in MiB.</summary>
        /// <value>256.</value>
        [Within(32, 65536)]
        public int MemoryMegabytes { get; init; } = 256;

        /// <summary>Maximum number of concurrent programs; 0 for the number of cores.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int Parallelism { get; init; }

        /// <summary>
        /// Whether programs run even where the kernel allows no namespaces, so that only the compiler keeps them from files and network.
        /// </summary>
        /// <value>false.</value>
        public bool AllowWeakIsolation { get; init; }

        /// <inheritdoc/>
        protected internal override IEnumerable<string> Columns => [TestsColumn];

        /// <summary>What is wrong with an isolation; null if these settings allow it.</summary>
        internal InputProblem? WeakIsolation(Isolation isolation) => isolation.HasOwnFiles || AllowWeakIsolation
            ? null
            : new InputProblem(
                Isolation.Host, 0, "", $"programs would run with: {isolation.Name}",
                $"user namespaces (Linux, allowed by the kernel) for the reward \"{Name}\"; where a container or a virtual machine "
                    + "isolates this process instead, set its \"allowWeakIsolation\" to true");

        /// <inheritdoc/>
        protected internal override void CheckInputs(Action<InputProblem> add)
        {
            if (!File.Exists(Isolation.Host))
            {
                add(new InputProblem(
                    Isolation.Host, 0, "", "no such file",
                    "the dotnet host that this program runs on, as the reward \"program\" starts programs with it"));
            }
            else if (WeakIsolation(ProgramSandbox.Default.Isolation) is { } problem)
            {
                add(problem);
            }
        }

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            string[] tests = ProgramTests.Lines(row.Fields[TestsColumn]);
            if (tests.Length == 0)
            {
                add(TestsColumn, "no test", "one C# expression per line, true for a correct completion");
            }

            foreach (string test in tests)
            {
                if (!ProgramSource.IsExpression(test, out string problem))
                {
                    add(TestsColumn, $"{Characters.Quote(test)} ({problem})", "one C# expression per line, true for a correct completion");
                }
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new ProgramTests(this, context);
    }
}
