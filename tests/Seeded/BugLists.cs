namespace RlCore.Seeded;

/// <summary>
/// Reads the lists of bugs. A list is a text file, named after its area:
/// <code>
/// bug name-of-the-bug
/// what One line that says what is wrong.
/// file src/Trainers/…/File.cs
/// tests Trainers *NameOfAClass *AnotherClass
/// tests Trainers =*.Name_of_a_test
/// - the text that is replaced, as it stands in the file
/// + the text that takes its place
/// </code>
/// Several lines of tests, of "-" and of "+" may follow each other. Empty lines, and those that begin with "#", are skipped.
/// </summary>
internal static class BugLists
{
    /// <summary>All bugs of a repository, in the order of the lists' names.</summary>
    /// <exception cref="SeededBugException">A list is not of that form.</exception>
    public static IReadOnlyList<SeededBug> Read(string root)
    {
        string folder = Path.Combine(root, "tests", "Seeded", "bugs");
        SeededBug[] bugs =
        [
            .. Directory.EnumerateFiles(folder, "*.txt")
                .Order(StringComparer.Ordinal)
                .SelectMany(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file))),
        ];
        string[] twice = [.. bugs.GroupBy(bug => bug.Name).Where(same => same.Count() > 1).Select(same => same.Key)];
        return twice.Length == 0 ? bugs : throw new SeededBugException($"names of several bugs: {string.Join(", ", twice)}");
    }

    /// <summary>The problems of the bugs that no longer fit the sources.</summary>
    public static IEnumerable<string> Problems(string root, IEnumerable<SeededBug> bugs)
    {
        foreach (SeededBug bug in bugs)
        {
            string file = Path.Combine(root, bug.File);
            string problem = File.Exists(file) ? Problem(bug, File.ReadAllText(file)) : $"{bug.Area}/{bug.Name}: no file {bug.File}";
            if (problem.Length > 0)
            {
                yield return problem;
            }
        }
    }

    private static string Problem(SeededBug bug, string source)
    {
        try
        {
            return bug.Apply(source) == source ? $"{bug.Area}/{bug.Name}: changes nothing" : "";
        }
        catch (SeededBugException problem)
        {
            return problem.Message;
        }
    }

    private static IEnumerable<SeededBug> Parse(string area, string[] lines)
    {
        int[] starts =
        [
            .. Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith("bug ", StringComparison.Ordinal)),
            lines.Length,
        ];
        return starts.Zip(starts.Skip(1), (start, end) => ParseOne(area, lines[start..end]));
    }

    private static SeededBug ParseOne(string area, string[] lines)
    {
        string name = lines[0]["bug ".Length..].Trim();
        string? strange = lines.FirstOrDefault(line => line.Length > 0 && !Keys.Any(key => IsOf(line, key)));
        if (strange is not null)
        {
            throw new SeededBugException($"{area}/{name}: found the line «{strange}»; expected one of {string.Join(", ", Keys)}");
        }

        var tests = lines.Where(line => IsOf(line, "tests"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => new TestChoice(words[1], words[2..]))
            .ToArray();
        var bug = new SeededBug(area, name, Text(lines, "what"), Text(lines, "file"), Text(lines, "-"), Text(lines, "+"), tests);
        return bug.What.Length > 0 && bug.File.Length > 0 && bug.Find.Length > 0 && tests.Length > 0
            ? bug
            : throw new SeededBugException($"{area}/{name}: needs what, file, tests and the text that is replaced");
    }

    private static readonly string[] Keys = ["#", "bug", "what", "file", "tests", "-", "+"];

    private static bool IsOf(string line, string key) => line == key || line.StartsWith(key + " ", StringComparison.Ordinal);

    private static string Text(string[] lines, string key) =>
        string.Join('\n', lines.Where(line => IsOf(line, key)).Select(line => line.Length > key.Length ? line[(key.Length + 1)..] : ""));
}
