using System.Globalization;
using System.Text.RegularExpressions;

namespace RlCore.Seeded;

/// <summary>What a run of tests found.</summary>
/// <param name="Failed">A test failed, the process crashed, or the time ran out.</param>
/// <param name="By">The first test that failed, "crash" or "time-out".</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record TestVerdict(bool Failed, string By, double Seconds);

/// <summary>Runs tests of the copy as they were built.</summary>
internal static partial class TestRun
{
    /// <summary>Runs chosen classes of a test project until the first failure.</summary>
    /// <exception cref="SeededBugException">A pattern names no test.</exception>
    public static TestVerdict Run(SourceCopy copy, TestChoice tests, TimeSpan most)
    {
        string folder = copy.In("tests", tests.Project);
        string assembly = Path.Combine(folder, "bin", "Release", "net10.0", AssemblyName(folder) + ".dll");
        string[] arguments =
        [
            "exec", assembly, "-stopOnFail", "-noLogo", "-noColor", .. tests.Classes.SelectMany(Filter),
        ];
        ToolResult result = Tool.Run(folder, most, "dotnet", arguments);
        double seconds = result.Time.TotalSeconds;
        if (result.Code is null)
        {
            return new TestVerdict(true, "time-out", seconds);
        }

        Match total = TotalPattern().Match(result.Output);
        if (result.Code == 0 && total.Success && int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) == 0)
        {
            throw new SeededBugException($"tests/{tests.Project}: no test is in {string.Join(' ', tests.Classes)}");
        }

        Match failure = FailurePattern().Match(result.Output);
        return result.Code == 0
            ? new TestVerdict(false, "", seconds)
            : new TestVerdict(true, failure.Success ? failure.Groups[1].Value : "crash", seconds);
    }

    private static string[] Filter(string name) => name.StartsWith('=') ? ["-method", name[1..]] : ["-class", name];

    private static string AssemblyName(string folder) =>
        Directory.EnumerateFiles(folder, "*.csproj")
            .Select(file => AssemblyPattern().Match(File.ReadAllText(file)).Groups[1].Value)
            .Single();

    [GeneratedRegex("<AssemblyName>(.*)</AssemblyName>")]
    private static partial Regex AssemblyPattern();

    [GeneratedRegex("Total: ([0-9]+)")]
    private static partial Regex TotalPattern();

    [GeneratedRegex(@"^\s*RlCore\.(?:\w+\.)*?Tests\.(\S+).* \[FAIL\]", RegexOptions.Multiline)]
    private static partial Regex FailurePattern();
}
