using System.Globalization;

namespace RlCore.Seeded;

/// <summary>
/// That the named classes pass without a bug: otherwise every bug would seem to be noticed. What has passed is kept in a file, and asked
/// for again when sources or tests have changed.
/// </summary>
internal sealed class Health(SourceCopy copy, string path)
{
    private readonly List<(string Project, string Class, double Seconds)> _passed =
    [
        .. (File.Exists(path) ? File.ReadAllLines(path) : [])
            .Select(line => line.Split('\t'))
            .Where(cells => cells[0] == copy.HashOf("src", $"tests/{cells[1]}"))
            .Select(cells => (cells[1], cells[2], double.Parse(cells[3], CultureInfo.InvariantCulture))),
    ];

    /// <summary>The longest that named classes of a project took together.</summary>
    public double SecondsOf(string project) =>
        _passed.Where(row => row.Project == project).Select(row => row.Seconds).DefaultIfEmpty(0).Max();

    /// <summary>Runs the classes that have not passed yet.</summary>
    /// <exception cref="SeededBugException">A test fails without any bug.</exception>
    public void Require(IEnumerable<SeededBug> bugs)
    {
        var named = bugs.SelectMany(bug => bug.Tests)
            .SelectMany(tests => tests.Classes.Select(name => (tests.Project, Name: name)))
            .Distinct();

        // The runner takes classes or methods, not both.
        foreach (var group in named.GroupBy(tests => (tests.Project, AreMethods: tests.Name.StartsWith('='))))
        {
            string project = group.Key.Project;
            string[] classes =
            [
                .. group.Select(tests => tests.Name).Where(name => !_passed.Any(row => row.Project == project && row.Class == name)),
            ];
            if (classes.Length == 0)
            {
                continue;
            }

            TestVerdict verdict = TestRun.Run(copy, new TestChoice(project, classes), Session.MostForAProject);
            if (verdict.Failed)
            {
                throw new SeededBugException($"without any bug, {verdict.By} of tests/{project} fails: nothing can be measured");
            }

            string state = copy.HashOf("src", $"tests/{project}");
            _passed.AddRange(classes.Select(name => (project, name, verdict.Seconds)));
            File.AppendAllLines(path, classes.Select(name => string.Create(
                CultureInfo.InvariantCulture, $"{state}\t{project}\t{name}\t{verdict.Seconds:F0}")));
        }
    }
}
