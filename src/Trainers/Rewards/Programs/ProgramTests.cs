using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The share of a row's tests that a completion passes as a C# program, or 1 for all and else 0. It is compiled in memory and
/// run in a process of its own (<see cref="ProgramSandbox"/>); one that does not compile, crashes, or uses what it may not
/// (<see cref="ApiRules"/>) passes none; one that is stopped at a limit keeps what it passed before.
/// </summary>
public sealed class ProgramTests : IReward
{
    private readonly RewardSettings.Program _settings;
    private readonly ProgramSandbox _sandbox = ProgramSandbox.Default;
    private readonly SandboxLimits _limits;

    /// <summary>A reward by the tests of a column.</summary>
    /// <param name="settings">The column and the limits.</param>
    /// <param name="context">Its folder receives a line that says what keeps programs apart.</param>
    public ProgramTests(RewardSettings.Program settings, RewardContext context)
    {
        _settings = settings;
        _limits = new SandboxLimits { Time = TimeSpan.FromSeconds(settings.TimeLimit), MemoryMegabytes = settings.MemoryMegabytes };
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
        // Alike completions of one question have one score.
        var distinct = batch.Select(KeyOf).Distinct().ToArray();
        var scores = new double[distinct.Length];
        int workers = _settings.Parallelism == 0 ? Environment.ProcessorCount : _settings.Parallelism;
        Parallel.For(0, distinct.Length, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = stop }, i => scores[i] = Score(distinct[i].Completion, distinct[i].Tests, stop));
        var byKey = distinct.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. batch.Select(sample => byKey[KeyOf(sample)])];
    }

    /// <summary>The tests of a cell: a line each; empty lines and those that begin with // say nothing.</summary>
    /// <param name="cell">The cell.</param>
    internal static string[] Lines(string cell) =>
        [.. cell.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("//", StringComparison.Ordinal))];

    private (string Completion, string Tests) KeyOf(RewardSample sample) => (sample.Completion, sample.Question.Fields[_settings.TestsColumn]);

    private double Score(string completion, string cell, CancellationToken stop)
    {
        string[] tests = Lines(cell);
        CompiledProgram program = ProgramCompiler.Compile(completion, tests, ApiRules.For(_sandbox.Isolation));
        if (!program.IsGood)
        {
            return 0;
        }

        string word = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        SandboxResult result = _sandbox.Run(program.Assembly, word + "\n", _limits, stop);
        var lines = result.Output.Split('\n').ToHashSet(StringComparer.Ordinal);
        int passed = Enumerable.Range(0, tests.Length).Count(i => lines.Contains(string.Create(CultureInfo.InvariantCulture, $"{word}:{i}")));
        return _settings.AllOrNothing ? passed == tests.Length ? 1 : 0 : (double)passed / tests.Length;
    }
}

public abstract partial record RewardSettings
{
    /// <summary>The share of a row's tests that the completion passes as a C# program.</summary>
    public sealed record Program : Verifier
    {
        /// <summary>Column with the tests: a C# expression a line, true of a right completion.</summary>
        /// <value>"tests".</value>
        [Matches(@"^(?!(prompt|answer)\z)", "a column of its own, other than prompt and answer")]
        public string TestsColumn { get; init; } = "tests";

        /// <summary>Whether the score is 1 for all tests and else 0, rather than their share.</summary>
        /// <value>false.</value>
        public bool AllOrNothing { get; init; }

        /// <summary>Seconds that one program may run.</summary>
        /// <value>10.</value>
        [Within(1, 3600, Unit = "seconds")]
        public double TimeLimit { get; init; } = 10;

        /// <summary>Memory of one program, in MiB.</summary>
        /// <value>256.</value>
        [Within(32, 65536)]
        public int MemoryMegabytes { get; init; } = 256;

        /// <summary>Programs that run at a time; 0 for as many as there are cores.</summary>
        /// <value>0.</value>
        [Within(0)]
        public int Parallelism { get; init; }

        /// <inheritdoc/>
        protected internal override IEnumerable<string> Columns => [TestsColumn];

        /// <inheritdoc/>
        protected internal override void CheckInputs(Action<InputProblem> add)
        {
            if (!File.Exists(Isolation.Host))
            {
                add(new InputProblem(Isolation.Host, 0, "", "no such file", "the dotnet host that this program runs on, as the reward \"program\" starts programs with it"));
            }
        }

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            string[] tests = ProgramTests.Lines(row.Fields[TestsColumn]);
            if (tests.Length == 0)
            {
                add(TestsColumn, "no test", "a C# expression a line, true of a right completion");
            }

            foreach (string test in tests)
            {
                if (!ProgramSource.IsExpression(test, out string problem))
                {
                    add(TestsColumn, $"{Characters.Quote(test)} ({problem})", "a C# expression a line, true of a right completion");
                }
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new ProgramTests(this, context);
    }
}
