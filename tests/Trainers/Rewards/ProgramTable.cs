using System.Globalization;
using System.Text.RegularExpressions;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>A completion of a table, with what it should come to.</summary>
/// <param name="Kind">The first word of its title.</param>
/// <param name="Name">The rest of its title.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Tests">Its tests, one per line; empty if it has none.</param>
internal sealed record ProgramCase(string Kind, string Name, string Completion, string Tests);

/// <summary>The tables of completions: <c>ProgramCases.txt</c> and <c>ProgramAttacks.txt</c>.</summary>
internal static partial class ProgramTable
{
    /// <summary>The laws that run programs do so one after the other, as some of them end the processes that compile.</summary>
    public const string Collection = "Programs";

    /// <summary>The attack on the compiler's memory, which has a law of its own.</summary>
    public const string MemoryBomb = "a constant that doubles";

    public static ProgramCase[] Honest => [.. Read("ProgramCases.txt")];

    public static ProgramCase[] Attacks => [.. Read("ProgramAttacks.txt")];

    private static IEnumerable<ProgramCase> Read(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Trainers", "Rewards", file));
        foreach (string block in text.Split("\n=== ").Skip(1))
        {
            int line = block.IndexOf('\n', StringComparison.Ordinal);
            string[] title = block[..line].Split(' ', 2);
            string[] parts = block[line..].Split("\n---\n");
            yield return new ProgramCase(title[0], title[1], Expand(parts[0]), parts.Length > 1 ? parts[1] : "");
        }
    }

    private static string Expand(string text) => Repetition().Replace(text, match => string.Concat(Enumerable.Repeat(
        match.Groups[2].Value.Replace('␀', '\0').Replace("\\ud800", "\ud800", StringComparison.Ordinal),
        int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))));

    [GeneratedRegex("⟪([0-9]+) (.*?)⟫", RegexOptions.Singleline)]
    private static partial Regex Repetition();
}
