using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RlCore.Seeded;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    var options = Options.Parse(args);
    if (options.Task == SeededTask.Help)
    {
        Console.WriteLine(Options.Help);
        return 0;
    }

    string root = Root();
    IReadOnlyList<SeededBug> bugs = options.Choose(BugLists.Read(root));
    string[] problems = [.. BugLists.Problems(root, bugs)];
    if (problems.Length > 0)
    {
        throw new SeededBugException(string.Join('\n', problems));
    }

    switch (options.Task)
    {
        case SeededTask.List:
            foreach (SeededBug bug in bugs)
            {
                Console.WriteLine($"{bug.Area}/{bug.Name}: {bug.What}");
            }

            break;
        case SeededTask.Check:
            Console.WriteLine($"All {bugs.Count} bugs fit the sources.");
            break;
        default:
            Measure(root, bugs, options);
            break;
    }

    return 0;
}
catch (SeededBugException problem)
{
    Console.Error.WriteLine($"error: {problem.Message}");
    return 2;
}

static void Measure(string root, IReadOnlyList<SeededBug> bugs, Options options)
{
    string scratch = options.Scratch.Length > 0 ? options.Scratch : DefaultScratch(root);
    Console.WriteLine($"The copy of the sources, and the results: {scratch}");
    Directory.CreateDirectory(scratch);
    var copy = new SourceCopy(root, Path.Combine(scratch, "copy"));
    copy.Update();
    var measurements = new Measurements(Path.Combine(scratch, "results.tsv"));
    var tests = bugs.ToDictionary(bug => bug, bug => Session.TestsOf(copy, bug));
    Measurement? Known(SeededBug bug) =>
        measurements.Find(bug, Measurement.KeyOf(bug, File.ReadAllText(copy.In(bug.File))), tests[bug], options.NamedOnly);

    SeededBug[] open = [.. bugs.Where(bug => Known(bug) is null)];
    Console.WriteLine($"{bugs.Count} bugs, {bugs.Count - open.Length} of them measured before.");
    if (open.Length > 0)
    {
        Prepare(copy, open, options.NamedOnly);
        var health = new Health(copy, Path.Combine(scratch, "health.tsv"));
        health.Require(open);
        var session = new Session(copy, measurements, health, options.NamedOnly);
        string[] unmeasured = [.. open.Select((bug, i) => MeasureOne(session, bug, $"{i + 1}/{open.Length}"))
            .Where(problem => problem.Length > 0)];
        if (unmeasured.Length > 0)
        {
            throw new SeededBugException($"these are mistakes in the lists:\n{string.Join('\n', unmeasured)}");
        }
    }

    Print(bugs, bug => Known(bug)!);
}

// What is wrong with the bug itself; nothing when it has been measured.
static string MeasureOne(Session session, SeededBug bug, string place)
{
    try
    {
        Measurement row = session.Measure(bug);
        Console.WriteLine($"{place} {bug.Area}/{row.Bug}: {row.Outcome} {row.By} ({row.Seconds:F0} s)");
        return "";
    }
    catch (SeededBugException problem)
    {
        Console.WriteLine($"{place} {bug.Area}/{bug.Name}: {problem.Message}");
        return problem.Message;
    }
}

static void Prepare(SourceCopy copy, SeededBug[] bugs, bool namedOnly)
{
    Console.WriteLine("Building.");
    copy.Build(bugs
        .SelectMany(bug => bug.Tests.Select(tests => tests.Project).Concat(namedOnly ? [] : Session.ProjectsOf(bug.File)))
        .Distinct()
        .Order(StringComparer.Ordinal));
}

static void Print(IReadOnlyList<SeededBug> bugs, Func<SeededBug, Measurement> known)
{
    Console.WriteLine();
    Console.WriteLine("| area | bugs | killed | survived |");
    Console.WriteLine("|---|---|---|---|");
    foreach (IGrouping<string, SeededBug> area in bugs.GroupBy(bug => bug.Area))
    {
        PrintRow(area.Key, [.. area.Select(known)]);
    }

    PrintRow("**all**", [.. bugs.Select(known)]);
    foreach (SeededBug bug in bugs.Where(bug => known(bug).Outcome != "killed"))
    {
        Console.WriteLine($"survived: {bug.Area}/{bug.Name}: {bug.What}");
    }
}

static void PrintRow(string name, Measurement[] rows)
{
    int killed = rows.Count(row => row.Outcome == "killed");
    Console.WriteLine($"| {name} | {rows.Length} | {killed} | {rows.Length - killed} |");
}

static string DefaultScratch(string root) => Path.Combine(
    Path.GetTempPath(),
    $"rlcore-seeded-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..8]}");

static string Root()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "RlCore.sln")))
        {
            return folder.FullName;
        }
    }

    throw new SeededBugException($"RlCore.sln is in no folder above {AppContext.BaseDirectory}");
}
