using System.Text.RegularExpressions;
using RlCore.Seeded;

namespace RlCore.Trainers.Tests.Architecture;

/// <summary>The bugs of tests/Seeded fit the sources as they are, so that the lists can be run at any time.</summary>
public sealed class SeededBugLaws
{
    private static readonly IReadOnlyList<SeededBug> Bugs = BugLists.Read(Repository.Root);

    [Fact]
    public void Every_seeded_bug_changes_one_place_of_the_sources()
    {
        Assert.True(Bugs.Count >= 150, $"There are {Bugs.Count} bugs.");
        Assert.Equal([], BugLists.Problems(Repository.Root, Bugs));
    }

    [Fact]
    public void Every_seeded_bug_names_tests_that_there_are()
    {
        var sources = new Dictionary<string, string>();
        string SourcesOf(string project)
        {
            if (!sources.TryGetValue(project, out string? text))
            {
                sources[project] = text = string.Concat(
                    Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", project), "*.cs", SearchOption.AllDirectories)
                        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
                        .Select(File.ReadAllText));
            }

            return text;
        }

        Assert.Equal([], Bugs
            .SelectMany(bug => bug.Tests.SelectMany(tests => tests.Classes.Select(name => (bug.Name, tests.Project, Pattern: name))))
            .Where(named => !Regex.IsMatch(
                SourcesOf(named.Project), $@"\b(class|namespace|void|Task) [\w.]*{Regex.Escape(named.Pattern.Trim('=', '*', '.'))}"))
            .Select(named => $"{named.Name}: tests/{named.Project} has no class {named.Pattern}"));
    }

    [Fact]
    public void A_bug_that_no_longer_fits_is_found()
    {
        SeededBug bug = Bugs[0];
        Assert.Contains("does not contain", Assert.Throws<SeededBugException>(() => bug.Apply("")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "more than once",
            Assert.Throws<SeededBugException>(() => bug.Apply(bug.Find + "\n" + bug.Find)).Message,
            StringComparison.Ordinal);
        Assert.Equal("a" + bug.Becomes + "b", bug.Apply("a" + bug.Find + "b"));
    }
}
