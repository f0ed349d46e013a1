namespace RlCore.Seeded;

/// <summary>A plausible bug: a place in a source file, and what somebody might have written there instead.</summary>
/// <param name="Area">The part of the program that the table counts it under: the name of its list.</param>
/// <param name="Name">Its name, unique among all lists.</param>
/// <param name="What">What is wrong, in one line.</param>
/// <param name="File">The source file, relative to the repository.</param>
/// <param name="Find">The text that is replaced; it occurs exactly once in the file.</param>
/// <param name="Becomes">The text that takes its place.</param>
/// <param name="Tests">The tests that are expected to notice it first.</param>
internal sealed record SeededBug(
    string Area,
    string Name,
    string What,
    string File,
    string Find,
    string Becomes,
    IReadOnlyList<TestChoice> Tests)
{
    /// <summary>The file's text with the bug in it.</summary>
    /// <exception cref="SeededBugException">The snippet does not occur exactly once.</exception>
    public string Apply(string source)
    {
        int first = source.IndexOf(Find, StringComparison.Ordinal);
        if (first < 0)
        {
            throw new SeededBugException($"{Area}/{Name}: {File} does not contain «{Find}»");
        }

        return source.IndexOf(Find, first + 1, StringComparison.Ordinal) < 0
            ? string.Concat(source.AsSpan(0, first), Becomes, source.AsSpan(first + Find.Length))
            : throw new SeededBugException($"{Area}/{Name}: {File} contains «{Find}» more than once; say more of it");
    }
}

/// <summary>Classes of one test project.</summary>
/// <param name="Project">The folder under tests.</param>
/// <param name="Classes">
/// Patterns of the names of the classes, as the runner's option -class takes them, or after "=" of methods, as -method does; not both.
/// None: all.
/// </param>
internal sealed record TestChoice(string Project, IReadOnlyList<string> Classes);

/// <summary>A bug, or a list of them, that cannot be used as it is.</summary>
internal sealed class SeededBugException(string message) : Exception(message);
