namespace RlCore.Seeded;

/// <summary>What the command line asks for.</summary>
/// <param name="Only">Areas or names of bugs; none: all.</param>
/// <param name="Task">Whether bugs are measured, listed or checked.</param>
/// <param name="NamedOnly">Whether only the named classes run.</param>
/// <param name="Scratch">The folder of the copy; empty: one in the system's temporary folder.</param>
internal sealed record Options(IReadOnlyList<string> Only, SeededTask Task, bool NamedOnly, string Scratch)
{
    public const string Help = """
        Puts bugs into a copy of the sources, one at a time, and counts those that the tests notice.

          --only AREA|NAME   only this list, or this bug; may be repeated, and the order is kept
          --list             show the bugs
          --check            check that every bug still fits the sources
          --named            run only the classes that a bug names, not all tests when those pass
          --scratch FOLDER   where the copy and the file of results lie; without it, a temporary folder

        A run that was interrupted goes on where it was. An hour or two on two cores.
        """;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="SeededBugException">An option is unknown.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options([], SeededTask.Measure, false, "");
        for (int i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--list" => options with { Task = SeededTask.List },
                "--check" => options with { Task = SeededTask.Check },
                "--help" => options with { Task = SeededTask.Help },
                "--named" => options with { NamedOnly = true },
                "--only" when i + 1 < args.Length => options with { Only = [.. options.Only, args[++i]] },
                "--scratch" when i + 1 < args.Length => options with { Scratch = Path.GetFullPath(args[++i]) },
                _ => throw new SeededBugException($"found {args[i]}; expected one of these:\n\n{Help}"),
            };
        }

        return options;
    }

    /// <summary>Those of the bugs that are asked for.</summary>
    /// <exception cref="SeededBugException">A name is neither an area's nor a bug's.</exception>
    public IReadOnlyList<SeededBug> Choose(IReadOnlyList<SeededBug> bugs)
    {
        string? unknown = Only.FirstOrDefault(name => !bugs.Any(bug => IsCalled(bug, name)));
        return unknown is null
            ? Only.Count == 0 ? bugs : [.. Only.SelectMany(name => bugs.Where(bug => IsCalled(bug, name))).Distinct()]
            : throw new SeededBugException($"no area and no bug is called {unknown}; --list shows them");
    }

    private static bool IsCalled(SeededBug bug, string name) => bug.Area == name || bug.Name == name;
}

/// <summary>What is to be done.</summary>
internal enum SeededTask
{
    Measure,
    List,
    Check,
    Help,
}
