namespace RlCore.Seeded;

/// <summary>Measures bugs, one at a time: the named classes first, then all tests that could notice it.</summary>
internal sealed class Session(SourceCopy copy, Measurements measurements, Health health, bool namedOnly)
{
    // Some classes may take as long as all of them did without a bug, and never less than this: more is a hang.
    private const double LeastSeconds = 300;

    internal static readonly TimeSpan MostForAProject = TimeSpan.FromMinutes(30);

    /// <summary>The test projects whose tests could notice a bug in a file, those nearest to it first.</summary>
    public static IReadOnlyList<string> ProjectsOf(string file) => file.Split('/') switch
    {
        ["src", "Engines", ..] => ["Engines", "Trainers"],
        ["src", "Facade", ..] => ["Facade"],
        ["src", "Algebra", ..] => ["Properties", "Trainers"],
        ["src", "Trainers", "Export", ..] => ["Interop", "Trainers", "Worker"],
        ["src", "Worker", ..] => ["Worker"],
        _ => ["Trainers", "Worker"],
    };

    /// <summary>A hash of all tests that could notice a bug.</summary>
    public static string TestsOf(SourceCopy copy, SeededBug bug)
    {
        string all = copy.HashOf(
            bug.Tests.Select(tests => tests.Project).Concat(ProjectsOf(bug.File)).Distinct().Select(project => $"tests/{project}"));
        return $"{all} {string.Join(' ', bug.Tests.SelectMany(tests => tests.Classes))}";
    }

    /// <summary>Measures a bug.</summary>
    public Measurement Measure(SeededBug bug)
    {
        string key = Measurement.KeyOf(bug, File.ReadAllText(copy.In(bug.File)));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var buggy = BuggyAssembly.Install(copy, bug);
        TestVerdict? noticed = bug.Tests
            .Select(tests => TestRun.Run(copy, tests, TimeSpan.FromSeconds(Math.Max(LeastSeconds, health.SecondsOf(tests.Project)))))
            .FirstOrDefault(verdict => verdict.Failed);
        if (noticed is null && !namedOnly)
        {
            noticed = ProjectsOf(bug.File)
                .Select(project => TestRun.Run(copy, new TestChoice(project, []), MostForAProject))
                .FirstOrDefault(verdict => verdict.Failed);
        }

        string outcome = noticed is not null ? "killed" : namedOnly ? "passed" : "survived";
        var row = new Measurement(bug.Name, key, TestsOf(copy, bug), outcome, noticed?.By ?? "", watch.Elapsed.TotalSeconds);
        measurements.Add(row);
        return row;
    }
}
