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
/// The fraction of a row's tests that a completion passes as a C# program, or 1 if all pass and otherwise 0. It is compiled in memory and
/// run in a separate process (<see cref="ProgramSandbox"/>). A program that does not compile, crashes, or uses what is not allowed
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
        // Equal completions of a question have the same score.
        var distinct = batch.Select(KeyOf).Distinct().ToArray();
        var scores = new double[distinct.Length];
        int workers = _settings.Parallelism == 0 ? Environment.ProcessorCount : _settings.Parallelism;
        Parallel.For(
            0,
            distinct.Length,
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = stop },
            i => scores[i] = Score(distinct[i].Completion, distinct[i].Tests, stop));
        var byKey = distinct.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. batch.Select(sample => byKey[KeyOf(sample)])];
    }

    /// <summary>The tests in a cell, one per line; empty lines and lines that begin with // are ignored.</summary>
    /// <param name="cell">The cell.</param>
    internal static string[] Lines(string cell) =>
        [.. cell.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("//", StringComparison.Ordinal))];

    private (string Completion, string Tests) KeyOf(RewardSample sample) =>
        (sample.Completion, sample.Question.Fields[_settings.TestsColumn]);

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
        int passed = Enumerable.Range(0, tests.Length)
            .Count(i => lines.Contains(string.Create(CultureInfo.InvariantCulture, $"{word}:{i}")));
        return _settings.AllOrNothing ? passed == tests.Length ? 1 : 0 : (double)passed / tests.Length;
    }
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

        /// <summary>Time limit of one program, in seconds.</summary>
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

        /// <inheritdoc/>
        protected internal override IEnumerable<string> Columns => [TestsColumn];

        /// <inheritdoc/>
        protected internal override void CheckInputs(Action<InputProblem> add)
        {
            if (!File.Exists(Isolation.Host))
            {
                add(new InputProblem(
                    Isolation.Host, 0, "", "no such file",
                    "the dotnet host that this program runs on, as the reward \"program\" starts programs with it"));
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
