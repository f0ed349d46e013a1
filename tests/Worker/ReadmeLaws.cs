using System.Text.RegularExpressions;

namespace RlCore.Worker.Tests;

/// <summary>What the README tells a reader to type is understood, and what it links to is there.</summary>
public class ReadmeLaws
{
    private const string Prefix = "dotnet run -c Release --project src/Worker";

    [Fact]
    public async Task Every_worker_command_of_the_readme_is_understood()
    {
        string[] commands = [.. Readme().Split('\n').Where(line => line.StartsWith(Prefix, StringComparison.Ordinal))];
        Assert.Contains(Prefix, commands);
        Assert.True(commands.Length > 4);
        foreach (string command in commands)
        {
            // An option that does not exist stops the command before it runs; it must be the one thing that is not understood.
            string[] args = [.. Words(command[Prefix.Length..])];
            bool runsNothing = args is [] or ["--help"];
            Ending ending = await Session.RunAsync(runsNothing ? ["--help"] : [.. args, "--no-such-option"]);
            Assert.Equal(runsNothing ? (0, 0) : (2, 1), (ending.ExitCode, Regex.Count(ending.Error, "error: ")));
        }
    }

    [Fact]
    public void Every_file_that_the_readme_names_is_there()
    {
        string root = Root();
        foreach (Match link in Regex.Matches(Readme(), @"\]\(([^)]+)\)"))
        {
            Assert.True(Path.Exists(Path.Combine(root, link.Groups[1].Value)), link.Value);
        }

        foreach (Match path in Regex.Matches(Readme(), @"(?:recipes|data)/[\w./-]+\.(?:json|csv)|src/\w+|RlCore\.sln"))
        {
            Assert.True(Path.Exists(Path.Combine(root, path.Value)), path.Value);
        }
    }

    private static IEnumerable<string> Words(string text) => Regex.Matches(text, "\"([^\"]*)\"|([^ ]+)")
        .Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value)
        .Where(word => word != "--" && !word.StartsWith("-p:", StringComparison.Ordinal));

    private static string Readme() => File.ReadAllText(Path.Combine(Root(), "README.md"));

    internal static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "RlCore.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The repository's folder was not found.");
    }
}
